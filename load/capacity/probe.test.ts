import type { Probe, Scenario } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { probeScenario, probesOf } from './probe.ts';
import { heldEvidence, heldScenario } from './testing/held.ts';

describe('a probe', () => {
  const refusing = (tookMs: number, refusedArrivals: number, moreEachSecond = 0): Probe | undefined => {
    const closed = heldEvidence(tookMs);
    const windows = closed.result.windows.map((window) => ({
      ...window,
      // In an open model nobody thinks.
      userMs: window.waitMs,
      thinkMs: 0,
      arrivals: 1000,
      refusedArrivals,
    }));
    const arrivals = { spacing: 'poisson', maxConcurrent: 10, recorded: null } as const;
    const scenario = { ...closed.scenario, model: 'open', arrivals, thinkMs: { min: 0, max: 0 } } as const;
    const facts = { purpose: 'edge', replicas: 3, change: null, startMs: 0 } as const;
    const seconds = closed.seconds.map((one, i) => Object.assign({}, one, { inFlight: 10 + i * moreEachSecond }));
    return probesOf({ ...closed, seconds, scenario, result: { ...closed.result, windows } }, facts)[0]?.probe;
  };

  it('that was too slow for less than was offered broke the limits; refusals alone are no capacity', () => {
    expect(refusing(300, 500)).toMatchObject({ outcome: 'broken' });
    expect(refusing(300, 500)?.reason).toMatch(/^p95 response time \d+ ms, limit 200 ms\.$/);
    expect(refusing(20, 500)).toMatchObject({ outcome: 'invalid' });
    expect(refusing(20, 0)).toMatchObject({ outcome: 'kept' });
  });

  it('whose backlog grew all through it broke the limits that it had not broken yet', () => {
    expect(refusing(20, 0, 40)).toMatchObject({ outcome: 'broken' });
    expect(refusing(20, 0, 40)?.reason).toMatch(/the backlog grew all through/);
  });
});

describe('a probe whose load was ended while requests were in hand', () => {
  const ended = (tookMs: number, longestStallMs = 0): Probe | undefined => {
    const evidence = heldEvidence(tookMs);
    const windows = evidence.result.windows.map((window) => ({
      ...window,
      // A third of the users wait for answers that nobody waits for any more.
      userMs: window.userMs * 1.5,
      generator: { ...window.generator, longestStallMs },
    }));
    const facts = { purpose: 'bracket', replicas: 3, change: null, startMs: 0 } as const;
    return probesOf({ ...evidence, result: { ...evidence.result, windows } }, facts)[0]?.probe;
  };

  it('broke what its answers broke, unless the generator was unwell', () => {
    expect(ended(300)?.outcome).toBe('broken');
    expect(ended(300, 5000)?.outcome).toBe('invalid');
    expect(ended(20)?.outcome).toBe('invalid');
  });
});

describe('the way up to a probe', () => {
  const rampMs = (scenario: Scenario): number =>
    probeScenario(scenario, { steps: [{ level: 400, durationMs: 6000 }], settleMs: 2000 }).stages[0]?.durationMs ?? 0;

  it('is as slow as the scenario says where users log in, a pause where they need not, and a second for a rate', () => {
    // Its own users come at 20 a second.
    expect(rampMs({ ...heldScenario, start: [{ request: 'POST /login' }] })).toBe(20_000);
    expect(rampMs({ ...heldScenario, thinkMs: { min: 1000, max: 3000 } })).toBe(3000);
    expect(rampMs({ ...heldScenario, model: 'open' })).toBe(1000);
  });
});
