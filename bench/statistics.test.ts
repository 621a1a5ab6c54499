import { seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimate, median } from './statistics.ts';

test('median() is the middle value, or the mean of the two middle ones, in whatever order they come', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('of 9 values the interval runs from the 2nd to the 8th, with the 96 % of the sign test', () => {
  const found = estimate([9, 1, 8, 2, 7, 3, 6, 4, 5]);
  expect(found).toMatchObject({ median: 5, low: 2, high: 8, count: 9 });
  expect(found?.confidence).toBeCloseTo(1 - (2 * 10) / 512, 12);
});

test('of 3 values the interval is the whole range and admits to be of 75 %', () => {
  expect(estimate([10, 30, 20])).toEqual({ median: 20, low: 10, high: 30, confidence: 0.75, count: 3 });
});

test('one value has no confidence at all, and none has no estimate', () => {
  expect(estimate([7])).toEqual({ median: 7, low: 7, high: 7, confidence: 0, count: 1 });
  expect(estimate([])).toBeNull();
});

test('the interval holds the median, is made of values, and is 95 % wherever six or more allow it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 40 }),
      (values) => {
        const {
          median: middle,
          low,
          high,
          confidence,
        } = estimate(values) ?? { median: Number.NaN, low: 1, high: 0, confidence: 0 };
        expect(low).toBeLessThanOrEqual(middle);
        expect(middle).toBeLessThanOrEqual(high);
        expect(values).toEqual(expect.arrayContaining([low, high]));
        expect(confidence).toBeGreaterThanOrEqual(values.length < 6 ? 0 : 0.95);
      },
    ),
  );
});

test('the interval holds the true median about as often as it says', () => {
  const random = seededRandom(1);
  let held = 0;
  const trials = 4000;
  for (let trial = 0; trial < trials; trial++) {
    const found = estimate(Array.from({ length: 9 }, () => random.next()));
    if (found !== null && found.low <= 0.5 && 0.5 <= found.high) held++;
  }
  expect(held / trials).toBeGreaterThan(0.945);
  expect(held / trials).toBeLessThan(0.975);
});
