import type { WindowResult } from '@palier/protocol';
import type { SimulatedServer } from '@palier/testkit/simulated-load';
import { describe, expect, it } from 'vitest';
import type { ScenarioEvidence } from './evidence.ts';
import { judgeScenario } from './judge.ts';
import { simulateEvidence } from './testing/evidence.ts';

type Total = WindowResult['total'];

function falsified(change: (total: Total) => Partial<Total>): ScenarioEvidence {
  const falsify = (total: Total): Total => ({ ...total, ...change(total) });
  const evidence = simulateEvidence({ users: 50, server: ({ random }) => ({ tookMs: 1500 + 200 * random.next() }) });
  const windows = evidence.result.windows.map((one) => Object.assign({}, one, { total: falsify(one.total) }));
  return { ...evidence, result: { ...evidence.result, windows } };
}

const law = (evidence: ScenarioEvidence) =>
  judgeScenario(evidence).validity.find(({ title }) => title === "Little's law");

/** Few places, and a queue before them: what a request takes depends on those before it. */
function saturated(places: number, tookMs: number): SimulatedServer {
  const freeMs = Array<number>(places).fill(0);
  return ({ atMs }) => {
    const first = freeMs.indexOf(Math.min(...freeMs));
    const doneMs = Math.max(atMs, freeMs[first] as number) + tookMs;
    freeMs[first] = doneMs;
    return { tookMs: doneMs - atMs };
  };
}

describe("Little's law", () => {
  it('holds for counts that are true, and fails for those that are too many or too few', () => {
    expect(law(falsified(() => ({})))).toMatchObject({ ok: true });
    expect(law(falsified(({ ended }) => ({ ended: Math.round(ended * 1.5) })))).toMatchObject({ ok: false });
    expect(law(falsified(({ ended }) => ({ ended: Math.round(ended * 0.6) })))).toMatchObject({ ok: false });
  });

  it('says what it is of: the answers that came, not those that were asked for', () => {
    const { littlesLaw, total } = judgeScenario(falsified(() => ({})));
    expect(littlesLaw.usersByLaw).toBeCloseTo(50, -1);
    expect(littlesLaw.requestsPerSecond).toBe(total.requestsPerSecond);
    expect((littlesLaw.requestsPerSecond * (littlesLaw.responseMs + littlesLaw.thinkMs)) / 1000).toBeCloseTo(
      littlesLaw.usersByLaw,
      6,
    );
  });

  it('does not accuse a queue that grows, and says that it then proves little', () => {
    const evidence = simulateEvidence({
      users: 40,
      maxConcurrent: 100_000,
      holdMs: 40_000,
      server: saturated(4, 200),
      limits: { p95Ms: 60_000 },
    });
    expect(law(evidence)?.ok).toBe(true);
    expect(law(evidence)?.sentence).toMatch(/the count proves little\)\.$/);
    const { requestsPerSecond } = judgeScenario(evidence).total;
    expect(requestsPerSecond).toBeGreaterThan(19);
    expect(requestsPerSecond).toBeLessThan(21);
  });

  it('passes no judgement on waiting that has no response time', () => {
    const evidence = simulateEvidence({
      server: ({ random }) => (random.next() < 0.5 ? { tookMs: 8000, error: 'reset' } : { tookMs: 5 }),
    });
    expect(law(evidence)?.ok).toBe(true);
  });
});
