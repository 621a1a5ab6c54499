import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, mergeHistograms, quantileError } from './histogram.ts';

const values = fc.array(fc.integer({ min: 0, max: 4_294_967_295 }), { minLength: 1, maxLength: 300 });

describe('Histogram', () => {
  it('answers any quantile within the stated error of the nearest-rank value', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        const histogram = new Histogram();
        for (const value of list) histogram.record(value);
        const sorted = list.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(q * list.length) - 1)] as number;
        expect(Math.abs(histogram.quantile(q) - exact)).toBeLessThanOrEqual(exact * quantileError);
      }),
    );
  });

  it('counts the values above a limit, within the stated error of each', () => {
    const limits = fc.oneof(fc.double({ min: -1, max: 2 ** 32, noNaN: true }), fc.integer({ min: 0, max: 600 }));
    fc.assert(
      fc.property(values, limits, (list, limit) => {
        const histogram = new Histogram();
        for (const value of list) histogram.record(value);
        const above = (factor: number): number => list.filter((value) => value * factor > limit).length;
        expect(histogram.countAbove(limit)).toBeGreaterThanOrEqual(above(1 - quantileError));
        expect(histogram.countAbove(limit)).toBeLessThanOrEqual(above(1 + quantileError));
      }),
    );
    const few = new Histogram();
    for (const value of [3, 4, 250, 1e6]) few.record(value);
    expect([-1, 3, 3.5, 250, 1e9].map((limit) => few.countAbove(limit))).toEqual([4, 3, 3, 1, 0]);
    expect(few.countAbove(Number.POSITIVE_INFINITY)).toBe(0);
    expect(new Histogram().countAbove(5)).toBe(0);
  });

  it('merges snapshots into what one histogram would have recorded', () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const [a, b, both] = [new Histogram(), new Histogram(), new Histogram()];
        for (const value of left) a.record(value);
        for (const value of right) b.record(value);
        for (const value of [...left, ...right]) both.record(value);
        expect(mergeHistograms([a.snapshot(), b.snapshot()]).snapshot()).toEqual(both.snapshot());
      }),
    );
  });

  it('keeps values below 256 exactly and counts larger values than it can hold as the largest', () => {
    const histogram = new Histogram();
    for (let value = 0; value < 256; value++) histogram.record(value);
    for (let rank = 1; rank <= 256; rank++) expect(histogram.atRank(rank)).toBe(rank - 1);
    histogram.record(1e12);
    expect(histogram.max).toBe(4_294_967_295);
  });

  it('answers 0 when empty, and after clear()', () => {
    const histogram = new Histogram();
    histogram.record(7);
    histogram.clear();
    expect([histogram.count, histogram.quantile(0.5), histogram.min, histogram.max, histogram.mean]).toEqual([
      0, 0, 0, 0, 0,
    ]);
    expect(histogram.snapshot().buckets).toEqual([]);
  });
});
