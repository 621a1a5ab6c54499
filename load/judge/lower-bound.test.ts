/**
 * What went wrong with a measurement makes it invalid, unless it can only have flattered the system and a limit was broken all the same.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeScenario } from './judge.ts';
import { simulateEvidence, type SimulatedEvidence } from './testing/evidence.ts';

const judge = (wanted: SimulatedEvidence) => judgeScenario(simulateEvidence({ holdMs: 30_000, ...wanted }));
const slow: SimulatedEvidence['server'] = ({ random }) => ({ tookMs: 300 + 50 * random.next() });
const p95 = { limits: { p95Ms: 200 } };

describe('a lower bound', () => {
  it.each([
    ['sends that were never made', { sendsMadeShare: 0.9 }],
    ['connections without a descriptor', { exhausted: 3 }],
    ['sends up to 30 ms late', { lagMs: (random: { next(): number }) => 30 * random.next() }],
  ])('is what a broken limit becomes by %s', (_, generator) => {
    const report = judge({ ...p95, server: slow, generator });
    expect(report).toMatchObject({ verdict: 'fail', bound: 'lower' });
    expect(report.reasons[0]).toMatch(/^A lower bound: /);
    expect(report.reasons[1]).toMatch(/^p95 response time was 3\d\d ms .* broken by/);
    expect(report.advice).toHaveLength(2);
  });

  it.each([
    ['a kept limit', { limits: { p95Ms: 2000 }, generator: { sendsMadeShare: 0.9 } }],
    ['figures that a standstill may have spoilt', { generator: { sendsMadeShare: 0.9, longestStallMs: 400 } }],
    [
      'a limit broken by less than the lateness of the sends',
      { limits: { p95Ms: 360 }, generator: { lagMs: () => 60 } },
    ],
    ['a run that ended early', { generator: { sendsMadeShare: 0.9, endedEarly: 'it was stopped' } }],
  ] satisfies [string, SimulatedEvidence][])('does not save %s', (_, wanted) => {
    expect(judge({ ...p95, server: slow, ...wanted })).toMatchObject({ verdict: 'invalid', bound: 'exact' });
  });

  it('is what a broken limit becomes by refused arrivals of an open model, and only that', () => {
    const open = (server: SimulatedEvidence['server'], refusedArrivals: number) => {
      const closed = simulateEvidence({ holdMs: 30_000, ...p95, ...(server === undefined ? {} : { server }) });
      const { result } = closed;
      const windows = result.windows.map((one) =>
        one.window.early === true ? one : { ...one, arrivals: 1000, refusedArrivals },
      );
      const arrivals = { spacing: 'even' as const, maxConcurrent: 5, recorded: null };
      const scenario = { ...closed.scenario, model: 'open' as const, arrivals };
      return judgeScenario({ ...closed, scenario, result: { ...result, windows } });
    };
    const refusing = open(slow, 500);
    expect(refusing).toMatchObject({ verdict: 'fail', bound: 'lower', arrivals: { offered: 1000, refused: 500 } });
    const check = refusing.validity.find(({ title }) => title === 'Arrivals let in');
    expect(check?.ok).toBe(false);
    expect(check?.sentence).toMatch(/^500 of 1000 arrivals found all of maxConcurrent under way/);
    expect(open(undefined, 500).verdict).toBe('invalid');
    expect(open(slow, 1)).toMatchObject({ verdict: 'fail', bound: 'exact' });
  });

  it('does not fail a least rate that less load could not reach', () => {
    const limits = { metrics: { 'requests served': { metric: 'served_total', as: 'rate' as const, min: 1000 } } };
    const replicas = { service: 'api', count: 1, cpuMsPerRequest: 1, memoryBytes: () => 1e6, metrics: served };
    expect(judge({ limits, replicas })).toMatchObject({ verdict: 'fail', bound: 'exact' });
    expect(judge({ limits, replicas, generator: { sendsMadeShare: 0.5 } }).verdict).toBe('invalid');
  });

  it('is never a pass, whatever was left out', () => {
    const share = fc.double({ min: 0, max: 0.97, noNaN: true });
    fc.assert(
      fc.property(fc.integer(), share, fc.integer({ min: 1, max: 600 }), (seed, sendsMadeShare, p95Ms) => {
        const report = judge({ seed, users: 50, holdMs: 20_000, limits: { p95Ms }, generator: { sendsMadeShare } });
        const isBroken = report.criteria[0]?.outcome === 'broken';
        expect([report.verdict, report.bound]).toEqual(isBroken ? ['fail', 'lower'] : ['invalid', 'exact']);
      }),
      { numRuns: 20 },
    );
  });
});

const served = (_: number, requests: number): Record<string, number> => ({ served_total: requests });
