/**
 * Healthy noise is not accused, and what drifts or warms up is named: seeded simulations of the means of seconds.
 */
import { type Random, seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driftOf } from './trend.ts';
import { medianOf, mserCut, nearlySmallest, warmUpLength } from './warm-up.ts';

const runs = 1000;

/** The mean response time of a second, by kind of noise. */
const noises: Readonly<Record<string, (random: Random) => () => number>> = {
  even: (random) => () => 50 + 10 * random.next(),
  'with a heavy tail': (random) => () => 20 * (1 - random.next()) ** -0.4,
  'with a standstill now and then': (random) => () => (random.next() < 0.03 ? 400 : 30 + 5 * random.next()),
  'in waves (each second much like the last)': (random) => {
    let state = 0;
    return () => {
      state = 0.6 * state + random.next() - 0.5;
      return 50 + 20 * state;
    };
  },
};

function series(random: Random, noise: string, length: number): number[] {
  const next = noises[noise]?.(random) ?? (() => 0);
  return Array.from({ length: length + 20 }, next).slice(20);
}

describe.each(Object.keys(noises))('in %s noise', (noise) => {
  it('a steady run is called drifting, or longer in warming up, at most once in a hundred times', () => {
    const random = seededRandom(noise);
    let [drifting, warming] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const values = series(random, noise, random.pick([30, 55, 120, 300]));
      if (driftOf(values) !== 0) drifting++;
      if (warmUpLength(values) !== 0) warming++;
    }
    expect(drifting).toBeLessThanOrEqual(runs / 100);
    expect(warming).toBeLessThanOrEqual(runs / 100);
  });

  it('a doubling over the run is a drift, and a warm-up at four times the figure is in most runs seen where it ends', () => {
    const random = seededRandom(noise);
    let [drifts, ends] = [0, 0];
    for (let run = 0; run < 100; run++) {
      const values = series(random, noise, 120);
      const drift = driftOf(values.map((value, i) => value * (1 + i / 119)));
      if (drift > 0.3 && drift < 1.2) drifts++;
      const length = warmUpLength(values.map((value, i) => (i < 20 ? 4 * value : value)));
      if (length !== null && length >= 16 && length <= 30) ends++;
    }
    expect(drifts).toBeGreaterThan(80);
    expect(ends).toBeGreaterThan(50);
  });
});

describe('mserCut()', () => {
  it('is the first place where the standard error of the rest is nearly the smallest', () => {
    const values = fc.array(fc.double({ min: 1, max: 1e4, noNaN: true }), { minLength: 4, maxLength: 60 });
    fc.assert(
      fc.property(values, (list) => {
        const cut = mserCut(list);
        const chosen = errorAfter(list, cut);
        for (let other = 0; other <= list.length / 2; other++) {
          const error = errorAfter(list, other);
          expect(chosen).toBeLessThanOrEqual(error * (nearlySmallest + 1e-6) + 1e-6);
          const least = other < cut ? chosen * (1 - 1e-6) - 1e-6 : 0;
          expect(error).toBeGreaterThanOrEqual(least);
        }
      }),
    );
  });

  it('cuts nothing from what is constant', () => {
    expect(mserCut(Array.from({ length: 30 }, () => 7))).toBe(0);
    expect(warmUpLength(Array.from({ length: 30 }, () => 7))).toBe(0);
    expect(driftOf(Array.from({ length: 30 }, () => 7))).toBe(0);
  });
});

describe('driftOf()', () => {
  it('does not depend on the unit', () => {
    const values = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 30, maxLength: 100 });
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 9 }), (list, unit) => {
        const rising = list.map((value, i) => value + 40 * i);
        expect(driftOf(rising.map((value) => value * unit))).toBeCloseTo(driftOf(rising), 9);
      }),
    );
  });
});

describe('medianOf()', () => {
  it('has as many values below as above', () => {
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 2, 3])).toBe(2.5);
  });
});

function errorAfter(values: readonly number[], cut: number): number {
  const rest = values.slice(cut);
  const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length;
  return rest.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rest.length ** 2;
}
