import { seededRandom } from '@palier/base/random';
import type { SimulatedServer } from '@palier/testkit/simulated-load';
import { describe, expect, it } from 'vitest';
import { judgeScenario } from './judge.ts';
import { simulateEvidence, type SimulatedEvidence } from './testing/evidence.ts';
import type { ScenarioEvidence } from './evidence.ts';

/** So many places, each taken for a time around `tookMs`, and a queue before them. */
function queue(places: number, tookMs: number, stallAtMs = Number.POSITIVE_INFINITY): SimulatedServer {
  const freeMs = Array<number>(places).fill(0);
  return ({ atMs, random }) => {
    const first = freeMs.indexOf(Math.min(...freeMs));
    const startMs = Math.max(atMs, freeMs[first] as number);
    const resumedMs = startMs >= stallAtMs && startMs < stallAtMs + 4000 ? stallAtMs + 4000 : startMs;
    freeMs[first] = resumedMs - tookMs * Math.log(1 - random.next());
    return { tookMs: freeMs[first] - atMs };
  };
}

function open(rate: number, holdMs: number, server: SimulatedServer, more: SimulatedEvidence = {}): ScenarioEvidence {
  const evidence = simulateEvidence({
    stages: [
      { kind: 'ramp', fromLevel: 0, toLevel: rate, durationMs: 1000 },
      { kind: 'hold', fromLevel: rate, toLevel: rate, durationMs: holdMs },
    ],
    maxConcurrent: 100_000,
    limits: { p95Ms: 60_000, errorPercent: 1 },
    server,
    ...more,
  });
  const arrivals = { spacing: 'poisson', maxConcurrent: 100_000, recorded: null } as const;
  return { ...evidence, scenario: { ...evidence.scenario, model: 'open', arrivals } };
}

const judged = (evidence: ScenarioEvidence) => {
  const { verdict, reasons, validity } = judgeScenario(evidence);
  return { verdict, reason: reasons[0], ok: validity.find(({ title }) => title === 'No growing backlog')?.ok };
};

describe('a backlog', () => {
  it.each([20_000, 30_000, 60_000])('that grows through a whole hold of %d ms is never a pass', (holdMs) => {
    const { verdict, reason } = judged(open(130, holdMs, queue(4, 50)));
    expect(verdict).toBe('inconclusive');
    expect(reason).toMatch(
      /^In the hold at 130 the backlog grew all through: the requests in hand were [\d\u00a0]+ in its first quarter and [\d\u00a0]+ in its last\. Of .* tasks that began [34]\d(\.\d)? % were added to it; the bound is/,
    );
  });

  it('does not save a limit that is broken', () => {
    expect(judged(open(130, 30_000, queue(4, 50), { limits: { p95Ms: 500, errorPercent: 1 } })).verdict).toBe('fail');
  });

  it('is not found where as much is answered as comes, near to the most that it can do or after a standstill', () => {
    const random = seededRandom('backlog');
    for (let seed = 1; seed <= 15; seed++) {
      const holdMs = random.int(20, 60) * 1000;
      expect(judged(open(random.int(20, 76), holdMs, queue(4, 50), { seed })).ok).toBe(true);
      const stallAtMs = random.int(8000, holdMs);
      expect(judged(open(60, holdMs, queue(4, 50, stallAtMs), { seed })).ok).toBe(true);
    }
  });

  it('is not looked for where users wait for their answers', () => {
    expect(judged(simulateEvidence()).ok).toBe(undefined);
  });
});
