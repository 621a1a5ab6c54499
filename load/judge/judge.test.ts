import { Histogram } from '@palier/base/histogram';
import { describe, expect, it } from 'vitest';
import { judgeRun, judgeScenario } from './judge.ts';
import { defaultLimits, simulateEvidence, simulateReport, type SimulatedEvidence } from './testing/evidence.ts';

const judge = (wanted: SimulatedEvidence = {}) => judgeScenario(simulateEvidence(wanted));

describe('judgeScenario()', () => {
  it('passes a healthy run, and says which limit is closest', () => {
    const report = judge();
    expect(report.validity.filter((check) => !check.ok)).toEqual([]);
    expect(report.verdict).toBe('pass');
    expect(report.reasons[0]).toBe('All 4 limits were judged and kept.');
    expect(report.reasons[1]).toMatch(/^The closest: Memory of api was 4\d\.?\d* %, limit 80 %: kept by/);
  });

  it('fails a broken limit and says by how much', () => {
    const report = judge({ limits: { p95Ms: 50, errorPercent: 0.1 } });
    expect(report.verdict).toBe('fail');
    expect(report.reasons[0]).toMatch(
      /^p95 response time was [\d.]+ ms \(95 %: [\d.]+–[\d.]+\), limit 50 ms: broken by [\d.]+ ms\.$/,
    );
  });

  it('is inconclusive about 0.1 % of errors after 1500 requests without any, and says what is missing', () => {
    const report = judge({ holdMs: 20_000 });
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons).toHaveLength(1);
    expect(report.reasons[0]).toMatch(
      /not proved; 0 of 14\d\d requests failed; it needs about 2995 requests, 15\d\d more \(about 1\d s longer/,
    );
  });

  it('names the routes of the plan that nobody asked for, and counts the messages that were dropped', () => {
    const evidence = simulateEvidence({});
    const [asked] = Object.keys(evidence.result.windows[0]?.routes ?? {});
    expect(judgeScenario(evidence).neverReached).toEqual([]);
    const planned = { ...evidence, plannedRoutes: [asked as string, 'GET /never'] };
    expect(judgeScenario(planned).neverReached).toEqual(['GET /never']);
    const windows = evidence.result.windows.map((window) => ({ ...window, droppedMessages: 3 }));
    const { droppedMessages } = judgeScenario({ ...evidence, result: { ...evidence.result, windows } });
    expect(droppedMessages).toBe(3 * windows.length);
  });

  it('is inconclusive without limits', () => {
    expect(judge({ limits: {} })).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['The scenario has no limits, so there is nothing to pass.'],
    });
  });

  it('gives no pass to fast errors that no limit judges', () => {
    const report = judge({
      limits: { p95Ms: 200 },
      server: ({ random }) => ({ tookMs: 5, ...(random.next() < 0.05 ? { error: '5xx' } : {}) }),
    });
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons[0]).toMatch(/^\d\.?\d* % of the requests failed and no limit judges that/);
  });

  it('does not take a server for faster because it hangs up', () => {
    const report = judge({
      limits: { p95Ms: 200 },
      server: ({ random }) => (random.next() < 0.1 ? { tookMs: 1, error: 'reset' } : { tookMs: 50 }),
    });
    expect(report.criteria[0]?.outcome).toBe('broken');
    expect(report.criteria[0]?.value).toBeNull();
    expect(report.reasons[0]).toMatch(
      /^p95 response time has no figure, limit 200 ms: broken; \d+ of \d+ requests were never answered\.$/,
    );
  });

  it.each([
    ['before the run is over', 0, /^p95 response time has no figure, .* every user waited for an answer in all/],
    ['but lets them time out', 20, /^p95 response time was 30\D000 ms/],
  ])('fails a system that takes requests and answers none %s', (_, timeouts, reason) => {
    const evidence = simulateEvidence({ limits: { p95Ms: 200, errorPercent: 1 }, systemWatched: false });
    const { result } = evidence;
    const times = new Histogram();
    for (let i = 0; i < timeouts; i++) times.record(30_000_000);
    const errors: { readonly timeout?: number } = timeouts === 0 ? {} : { timeout: timeouts };
    const hanging = result.windows.map((one) => ({
      ...one,
      total: {
        ...one.total,
        requests: timeouts,
        ended: timeouts,
        endedWell: 0,
        errors,
        response: times.snapshot(),
        slowest: null,
      },
      routes: {},
      waitMs: one.userMs,
      thinkMs: 0,
      sendsDue: 0,
      sendsMade: 0,
    }));
    const seconds = evidence.seconds.map((one) => Object.assign({}, one, { inFlight: one.users }));
    const report = judgeScenario({ ...evidence, seconds, result: { ...result, windows: hanging } });
    expect(report).toMatchObject({ verdict: 'fail', bound: 'exact' });
    expect(report.validity.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.reasons[0]).toMatch(reason);
    expect(report.advice.join(' ')).not.toContain('start steps');
  });

  it('gives no pass to users who waited in vain, however small a share of the requests that is', () => {
    const evidence = simulateEvidence();
    const userMs = evidence.result.windows
      .filter(({ window }) => window.judged)
      .reduce((sum, one) => sum + one.userMs, 0);
    const withTimeouts = (share: number): ReturnType<typeof judge> => {
      const timeout = Math.ceil((share * userMs) / evidence.scenario.requestTimeoutMs);
      const windows = evidence.result.windows.map((one) =>
        one.window.judged && one.window.early !== true ? { ...one, total: { ...one.total, errors: { timeout } } } : one,
      );
      const limits = { p95Ms: 200, errorPercent: 50 };
      const { scenario, result } = evidence;
      return judgeScenario({ ...evidence, scenario: { ...scenario, limits }, result: { ...result, windows } });
    };
    expect(withTimeouts(0.2)).toMatchObject({ verdict: 'inconclusive' });
    expect(withTimeouts(0.2).reasons[0]).toMatch(
      /^The users spent 2\d(\.\d)? % of their time waiting for answers that never came/,
    );
    expect(withTimeouts(0.01).verdict).toBe('pass');
  });

  it('is invalid when a metric that a limit names was never seen', () => {
    const limits = {
      ...defaultLimits,
      metrics: { 'cache hits': { metric: 'cache_hits', as: 'rate' as const, min: 1 } },
    };
    const report = judge({ limits });
    expect(report.verdict).toBe('invalid');
    expect(report.reasons[0]).toBe('Cache hits was not seen: the metrics page of api was never read.');
  });

  it('is at best inconclusive about what palier load cannot see', () => {
    const report = judge({ systemWatched: false });
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons[0]).toMatch(/^CPU of api was not seen: palier only sent load/);
    expect(judge({ systemWatched: false, limits: { p95Ms: 200, errorPercent: 0.1 } }).verdict).toBe('pass');
  });

  it('says that holds were shortened', () => {
    expect(judge({ timeScale: 0.5, holdMs: 120_000 }).reasons.at(-1)).toMatch(/^The holds were shortened to 50 %/);
  });

  it('lets an easy hold not excuse a hard one', () => {
    const report = judge({
      stages: [
        { kind: 'ramp', fromLevel: 0, toLevel: 200, durationMs: 10_000 },
        { kind: 'hold', fromLevel: 200, toLevel: 200, durationMs: 300_000 },
        { kind: 'ramp', fromLevel: 200, toLevel: 400, durationMs: 10_000 },
        { kind: 'hold', fromLevel: 400, toLevel: 400, durationMs: 30_000 },
      ],
      limits: { p95Ms: 200 },
      server: ({ atMs, random }) => ({ tookMs: (atMs < 320_000 ? 20 : 120) * (1 - Math.log(1 - random.next())) }),
    });
    expect(report.verdict).toBe('fail');
    expect(report.reasons[0]).toMatch(/^p95 response time in hold at 400 was/);
    expect(report.total.responseMs.p95).toBeLessThan(400);
  });

  it('judges everything as one for a spike', () => {
    const report = judge({ judge: 'everything', users: 300 });
    expect(report.littlesLaw.users).toBeLessThan(300);
    expect(report.total.requests).toBe(report.overall.requests);
    expect(report.verdict).toBe('pass');
  });

  it('merges a long run into at most as many points as asked for, and no request is lost', () => {
    const evidence = simulateEvidence({ users: 10, holdMs: 7_200_000 });
    const { series, replicas } = judgeScenario(evidence);
    expect(series.length).toBeLessThanOrEqual(3600);
    expect(replicas[0]?.points.length).toBeLessThanOrEqual(3600);
    const drawn = series.reduce((sum, point) => sum + (point.requestsPerSecond * point.spanMs) / 1000, 0);
    expect(Math.round(drawn)).toBe(evidence.seconds.reduce((sum, second) => sum + second.requests, 0));
  });
});

describe('judgeRun()', () => {
  it('takes the worst of several scenarios', () => {
    const { conditions } = simulateReport();
    const run = {
      system: 'demo',
      command: 'prove',
      startedAtEpochMs: 0,
      durationMs: 1,
      timeScale: 1,
      conditions,
    } as const;
    const [pass, fail, invalid] = [judge(), judge({ limits: { p95Ms: 1 } }), judge({ clockShiftMs: -5000 })];
    expect(judgeRun({ ...run, scenarios: [pass] }).verdict).toBe('pass');
    expect(judgeRun({ ...run, scenarios: [pass, fail, pass] }).verdict).toBe('fail');
    expect(judgeRun({ ...run, scenarios: [fail, invalid] }).verdict).toBe('invalid');
    expect(judgeRun({ ...run, scenarios: [] }).verdict).toBe('inconclusive');
  });
});
