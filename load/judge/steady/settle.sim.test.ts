/**
 * The judged part of a hold begins where its warm-up ended, and no verdict hangs on it: seeded runs of a server that warms up, drifts, or
 * does neither.
 */
import type { ScenarioReport } from '@palier/protocol';
import type { SimulatedServer } from '@palier/testkit/simulated-load';
import { describe, expect, it } from 'vitest';
import { judgeScenario } from '../judge.ts';
import { simulateEvidence, type SimulatedEvidence } from '../testing/evidence.ts';

/** The ramp takes 5 s, the hold is from 5 s to 65 s, and warmUp leaves out its first 5 s. */
const judge = (server: SimulatedServer, wanted: SimulatedEvidence = {}): ScenarioReport =>
  judgeScenario(simulateEvidence({ users: 50, holdMs: 60_000, limits: { p95Ms: 100 }, server, ...wanted }));

/** Times `factor` until so many seconds into the hold. */
const warmingFor =
  (seconds: number, factor: number): SimulatedServer =>
  ({ atMs, random }) => ({ tookMs: (30 + 20 * random.next()) * (atMs < 5000 + 1000 * seconds ? factor : 1) });
const steady = warmingFor(0, 1);

describe('a hold', () => {
  it('that is steady is judged from warmUp on, in 100 runs, and nothing is said', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const report = judge(steady, { seed });
      expect(report.phases[1]?.judged).toEqual({ startMs: 10_000, endMs: 65_000 });
      expect(report.steadiness[0]).toMatchObject({ state: 'steady', cutMs: 5000, warmUpMs: 0, uncutP95Ms: null });
      expect(report).toMatchObject({ verdict: 'pass', reasons: { length: 2 } });
    }
  });

  it('that warmed up longer is judged from there on; a fail that hung on the warm-up is a pass', () => {
    let closely = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const seconds = 8 + (seed % 15);
      const report = judge(warmingFor(seconds, 5), { seed });
      const cutMs = report.steadiness[0]?.cutMs ?? 0;
      expect(report.verdict).toBe('pass');
      expect(cutMs).toBeGreaterThanOrEqual(1000 * seconds - 1000);
      expect(cutMs).toBeLessThanOrEqual(30_000);
      if (cutMs < 1000 * seconds + 4000) closely++;
      expect(report.phases[1]?.judged?.startMs).toBe(5000 + cutMs);
      expect(report.total.responseMs.max).toBeLessThan(52);
      expect(report.steadiness[0]?.uncutP95Ms).toBeGreaterThan(100);
      expect(report.reasons.at(-1)).toMatch(
        /It was warming up for .* were not judged; with them the p95 would have been [12]\d\d ms/,
      );
    }
    expect(closely).toBeGreaterThan(14);
  });

  it('that was quick only at first is judged from there on; a pass that hung on the warm-up is a fail', () => {
    const report = judge(warmingFor(20, 0.2), { limits: { p95Ms: 47 } });
    expect(report).toMatchObject({ verdict: 'fail', steadiness: [{ state: 'steady' }] });
    expect(report.steadiness[0]?.cutMs).toBeGreaterThan(18_000);
  });

  it('that failed requests at first was not warming up: they are judged', () => {
    const failing: SimulatedServer = (request) => ({
      ...warmingFor(15, 5)(request),
      ...(request.atMs < 20_000 && request.random.next() < 0.2 ? { error: '5xx' } : {}),
    });
    const report = judge(failing, { limits: { p95Ms: 100, errorPercent: 1 } });
    expect(report.phases[1]?.judged?.startMs).toBe(10_000);
    expect(report.verdict).toBe('fail');
    expect(report.criteria.map(({ outcome }) => outcome)).toEqual(['broken', 'broken']);
    expect(report.reasons.at(-1)).toMatch(/requests after that failed, which is no warming up/);
  });

  it('that one request failed in at first is cut all the same', () => {
    let failed = 0;
    const server: SimulatedServer = (request) => {
      const fails = request.atMs > 12_000 && failed === 0;
      if (fails) failed++;
      return { ...warmingFor(15, 5)(request), ...(fails ? { error: '5xx' } : {}) };
    };
    expect(judge(server, { limits: { p95Ms: 100, errorPercent: 1 } }).steadiness[0]?.cutMs).toBeGreaterThan(14_000);
  });

  it('that stood still for a moment at first was not warming up', () => {
    const server: SimulatedServer = ({ atMs, random }) => ({
      tookMs: 30 + 20 * random.next() + (atMs > 11_000 && atMs < 14_000 ? 14_000 - atMs : 0),
    });
    for (let seed = 1; seed <= 20; seed++) expect(judge(server, { seed }).phases[1]?.judged?.startMs).toBe(10_000);
  });

  it('that grew slower all the time is drifting, and its limit not proved when it would soon be broken', () => {
    const server: SimulatedServer = ({ atMs, random }) => ({ tookMs: (20 + 10 * random.next()) * (1 + atMs / 65_000) });
    const report = judge(server, { limits: { p95Ms: 70 } });
    expect(report).toMatchObject({ verdict: 'inconclusive', steadiness: [{ state: 'drifting up' }] });
  });

  it('whose halves say different things about a limit proves nothing of it', () => {
    const server: SimulatedServer = ({ atMs, random }) => ({
      tookMs: (30 + 20 * random.next()) * (atMs < 35_000 ? 4 : atMs < 50_000 ? 2 : 1),
    });
    const report = judge(server, { limits: { p95Ms: 150, errorPercent: 5 } });
    expect(report).toMatchObject({ verdict: 'inconclusive', phases: [{}, { judged: { startMs: 10_000 } }] });
    expect(report.criteria.map(({ outcome }) => outcome)).toEqual(['unproved', 'kept']);
    expect(report.reasons[0]).toMatch(/not proved; in the second half alone it was [\d.]+ ms/);
    // A limit that both halves break is broken.
    expect(judge(server, { limits: { p95Ms: 40 } }).verdict).toBe('fail');
  });

  it('of a spike or of recorded traffic is judged as it is', () => {
    const spike = judge(warmingFor(15, 5), { judge: 'everything' });
    expect(spike.steadiness).toEqual([]);
    const evidence = simulateEvidence({ server: warmingFor(15, 5) });
    const arrivals = { spacing: 'even', maxConcurrent: 9, recorded: 'friday.json' } as const;
    const recorded = judgeScenario({ ...evidence, scenario: { ...evidence.scenario, model: 'open', arrivals } });
    expect(recorded.steadiness).toEqual([]);
    expect(recorded.phases).toEqual(evidence.phases);
  });

  it('loses no request and no time, wherever it is cut', () => {
    const evidence = simulateEvidence({ users: 50, server: warmingFor(15, 5) });
    const cut = judgeScenario(evidence);
    const [from, to] = [cut.phases[1]?.judged?.startMs ?? 0, 65_000];
    const answered = evidence.seconds
      .filter(({ atMs }) => atMs > from && atMs <= to)
      .reduce((sum, { requests }) => sum + requests, 0);
    // The seconds end where the requests do; a few lie across an edge.
    expect(Math.abs(cut.total.requests - answered)).toBeLessThan(40);
    expect(cut.littlesLaw.users).toBeCloseTo(50, 1);
    expect(cut.validity.filter(({ ok }) => !ok)).toEqual([]);
  });
});
