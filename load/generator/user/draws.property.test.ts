import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draw, drawIndex, taskKey, userKey } from './draws.ts';

const number = fc.nat(1_000_000);

describe('draws', () => {
  it('are the same for the same seed, user, task and number, and lie in [0, 1)', () => {
    fc.assert(
      fc.property(fc.integer(), number, number, fc.nat(50), (seed, user, task, index) => {
        const value = draw(taskKey(userKey(seed, user), task), index);
        expect(draw(taskKey(userKey(seed, user), task), index)).toBe(value);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
      }),
    );
  });

  it('stay within the list', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), fc.integer({ min: 1, max: 1000 }), (key, index, count) => {
        const at = drawIndex(key, index, count);
        expect(Number.isInteger(at) && at >= 0 && at < count).toBe(true);
      }),
    );
  });

  it.each([
    ['over tasks', (i: number) => draw(taskKey(userKey(1, 7), i), 0)],
    ['over users', (i: number) => draw(taskKey(userKey(1, i), 0), 0)],
    ['over the draws of a task', (i: number) => draw(taskKey(userKey(1, 7), 3), i)],
    ['over seeds', (i: number) => draw(taskKey(userKey(i, 7), 3), 1)],
  ])('fill 100 bins evenly %s', (_, of) => {
    const count = 100_000;
    const bins = Array.from({ length: 100 }, () => 0);
    for (let i = 0; i < count; i++) bins[Math.floor(of(i) * 100)]!++;
    const expected = count / 100;
    const chiSquared = bins.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    // 99 degrees of freedom: between 50 and 170 in all but one of 10 000 fair cases. Fixed keys: it holds always or never.
    expect(chiSquared).toBeGreaterThan(50);
    expect(chiSquared).toBeLessThan(170);
  });

  it('of neighbouring users and tasks have nothing to do with each other', () => {
    const count = 50_000;
    const correlation = (a: (i: number) => number, b: (i: number) => number): number => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += (a(i) - 0.5) * (b(i) - 0.5);
      return (sum / count) * 12;
    };
    const own = (i: number): number => draw(taskKey(userKey(1, i), 0), 0);
    for (const other of [
      (i: number) => draw(taskKey(userKey(1, i + 1), 0), 0),
      (i: number) => draw(taskKey(userKey(1, i), 1), 0),
      (i: number) => draw(taskKey(userKey(1, i), 0), 1),
    ]) {
      // Four standard deviations of 1 / √50 000.
      expect(Math.abs(correlation(own, other))).toBeLessThan(0.018);
    }
  });
});
