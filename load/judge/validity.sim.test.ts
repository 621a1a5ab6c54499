/**
 * A starved generator is caught, a healthy one is not accused, whatever the server does.
 */
import { seededRandom } from '@palier/base/random';
import type { SimulatedGenerator, SimulatedServer } from '@palier/testkit/simulated-load';
import { describe, expect, it } from 'vitest';
import { judgeScenario } from './judge.ts';
import { defaultLimits, simulateEvidence, type SimulatedEvidence } from './testing/evidence.ts';

const failedChecks = (wanted: SimulatedEvidence): readonly string[] =>
  judgeScenario(simulateEvidence(wanted))
    .validity.filter((check) => !check.ok)
    .map(({ title }) => title);

const starved: readonly (readonly [string, SimulatedGenerator, string])[] = [
  [
    'sends that are 30 ms late once in twenty times',
    { lagMs: (random) => (random.next() < 0.05 ? 30 : 0.3) },
    'Sent on time',
  ],
  ['a loop that is busy 86 % of the time', { loopUtilisation: 0.86 }, 'Generator not saturated'],
  ['a standstill of 300 ms', { longestStallMs: 300 }, 'Generator never stood still'],
  ['a quarter of the time in garbage collection', { gcShare: 0.25 }, 'Little garbage collection'],
  ['one send in thirty never made', { sendsMadeShare: 0.966 }, 'Offered load was sent'],
  ['users that are lost for 300 ms between two tasks', { lostMs: 300 }, "Little's law"],
  ['three connections without a descriptor', { exhausted: 3 }, 'Descriptors and ports'],
  ['an end before its time', { endedEarly: 'its process was killed' }, 'Run to its end'],
];

describe('validity', () => {
  it.each(starved)('catches %s', (_, generator, title) => {
    for (const seed of [1, 2, 3]) {
      const evidence = simulateEvidence({ seed, generator });
      const report = judgeScenario(evidence);
      expect(report.verdict).toBe('invalid');
      expect(report.validity.filter((check) => !check.ok).map((check) => check.title)).toEqual([title]);
      expect(report.reasons[0]).toBe(report.validity.find((check) => !check.ok)?.sentence);
      expect(report.advice).toHaveLength(1);
    }
  });

  const server = (name: string): SimulatedServer => {
    const servers: Record<string, SimulatedServer> = {
      'a quick server': ({ random }) => ({ tookMs: 2 + random.next() * 3 }),
      'a server that hangs after half a minute': ({ atMs }) =>
        atMs > 50_000 ? { tookMs: 30_000, error: 'timeout' } : { tookMs: 20 },
      'answers of up to 20 s': ({ random }) => ({ tookMs: 20_000 * random.next() }),
      'a server that stalls for 5 s': ({ atMs }) => ({ tookMs: atMs > 40_000 && atMs < 45_000 ? 45_000 - atMs : 10 }),
      'a server that refuses everyone': () => ({ tookMs: 0.2, error: 'connect' }),
    };
    return servers[name] as SimulatedServer;
  };

  it.each([
    'a quick server',
    'a server that hangs after half a minute',
    'answers of up to 20 s',
    'a server that stalls for 5 s',
    'a server that refuses everyone',
  ])('does not blame a healthy generator for %s, in ten seeded runs', (name) => {
    const random = seededRandom(name);
    for (let seed = 1; seed <= 10; seed++) {
      const users = random.int(20, 150);
      const holdMs = random.int(20, 70) * 1000;
      expect(failedChecks({ seed, users, holdMs, server: server(name) })).toEqual([]);
    }
  });

  it('blames nobody in a ramp, where those who come are not those who go', () => {
    expect(
      failedChecks({ judge: 'everything', users: 300, holdMs: 12_000, server: server('answers of up to 20 s') }),
    ).toEqual([]);
  });

  it('holds a generator to a tenth of the tightest limit, that of a route included', () => {
    const generator: SimulatedGenerator = { lagMs: () => 8 };
    expect(failedChecks({ generator })).toEqual([]);
    const limits = { ...defaultLimits, routes: { 'GET /list': { p95Ms: 60 } } };
    expect(failedChecks({ generator, limits })).toEqual(['Sent on time']);
  });

  it('wants 10 s to judge, a steady clock and samples', () => {
    expect(failedChecks({ holdMs: 12_000 })).toEqual(['Long enough']);
    expect(failedChecks({ clockShiftMs: -4000 })).toEqual(['Steady clock']);
    const evidence = simulateEvidence();
    const report = judgeScenario({ ...evidence, samples: evidence.samples.filter((_, i) => i % 3 === 0) });
    expect(report.validity.filter((check) => !check.ok).map(({ title }) => title)).toEqual(['System sampled']);
  });

  it('is inconclusive, not invalid, when the judged time is only too short', () => {
    const report = judgeScenario(simulateEvidence({ holdMs: 12_000 }));
    expect(report.verdict).toBe('inconclusive');
    expect(report.advice[0]).toMatch(/^Lengthen the hold/);
  });

  it('is invalid, not silent, when nothing was judged', () => {
    const evidence = simulateEvidence();
    const report = judgeScenario({ ...evidence, result: { ...evidence.result, windows: [] } });
    expect(report.verdict).toBe('invalid');
    expect(report.reasons[0]).toMatch(/^Only 0 ms could be judged/);
  });

  it('says to run one generator process more where a core is free for it, and only there', () => {
    const advice = (spareCores: number): readonly string[] => {
      const evidence = simulateEvidence({ seed: 1, generator: { loopUtilisation: 0.86 } });
      return judgeScenario({ ...evidence, generators: { count: 2, spareCores } }).advice;
    };
    expect(advice(1)).toEqual(['Run with 3 generator processes (--generators 3): a core is free for more.']);
    expect(advice(0)[0]).toMatch(/^Give the generator more processor/);
  });
});
