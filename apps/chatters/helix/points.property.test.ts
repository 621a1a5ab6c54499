import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Points, takePoint } from './points.ts';

describe('takePoint()', () => {
  it('admits in no stretch of time more than the bucket and what came back meanwhile, and tells what is left', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), gaps, (perMinute, waits) => {
        let points: Points | undefined;
        let nowMs = 1_000_000;
        const admitted: number[] = [];
        for (const wait of waits) {
          nowMs += wait;
          const answer = takePoint(points, perMinute, nowMs);
          points = answer.points;
          if (answer.admitted) admitted.push(nowMs);
          expect(Number(answer.headers['ratelimit-remaining'])).toBe(Math.floor(answer.points.left));
          // Whoever waits until the reset has a full bucket.
          const full = takePoint(points, perMinute, Number(answer.headers['ratelimit-reset']) * 1000);
          expect(full.points.left).toBeCloseTo(perMinute - 1);
        }
        for (const [from, first] of admitted.entries()) {
          for (let to = from; to < admitted.length; to++) {
            const passedMs = (admitted[to] as number) - first;
            expect(to - from + 1).toBeLessThanOrEqual(perMinute + (passedMs * perMinute) / 60_000 + 1e-6);
          }
        }
      }),
    );
  });
});
