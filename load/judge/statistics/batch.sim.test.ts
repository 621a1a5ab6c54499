import { type Random, seededRandom } from '@palier/base/random';
import { describe, expect, it } from 'vitest';
import { batchMeansInterval, designEffect } from './batch.ts';

const rounds = 1500;

/** Seconds that remember the one before: an autoregressive series of mean 50. */
function series(random: Random, length: number, memory: number): readonly number[] {
  const noise = (): number => random.next() + random.next() + random.next() - 1.5;
  let value = 0;
  for (let i = 0; i < 50; i++) value = memory * value + noise();
  return Array.from({ length }, () => 50 + 5 * (value = memory * value + noise()));
}

function coverage(length: number, memory: number): number {
  const random = seededRandom(`batch means ${length} ${memory}`);
  let covered = 0;
  for (let round = 0; round < rounds; round++) {
    const interval = batchMeansInterval(series(random, length, memory), 0.95);
    if (interval !== null && interval.low <= 50 && interval.high >= 50) covered++;
  }
  return covered / rounds;
}

describe('batchMeansInterval()', () => {
  it('covers the mean of independent seconds as often as it says', () => {
    expect(coverage(60, 0)).toBeGreaterThan(0.935);
    expect(coverage(600, 0)).toBeGreaterThan(0.935);
  });

  it('covers it nearly as often when each second remembers the last one', () => {
    expect(coverage(60, 0.5)).toBeGreaterThan(0.92);
    expect(coverage(120, 0.7)).toBeGreaterThan(0.92);
    expect(coverage(600, 0.9)).toBeGreaterThan(0.92);
  });

  it('gives none for fewer than 15 values, and one without width for a constant', () => {
    expect(
      batchMeansInterval(
        Array.from({ length: 14 }, () => 1),
        0.95,
      ),
    ).toBeNull();
    expect(
      batchMeansInterval(
        Array.from({ length: 15 }, () => 1),
        0.95,
      ),
    ).toEqual({ low: 1, high: 1 });
  });
});

describe('designEffect()', () => {
  it('is about 1 for independent trials', () => {
    const random = seededRandom('design effect');
    const effects = Array.from({ length: 300 }, () =>
      designEffect(
        Array.from({ length: 30 }, () => {
          const trials = 100 + random.int(0, 20);
          return {
            stratum: 0,
            trials,
            hits: Array.from({ length: trials }, () => random.next() < 0.05).filter(Boolean).length,
          };
        }),
      ),
    );
    expect(effects.reduce((sum, one) => sum + one, 0) / effects.length).toBeLessThan(1.25);
  });

  it('is as large as the clumps in which hits come', () => {
    const random = seededRandom('clumps');
    const batches = Array.from({ length: 2000 }, () => ({
      stratum: 0,
      trials: 200,
      hits: 20 * Array.from({ length: 10 }, () => random.next() < 0.02).filter(Boolean).length,
    }));
    expect(designEffect(batches)).toBeGreaterThan(16);
    expect(designEffect(batches)).toBeLessThan(24);
  });

  it('does not take two holds of different load for clumps', () => {
    const hold = (stratum: number, hits: number) => Array.from({ length: 15 }, () => ({ stratum, trials: 100, hits }));
    expect(designEffect([...hold(0, 0), ...hold(1, 20)])).toBe(1);
    expect(designEffect([...hold(0, 0), ...hold(0, 20)])).toBeGreaterThan(5);
  });
});
