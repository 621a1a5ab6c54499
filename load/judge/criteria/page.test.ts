import type { CriterionResult, LimitsFile, PageEvidence, PageVisit, ScenarioReport } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { judgeScenario } from '../judge.ts';
import { simulateEvidence } from '../testing/evidence.ts';

const limits: LimitsFile = {
  errorPercent: 1,
  pages: { '/list': { firstContentfulPaintMs: 500, interactiveMs: 800, bundleBytes: 40_000 } },
};
const visit: PageVisit = {
  firstContentfulPaintMs: 200,
  interactiveMs: 300,
  scriptErrors: [],
  bundleBytes: 30_000,
  problem: null,
};
const six = (change: (i: number) => Partial<PageVisit>): PageVisit[] =>
  Array.from({ length: 6 }, (_, i) => ({ ...visit, ...change(i) }));

function judged(visits: readonly PageVisit[], change: Partial<PageEvidence> = {}, watched = true): ScenarioReport {
  const evidence = simulateEvidence({ limits, systemWatched: watched });
  const pages = { browser: 'Chromium 1', missing: null, pages: [{ path: '/list', visits }], ...change };
  return judgeScenario({ ...evidence, pages });
}

/** Of paint, interactive, errors, size. */
function outcomes(report: ScenarioReport): readonly CriterionResult['outcome'][] {
  return report.criteria.filter(({ title }) => title.endsWith(' of page /list')).map(({ outcome }) => outcome);
}

describe('limits on pages', () => {
  it('are kept when the slowest of six visits keeps them, and script errors are judged unasked', () => {
    const report = judged(six((i) => ({ firstContentfulPaintMs: 200 + i })));
    expect(outcomes(report)).toEqual(['kept', 'kept', 'kept', 'kept']);
    expect(report.verdict).toBe('pass');
    expect(report.criteria.find(({ title }) => title.startsWith('first'))).toMatchObject({
      value: 202,
      interval: { low: 200, high: 205 },
      samples: 6,
    });
  });

  it('are broken when the fastest breaks them, and not proved when some do', () => {
    expect(outcomes(judged(six(() => ({ firstContentfulPaintMs: 500 }))))[0]).toBe('broken');
    const some = judged(six((i) => ({ firstContentfulPaintMs: i === 0 ? 600 : 200 })));
    expect(outcomes(some)[0]).toBe('unproved');
    expect(some.verdict).toBe('inconclusive');
    expect(outcomes(judged(six(() => ({})).slice(1)))[0]).toBe('unproved');
  });

  it('are broken by one visit in which a page was never painted, had a script error, or was too large', () => {
    const once = (change: Partial<PageVisit>): ScenarioReport => judged(six((i) => (i === 3 ? change : {})));
    expect(outcomes(once({ firstContentfulPaintMs: null }))).toEqual(['broken', 'kept', 'kept', 'kept']);
    const failed = once({ scriptErrors: ['TypeError: x is undefined.'] });
    expect(outcomes(failed)).toEqual(['kept', 'kept', 'broken', 'kept']);
    expect(failed.verdict).toBe('fail');
    expect(failed.reasons[0]).toContain('such as: TypeError: x is undefined.');
    expect(outcomes(once({ bundleBytes: 40_000 }))).toEqual(['kept', 'kept', 'kept', 'broken']);
  });

  it('are unseen when a visit found another page than was asked for, whatever its figures', () => {
    const report = judged(six((i) => (i === 5 ? { problem: 'it was answered 500' } : {})));
    expect(outcomes(report)).toEqual(Array(4).fill('unseen'));
    expect(report.verdict).toBe('invalid');
    expect(report.reasons.join()).toContain('it was answered 500');
  });

  it('are unseen without a browser, which is no pass, and says nothing against the rest', () => {
    const report = judged([], { browser: null, missing: 'there is no Chromium here', pages: [] });
    expect(outcomes(report)).toEqual(Array(4).fill('unseen'));
    expect(report.verdict).toBe('inconclusive');
    expect(report.advice.join()).toContain('apt-get install chromium');
    const crashed = judged([], { missing: 'the browser ended', pages: [] });
    expect(crashed.verdict).toBe('invalid');
    expect(judgeScenario(simulateEvidence({ limits })).verdict).toBe('invalid');
  });

  it('are no response times: a drift of the load says nothing of them', () => {
    const evidence = simulateEvidence({
      limits,
      holdMs: 120_000,
      server: ({ random, atMs }) => ({ tookMs: (10 - 20 * Math.log(1 - random.next())) * (1 + atMs / 200_000) }),
    });
    const pages = {
      browser: 'Chromium 1',
      missing: null,
      pages: [{ path: '/list', visits: six(() => ({ firstContentfulPaintMs: 490 })) }],
    };
    const report = judgeScenario({ ...evidence, pages });
    expect(report.steadiness.map(({ state }) => state)).toEqual(['drifting up']);
    expect(report.reasons.join()).not.toContain('first contentful paint of page /list was kept so far');
  });
});
