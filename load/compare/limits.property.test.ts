import type { LimitReport } from '@palier/protocol';
import { simulatedConditions } from '@palier/testkit/simulated-load';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLimits } from './index.ts';

function limitOf(changed: Partial<LimitReport>, perSecond = 400, width = 0.03): LimitReport {
  const around = (value: number) => ({ value, low: value * (1 - width), high: value * (1 + width) });
  return {
    kind: 'palier-limit',
    version: 1,
    outcome: 'found',
    reasons: [],
    system: 'shop',
    scenario: 'visits',
    service: 'api',
    startedAt: `2026-01-15T09:30:00.${Math.round(perSecond)}Z`,
    durationMs: 60_000,
    conditions: simulatedConditions,
    model: 'closed',
    thinkMs: { min: 1000, max: 3000 },
    limit: { level: around(perSecond * 2), requestsPerSecond: around(perSecond), replicas: 1, brokenBy: 'p95' },
    limits: [],
    probes: [],
    recovery: null,
    bottleneck: null,
    laws: [],
    recommendation: null,
    ...changed,
  };
}

const named = (report: LimitReport) => ({ file: 'x.json', report });
const outcome = (before: LimitReport, after: LimitReport) => compareLimits(named(before), named(after)).outcome;

function probeAt(level: number, kept: boolean): LimitReport['probes'][number] {
  return {
    purpose: 'bracket',
    level,
    replicas: 1,
    change: null,
    startMs: 0,
    durationMs: 1000,
    outcome: kept ? 'kept' : 'broken',
    reason: '',
    requestsPerSecond: level,
    goodPerSecond: level,
    meanMs: 1,
    p50Ms: 1,
    p95Ms: 1,
    p99Ms: null,
    errorPercent: 0,
  };
}

describe('compareLimits()', () => {
  it('is worse or better exactly when the interval of the change leaves nought out and it is large enough to matter', () => {
    const rate = fc.double({ min: 50, max: 500, noNaN: true });
    const width = fc.double({ min: 0.005, max: 0.15, noNaN: true });
    fc.assert(
      fc.property(rate, rate, width, (was, is, share) => {
        const comparison = compareLimits(named(limitOf({}, was, share)), named(limitOf({ durationMs: 1 }, is, share)));
        const [figure] = comparison.figures;
        const { value = 0, low = 0, high = 0 } = figure?.change ?? {};
        const moved = (low > 0 || high < 0) && Math.abs(value) >= 5;
        expect(figure?.outcome).toBe(moved ? (value < 0 ? 'worse' : 'better') : 'no-change-proved');
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }),
    );
  });

  it('sees a fifth less at ± 3 %, and nothing in 2 %', () => {
    expect(outcome(limitOf({}), limitOf({}, 320))).toBe('worse');
    expect(outcome(limitOf({}, 320), limitOf({}))).toBe('better');
    expect(outcome(limitOf({}), limitOf({}, 408))).toBe('unchanged');
    expect(outcome(limitOf({}, 400, 0.4), limitOf({}, 390, 0.4))).toBe('inconclusive');
  });

  it('says what it can of a search that ended at the edge of what was tried', () => {
    const beyond = limitOf({ outcome: 'not-reached', limit: null, probes: [probeAt(2000, true)] });
    const below = limitOf({ outcome: 'below', limit: null, probes: [probeAt(100, false)] });
    expect(outcome(limitOf({}), beyond)).toBe('better');
    expect(outcome(beyond, limitOf({}))).toBe('worse');
    expect(outcome(limitOf({}), below)).toBe('worse');
    expect(outcome(beyond, { ...beyond, durationMs: 1 })).toBe('inconclusive');
  });

  it('refuses other systems, other scenarios, another load model, an invalid search and one search twice', () => {
    const changes: Partial<LimitReport>[] = [
      { system: 'other' },
      { scenario: 'other' },
      { model: 'open' },
      { outcome: 'invalid', limit: null },
      {},
    ];
    for (const change of changes)
      expect([change, outcome(limitOf({}), limitOf(change))]).toEqual([change, 'not-comparable']);
  });

  it('tells other replicas and another think time, and compares', () => {
    const limit = limitOf({}, 800).limit;
    const after = limitOf({ limit: limit && { ...limit, replicas: 2 }, thinkMs: null });
    const { differences, outcome: found } = compareLimits(named(limitOf({})), named(after));
    expect(differences.map(({ what }) => what)).toEqual(['think time', 'replicas']);
    expect(found).toBe('better');
  });
});
