/** What a window says was answered in it, against what a server with so many places can answer. In virtual time. */
import type { GeneratorPlan, LoadResult, Window } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeLoadResults } from '../merge.ts';
import { crowd, planOf } from '../testing/plan.ts';
import { play, type PlayOptions } from '../testing/play.ts';
import { ok, type Reply, status } from '../testing/server.ts';

/** Answers `places` requests at a time, each in `tookMs`; the others wait in a queue. Tells when each answer goes out. */
function saturable(places: number, tookMs: number): Pick<PlayOptions, 'answer'> & { readonly answeredMs: number[] } {
  const freeMs = Array<number>(places).fill(0);
  const answeredMs: number[] = [];
  return {
    answeredMs,
    answer: ({ atMs, nth }): Reply => {
      const first = freeMs.indexOf(Math.min(...freeMs));
      const doneMs = Math.max(atMs, freeMs[first] as number) + tookMs;
      freeMs[first] = doneMs;
      answeredMs.push(doneMs);
      return nth % 7 === 6 ? status(500, doneMs - atMs) : ok(doneMs - atMs);
    },
  };
}

function contiguous(edgesMs: readonly number[], judged: (i: number) => boolean, early = false): readonly Window[] {
  return edgesMs.slice(1).map((endMs, i) => ({
    name: `window ${i}`,
    startMs: edgesMs[i] as number,
    endMs,
    judged: judged(i),
    early: early && i < edgesMs.length - 2 && judged(i),
  }));
}

function openPlan(rate: number, endMs: number, change: Partial<GeneratorPlan>): GeneratorPlan {
  return planOf({
    arrivals: { spacing: 'even', maxConcurrent: 5000, recordedMs: null },
    stages: crowd(rate, endMs),
    requestTimeoutMs: 60_000,
    ...change,
  });
}

const endedOf = ({ windows }: LoadResult): number => windows.reduce((sum, { total }) => sum + total.ended, 0);

describe('what ended in a window', () => {
  it.each([
    [
      'closed',
      (windows: readonly Window[]) => planOf({ stages: crowd(48, 20_000), windows, requestTimeoutMs: 60_000 }),
    ],
    ['open', (windows: readonly Window[]) => openPlan(10, 20_000, { windows })],
  ] as const)('is, of a saturated server in a %s model, what the server can do and no more', (_, plan) => {
    const windows = contiguous([0, 5000, 20_000], (i) => i === 1);
    const { result } = play(plan(windows), saturable(4, 1000));
    const judged = result.windows[1]?.total;
    expect(judged?.requests).toBeGreaterThan(1.3 * 60);
    expect((judged?.ended ?? 0) / 15).toBeGreaterThanOrEqual(4 * 0.93);
    expect((judged?.ended ?? 0) / 15).toBeLessThanOrEqual(4 * 1.07);
  });

  it('adds up over windows to all answers, is never more than the server gave, and those that were good are fewer by the errors', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 7999 }), { maxLength: 5 });
    const kind = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(
        cuts,
        kind,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 5, max: 2500 }),
        (cut, judged, early, open, places, tookMs) => {
          const edges = [0, ...cut.toSorted((a, b) => a - b), 8000];
          const windows = contiguous(edges, (i) => judged[i] as boolean, early);
          const plan = open
            ? openPlan(9, 8000, { windows })
            : planOf({ stages: crowd(9, 8000), windows, requestTimeoutMs: 60_000 });
          const server = saturable(places, tookMs);
          const { result } = play(plan, server);
          const within = (from: number, to: number): number =>
            server.answeredMs.filter((atMs) => from <= atMs && atMs < to).length;
          for (const { window, total, routes } of result.windows) {
            expect(total.ended).toBe(within(window.startMs, window.endMs));
            expect(Object.values(routes).reduce((sum, { ended }) => sum + ended, 0)).toBe(total.ended);
            expect(total.endedWell).toBeLessThanOrEqual(total.ended);
          }
          expect(endedOf(result)).toBe(within(0, 8000));
          const errors = result.windows.reduce((sum, { total }) => sum + (total.errors['5xx'] ?? 0), 0);
          const bad = result.windows.reduce((sum, { total }) => sum + total.ended - total.endedWell, 0);
          expect(bad).toBeLessThanOrEqual(errors);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is of several generators their sum', () => {
    const windows = contiguous([0, 3000, 9000], (i) => i === 1);
    const parts = [0, 1, 2].map(
      (index) => play(planOf({ stages: crowd(9, 9000), windows, share: { index, of: 3 } }), saturable(1, 300)).result,
    );
    const merged = mergeLoadResults(parts).windows[1]?.total;
    expect(merged?.ended).toBe(parts.reduce((sum, { windows: [, one] }) => sum + (one?.total.ended ?? 0), 0));
    expect((merged?.ended ?? 0) / 6).toBeCloseTo(10, 0);
  });
});
