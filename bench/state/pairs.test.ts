import { expect, test } from 'vitest';
import { metOf, type Pair, resultOf } from './pairs.ts';

const pair = (ours: number, bare: number): Pair => ({
  ours: { operations: ours, elapsedMs: 1000, cpuMs: 500 },
  bare: { operations: bare, elapsedMs: 1000, cpuMs: 500 },
});

test('ours to bare is the median of the ratios within the pairs, so that a slow stretch of the machine favours nobody', () => {
  const pairs = Array.from({ length: 21 }, (_, i) => pair(90 * (i + 1), 100 * (i + 1)));
  const { rate, perCpu, oursPerSecond } = resultOf(pairs);
  expect(rate).toMatchObject({ median: 0.9, count: 21 });
  expect(perCpu?.median).toBeCloseTo(0.9);
  expect(oursPerSecond).toBe(90 * 11);
});

test('a goal is met when the whole interval is, missed when none of it is, and unclear otherwise', () => {
  const spread = resultOf(Array.from({ length: 21 }, (_, i) => pair(80 + i, 100))).rate;
  expect([metOf(spread, 0.8), metOf(spread, 0.9), metOf(spread, 1), metOf(null, 0.5)]).toEqual([
    'yes',
    'unclear',
    'no',
    'unclear',
  ]);
});
