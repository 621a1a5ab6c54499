import { seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amongMany, changeBetween, type Figure, leastVisible } from './change.ts';

const figure = (value: number, error: number): Figure => ({
  value,
  low: (t) => value - t * error,
  high: (t) => value + t * error,
  degrees: 10,
});
const value = fc.double({ min: -50, max: 50, noNaN: true });
const error = fc.double({ min: 0.01, max: 5, noNaN: true });

describe('changeBetween()', () => {
  it('has the chance below the confidence exactly when its interval leaves zero out', () => {
    fc.assert(
      fc.property(value, value, error, error, (a, b, ea, eb) => {
        const change = changeBetween(figure(a, ea), figure(b, eb), 0.95);
        fc.pre(Math.abs(change.chance - 0.05) > 1e-6);
        expect(change.low > 0 || change.high < 0).toBe(change.chance < 0.05);
      }),
    );
  });

  it('is the same the other way round, with the opposite sign', () => {
    fc.assert(
      fc.property(value, value, error, error, (a, b, ea, eb) => {
        const there = changeBetween(figure(a, ea), figure(b, eb), 0.95);
        const back = changeBetween(figure(b, eb), figure(a, ea), 0.95);
        expect(back.value).toBeCloseTo(-there.value, 9);
        expect(back.low).toBeCloseTo(-there.high, 9);
        expect(back.chance).toBeCloseTo(there.chance, 9);
      }),
    );
  });

  it('is Student’s for figures of the same error: 2.086 standard errors of 20 degrees are 5 %', () => {
    expect(changeBetween(figure(0, 1), figure(2.086 * Math.SQRT2, 1), 0.95).chance).toBeCloseTo(0.05, 4);
  });

  it('is certain of a difference between constants', () => {
    expect(changeBetween(figure(1, 0), figure(2, 0), 0.95).chance).toBeLessThan(1e-9);
    expect(changeBetween(figure(1, 0), figure(1, 0), 0.95).chance).toBe(1);
  });
});

const even = (chances: readonly number[]): readonly number[] =>
  amongMany(chances.map((chance) => ({ chance, weight: 3 })));

describe('amongMany()', () => {
  it('is Benjamini and Hochberg’s for equal weights: the worked example', () => {
    const expected = [0.02, 0.04, 0.04, 0.02];
    for (const [i, chance] of even([0.01, 0.04, 0.03, 0.005]).entries())
      expect(chance).toBeCloseTo(expected[i] as number, 12);
  });

  it('never makes a chance smaller, nor larger than by their number, and keeps their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (chances) => {
        const corrected = even(chances);
        for (const [i, chance] of chances.entries()) {
          expect(corrected[i]).toBeGreaterThanOrEqual(chance * (1 - 1e-9));
          expect(corrected[i]).toBeLessThanOrEqual(Math.min(1, chance * chances.length * (1 + 1e-9)));
          const larger = corrected.filter((_, j) => (chances[j] as number) > chance);
          expect(Math.min(1, ...larger)).toBeGreaterThanOrEqual(corrected[i] as number);
        }
      }),
    );
  });

  it('calls anything news in at most the promised share of comparisons in which nothing changed, whatever the weights', () => {
    const random = seededRandom('among many');
    const weights = [4, 4, 4, 1, 1, 1, 1, 1, 1, 1];
    const rounds = 4000;
    const alarms = Array.from({ length: rounds }, () =>
      amongMany(weights.map((weight) => ({ weight, chance: random.next() }))).some((chance) => chance < 0.1),
    ).filter(Boolean).length;
    expect(alarms / rounds).toBeGreaterThan(0.08);
    expect(alarms / rounds).toBeLessThan(0.12);
  });
});

describe('leastVisible()', () => {
  it('is seen in about 8 of 10 comparisons that have this change and no other', () => {
    const random = seededRandom('least visible');
    const bell = (): number => Array.from({ length: 12 }, () => random.next()).reduce((sum, one) => sum + one, -6);
    const many = (value: number): Figure => ({ ...figure(value, 1), degrees: 1e6 });
    const change = leastVisible(many(0), many(0), 0.01, true);
    const rounds = 4000;
    const seen = Array.from({ length: rounds }, () => changeBetween(many(bell()), many(change + bell()), 0.95)).filter(
      ({ chance }) => chance < 0.01,
    ).length;
    expect(seen / rounds).toBeGreaterThan(0.77);
    expect(seen / rounds).toBeLessThan(0.83);
  });
});
