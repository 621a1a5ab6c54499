import { Histogram } from '@palier/base/histogram';
import type { LoadSecond } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { type HeldStep, recoveryOf, recoveryReport, recoverySteps } from './recovery.ts';
import { recoveryDefaults } from './recovery-options.ts';

const limits = { p95Ms: 200, errorPercent: 1 };

interface Queue {
  /** Requests a second that it works off. */
  readonly capacity: number;
  /** Of the requests that wait too long, how many are sent again while the first is still worked at. */
  readonly retries: number;
}

/** A queue second by second: what waits longer than a second is given up by its user, though not by the server. */
function play(
  { capacity, retries }: Queue,
  steps: ReturnType<typeof recoverySteps>,
): { held: HeldStep[]; seconds: LoadSecond[] } {
  const held: HeldStep[] = [];
  const seconds: LoadSecond[] = [];
  let atMs = 0;
  let backlog = 0;
  for (const { level, durationMs } of steps) {
    held.push({ level, startMs: atMs, endMs: atMs + durationMs });
    for (let i = 0; i < durationMs / 1000; i++) {
      atMs += 1000;
      const late = backlog > capacity;
      const offered = level * (late ? 1 + retries : 1);
      backlog = Math.max(0, backlog + offered - capacity);
      seconds.push(second(atMs, Math.round(level), 20 + (1000 * backlog) / capacity, late));
    }
  }
  return { held, seconds };
}

function second(atMs: number, requests: number, tookMs: number, late: boolean): LoadSecond {
  const times = new Histogram();
  for (let i = 0; i < requests; i++) times.record(tookMs * 1000);
  const response = times.snapshot();
  const lag = new Histogram().snapshot();
  return {
    atMs,
    users: requests,
    arrivals: requests,
    refusedArrivals: 0,
    inFlight: 1,
    requests,
    errors: late ? { timeout: requests } : {},
    response,
    service: response,
    generator: { lag, loopUtilisation: 0.1, gcShare: 0, cpuCores: 0.1, longestStallMs: 1 },
  };
}

const steps = recoverySteps(100, Math.round, recoveryDefaults);

describe('recovery', () => {
  it('overloads, then steps down from above', () => {
    expect(steps.map(({ level }) => level)).toEqual([150, 90, 70, 40]);
  });

  it('names the level and the time at which a queue has drained', () => {
    const { held, seconds } = play({ capacity: 105, retries: 0 }, steps);
    const found = recoveryOf(held, seconds, limits, recoveryDefaults);
    // 8 s × 45 too many = 360; at 90 it drains by 15/s for 10 s, at 70 by 35/s: 210 − 190 is within the limit after 6 s.
    expect(found?.level).toBe(70);
    expect(found?.afterMs).toBeGreaterThan(3000);
    expect(found?.afterMs).toBeLessThan(8000);
    const report = recoveryReport(held, found, 100, 'users');
    expect(report).toMatchObject({ overloadLevel: 150, recoversAtLevel: 70, metastable: false });
    expect(report.sentence).toContain('kept again at 70 users (70 % of the limit)');
  });

  it('calls a system metastable whose retries keep its queue full at a load that it had carried', () => {
    const { held, seconds } = play({ capacity: 105, retries: 2 }, steps);
    const found = recoveryOf(held, seconds, limits, recoveryDefaults);
    expect(found).toBeNull();
    const report = recoveryReport(held, found, 100, 'users');
    expect(report).toMatchObject({ recoversAtLevel: null, recoveryMs: null, metastable: true });
    expect(report.sentence).toContain('not kept again within 25 s even at 40 users');
  });

  it('is not known from one good second', () => {
    const held = [
      { level: 150, startMs: 0, endMs: 8000 },
      { level: 90, startMs: 8000, endMs: 18_000 },
    ];
    const bad = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => second(i * 1000, 100, 900, true));
    const good = [10, 11, 12].map((i) => second(i * 1000, 100, 20, false));
    expect(recoveryOf(held, [...bad, ...good.slice(0, 1)], limits, recoveryDefaults)).toBeNull();
    expect(recoveryOf(held, [...bad, ...good], limits, recoveryDefaults)).toEqual({ level: 90, afterMs: 1000 });
  });

  it('does not count silence as recovery', () => {
    const held = [
      { level: 150, startMs: 0, endMs: 8000 },
      { level: 90, startMs: 8000, endMs: 18_000 },
    ];
    const silent = Array.from({ length: 18 }, (_, i) => second((i + 1) * 1000, 0, 20, false));
    expect(recoveryOf(held, silent, limits, recoveryDefaults)).toBeNull();
  });
});
