import type { PlannedArrivals, Stage } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalsOf, concurrencyOf } from './arrivals.ts';

const stages = fc
  .array(fc.record({ hold: fc.boolean(), rate: fc.nat(300), durationMs: fc.nat(3000) }), { minLength: 1, maxLength: 8 })
  .map((list) => {
    let rate = 0;
    return list.map(({ hold, rate: to, durationMs }): Stage => {
      const fromLevel = rate;
      if (!hold) rate = to;
      return { kind: hold ? 'hold' : 'ramp', fromLevel, toLevel: rate, durationMs };
    });
  });
const whole = { index: 0, of: 1 };
const even: PlannedArrivals = { spacing: 'even', maxConcurrent: 10, recordedMs: null };
const poisson: PlannedArrivals = { ...even, spacing: 'poisson' };
const momentsOf = (list: readonly Stage[], arrivals = even, share = whole, seed = 1): number[] => [
  ...arrivalsOf({ stages: list, arrivals, share, seed }),
];
const hold = (rate: number, durationMs: number): Stage[] => [
  { kind: 'hold', fromLevel: rate, toLevel: rate, durationMs },
];

/** The expected number of arrivals until then, by the area under the rate. */
function expectedUntil(list: readonly Stage[], untilMs: number): number {
  let [begun, sum] = [0, 0];
  for (const { fromLevel, toLevel, durationMs } of list) {
    const t = Math.min(durationMs, untilMs - begun);
    if (t <= 0) {
      begun += durationMs;
      continue;
    }
    const rateThen = durationMs === 0 ? toLevel : fromLevel + ((toLevel - fromLevel) * t) / durationMs;
    sum += (((fromLevel + rateThen) / 2) * t) / 1000;
    begun += durationMs;
  }
  return sum;
}

describe('arrivalsOf', () => {
  it('spaces even arrivals by the rate: 100 a second come each 10 ms, the first at once', () => {
    expect(momentsOf(hold(100, 1000))).toEqual(Array.from({ length: 100 }, (_, k) => 10 * k));
  });

  it('brings as many even arrivals as the area under the rate, the k-th where the area is k', () => {
    fc.assert(
      fc.property(stages, (list) => {
        const endMs = list.reduce((sum, stage) => sum + stage.durationMs, 0);
        const moments = momentsOf(list);
        expect(moments.length).toBe(Math.ceil(expectedUntil(list, endMs)));
        for (const [k, atMs] of moments.entries()) expect(expectedUntil(list, atMs)).toBeCloseTo(k, 6);
      }),
    );
  });

  it('brings them in order and before the end, the same for the same seed', () => {
    fc.assert(
      fc.property(stages, fc.integer(), fc.constantFrom(even, poisson), (list, seed, arrivals) => {
        const endMs = list.reduce((sum, stage) => sum + stage.durationMs, 0);
        const moments = momentsOf(list, arrivals, whole, seed);
        for (const [k, atMs] of moments.entries()) {
          expect(atMs).toBeGreaterThanOrEqual(moments[k - 1] ?? 0);
          expect(atMs).toBeLessThan(endMs);
        }
        expect(momentsOf(list, arrivals, whole, seed)).toEqual(moments);
      }),
    );
  });

  it('waits where the rate is 0', () => {
    const late: Stage[] = [
      { kind: 'hold', fromLevel: 0, toLevel: 0, durationMs: 5000 },
      { kind: 'ramp', fromLevel: 0, toLevel: 2, durationMs: 0 },
      ...hold(2, 1000),
    ];
    expect(momentsOf(late)).toEqual([5000, 5500]);
  });

  it('shares them out so that several generators together bring the same ones', () => {
    fc.assert(
      fc.property(stages, fc.integer({ min: 1, max: 5 }), fc.constantFrom(even, poisson), (list, of, arrivals) => {
        const shares = Array.from({ length: of }, (_, index) => momentsOf(list, arrivals, { index, of }));
        const together = momentsOf(list, arrivals);
        expect(shares.map(({ length }) => length).reduce((a, b) => a + b)).toBe(together.length);
        for (const [k, atMs] of together.entries()) expect(shares[k % of]?.[Math.floor(k / of)]).toBe(atMs);
      }),
    );
  });

  it('brings Poisson arrivals with the mean and the variance of a Poisson process, on a hold and on a ramp', () => {
    const ramp: Stage[] = [{ kind: 'ramp', fromLevel: 0, toLevel: 200, durationMs: 200_000 }];
    for (const [list, expected] of [
      [hold(100, 200_000), 20_000],
      [ramp, 20_000],
    ] as const) {
      const moments = momentsOf(list, poisson);
      // Five standard deviations, √20 000 each.
      expect(Math.abs(moments.length - expected)).toBeLessThan(5 * Math.sqrt(expected));
      // In cells of equal expectation, 10 each, counts have that mean and that variance: index of dispersion 1 ± 5·√(2/2000).
      const counts = Array.from({ length: expected / 10 }, () => 0);
      for (const atMs of moments) {
        const cell = Math.floor(expectedUntil(list, atMs) / 10);
        counts[cell] = (counts[cell] as number) + 1;
      }
      const mean = moments.length / counts.length;
      const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1);
      expect(Math.abs(variance / mean - 1)).toBeLessThan(5 * Math.sqrt(2 / counts.length));
    }
  });

  it('brings recorded arrivals as they were, as far as the stages last', () => {
    const recorded: PlannedArrivals = { ...poisson, recordedMs: [0, 3, 3, 700, 1200] };
    expect(momentsOf(hold(4, 1000), recorded)).toEqual([0, 3, 3, 700]);
    expect(momentsOf(hold(4, 1000), recorded, { index: 1, of: 2 })).toEqual([3, 700]);
  });
});

describe('concurrencyOf', () => {
  it('divides the tasks at once among the generators, none lost and none twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 64 }), (most, of) => {
        const shares = Array.from({ length: of }, (_, index) => concurrencyOf(most, { index, of }));
        expect(shares.reduce((a, b) => a + b)).toBe(most);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
