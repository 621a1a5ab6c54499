/**
 * Noise is not news, and what is planted is found.
 */
import type { ComparedFigure, CompareReport, RunReport, ScenarioReport } from '@palier/protocol';
import type { SimulatedServer } from '@palier/testkit/simulated-load';
import { expect, test } from 'vitest';
import { compareRuns } from './index.ts';
import { plainServer, runOf } from './testing/runs.ts';

function compared(before: RunReport, after: RunReport): CompareReport {
  return compareRuns({ file: 'before.json', report: before }, { file: 'after.json', report: after });
}

function withScenario(report: RunReport, changed: Partial<ScenarioReport>): RunReport {
  const [scenario] = report.scenarios as [ScenarioReport];
  return { ...report, scenarios: [{ ...scenario, ...changed }] };
}

function news(comparison: CompareReport): readonly string[] {
  const figures: readonly ComparedFigure[] = comparison.scenarios.flatMap((scenario) => scenario.figures);
  return figures
    .filter(({ outcome }) => outcome !== 'no-change-proved')
    .map(({ figure, of, outcome }) => `${figure} of ${of}: ${outcome}`);
}

test('two runs of the same system differ in nothing, five seeded times', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const shape = { users: 60, holdMs: 45_000 };
    const comparison = compared(runOf({ seed, ...shape }), runOf({ seed: 1000 + seed, ...shape }));
    expect(news(comparison)).toEqual([]);
    expect(comparison.outcome).toBe('unchanged');
  }
});

test('everything a quarter slower is worse at each quantile; the other way round it is better', () => {
  const [before, after] = [runOf({ seed: 1 }), runOf({ seed: 2, server: plainServer(1.25) })];
  const worse = compared(before, after);
  expect(worse.outcome).toBe('worse');
  expect(news(worse)).toEqual(
    expect.arrayContaining(['p50', 'p95', 'p99'].map((name) => `${name} of all requests: worse`)),
  );
  const p95 = worse.scenarios[0]?.figures.find(({ figure, scope }) => figure === 'p95' && scope === 'total');
  expect(p95?.change.low).toBeLessThan(25);
  expect(p95?.change.high).toBeGreaterThan(25);
  expect(compared(after, before).outcome).toBe('better');
});

test('one per cent of errors instead of none is worse, and so is twice the processor time', () => {
  const before = runOf({ seed: 1 });
  expect(news(compared(before, runOf({ seed: 2, server: plainServer(1, 0.01) })))).toContain(
    'errors of all requests: worse',
  );
  expect(news(compared(before, runOf({ seed: 2, cpuMsPerRequest: 12 })))).toEqual(['cpu of api: worse']);
});

test('a server that hangs up on its slowest requests does not get faster', () => {
  const hangsUp = plainServer();
  const after = runOf({
    seed: 2,
    server: (request) => {
      const answer = hangsUp(request);
      return answer.tookMs > 80 ? { tookMs: 0.2, error: 'reset' } : answer;
    },
  });
  const comparison = compared(runOf({ seed: 1 }), after);
  expect(news(comparison).filter((line) => line.endsWith('better'))).toEqual([]);
  expect(comparison.outcome).toBe('worse');
});

test('a difference that is certain but too small to matter is no news', () => {
  const before = runOf({ seed: 1, server: ({ random }) => ({ tookMs: 40 + random.next() }) });
  const after = runOf({ seed: 2, server: ({ random }) => ({ tookMs: 41 + random.next() }) });
  const comparison = compared(before, after);
  expect(comparison.scenarios[0]?.figures.find(({ figure }) => figure === 'p50')?.chance).toBeLessThan(0.001);
  expect(comparison.outcome).toBe('unchanged');
});

test('other numbers of users are refused, and so are an invalid run, another system and the same run twice', () => {
  const before = runOf({ seed: 1 });
  const after = runOf({ seed: 2 });
  const outcomes = {
    users: compared(before, runOf({ seed: 2, users: 120 })),
    invalid: compared(before, withScenario(after, { verdict: 'invalid' })),
    system: compared(before, { ...after, system: 'another' }),
    same: compared(before, before),
    scenario: compared(before, withScenario(after, { name: 'spike' })),
  };
  for (const [name, comparison] of Object.entries(outcomes)) {
    expect([name, comparison.outcome]).toEqual([name, 'not-comparable']);
    expect(comparison.comparisons).toBe(0);
  }
  expect(outcomes.users.scenarios[0]?.reasons[0]).toContain('users were 100 and are 120');
});

test('of a lower bound it says that it got worse, if it did in spite of that, and nothing else', () => {
  const before = runOf({ seed: 1 });
  const lower = (report: RunReport): RunReport => withScenario(report, { bound: 'lower' });
  const slower = runOf({ seed: 2, server: plainServer(1.25) });
  const worse = compared(before, lower(slower));
  expect(worse.outcome).toBe('worse');
  expect(worse.scenarios[0]?.reasons.join(' ')).toContain(
    'the second run are only a lower bound: the change is at least this',
  );
  for (const [was, is] of [
    [before, lower(runOf({ seed: 2 }))],
    [slower, lower(before)],
    [lower(before), slower],
  ] as const) {
    const comparison = compared(was, is);
    expect(comparison.outcome).toBe('not-comparable');
    expect(news(comparison)).toEqual([]);
  }
});

test('twice as many of the slow requests make no route slower, and all requests together neither', () => {
  const server: SimulatedServer = ({ route, random }) => ({
    tookMs: (route === 'GET /list' ? 20 : 100) * (0.5 + random.next()),
  });
  const [before, after] = [runOf({ seed: 1, server }), runOf({ seed: 2, server, uploads: 60 })];
  const [was, is] = [before, after].map((run) => run.scenarios[0]?.total.responseMs.p50 ?? 0) as [number, number];
  expect(is / was).toBeGreaterThan(2);
  const comparison = compared(before, after);
  expect(news(comparison).filter((line) => line.startsWith('p'))).toEqual([]);
  expect(comparison.scenarios[0]?.differences.map(({ what }) => what)).toContain('route mix');
  expect(comparison.scenarios[0]?.reasons.join(' ')).toContain('the first run’s mix of routes');
});

test('each figure says what change would have shown, and one of half as much again does', () => {
  const p95 = (comparison: CompareReport): ComparedFigure =>
    comparison.scenarios[0]?.figures.find(
      ({ scope, figure }) => scope === 'total' && figure === 'p95',
    ) as ComparedFigure;
  const { visible } = p95(compared(runOf({ seed: 1 }), runOf({ seed: 2 })));
  expect(visible).toBeGreaterThan(0);
  const slower = runOf({ seed: 2, server: plainServer(1 + (1.5 * (visible ?? 0)) / 100) });
  expect(p95(compared(runOf({ seed: 1 }), slower)).outcome).toBe('worse');
});

test('another machine is told, and does not forbid', () => {
  const after = runOf({ seed: 2 });
  const comparison = compared(runOf({ seed: 1 }), { ...after, conditions: { ...after.conditions, cores: 8 } });
  expect(comparison.differences).toEqual([
    { what: 'processor', before: '2 × simulated', after: '8 × simulated', forbids: false },
  ]);
  expect(comparison.outcome).toBe('unchanged');
});

test('too short to tell is inconclusive, not unchanged', () => {
  expect(compared(runOf({ seed: 1, holdMs: 16_000 }), runOf({ seed: 2, holdMs: 16_000 })).outcome).toBe('inconclusive');
});
