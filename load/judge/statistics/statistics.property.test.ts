import { seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inverseBeta, regularisedBeta, studentT } from './beta.ts';
import { binomialAtMost, chanceBounds, surelyAtLeast, surelyAtMost, trialsToProveBelow } from './binomial.ts';
import { fewestForQuantile, quantileRanks } from './order.ts';

const chance = fc.double({ min: 0.001, max: 0.999, noNaN: true });

/** The sum itself, by the recurrence of the binomial weights. */
function summed(k: number, n: number, p: number): number {
  let weight = (1 - p) ** n;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += weight;
    weight *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return sum;
}

describe('regularisedBeta()', () => {
  it('agrees with published values', () => {
    // Pearson, Tables of the Incomplete Beta-Function; I_x(a, a) at the middle is one half.
    expect(regularisedBeta(0.5, 7, 7)).toBeCloseTo(0.5, 12);
    expect(regularisedBeta(0.25, 0.5, 0.5)).toBeCloseTo(1 / 3, 12);
    expect(regularisedBeta(0.3, 2, 5)).toBeCloseTo(0.579_825, 10);
    expect(studentT(0.05, 4)).toBeCloseTo(2.776_445, 5);
    expect(studentT(0.05, 19)).toBeCloseTo(2.093_024, 5);
  });

  it('gives the binomial sum', () => {
    fc.assert(
      // The sum begins with (1 − p)^n, which beyond 0.995^120 is too small for a number of full precision.
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.double({ min: 0.001, max: 0.995, noNaN: true }),
        fc.nat(),
        (n, p, any) => {
          const k = any % (n + 1);
          expect(binomialAtMost(k, n, p)).toBeCloseTo(k === n ? 1 : summed(k, n, p), 9);
        },
      ),
    );
  });

  it('is undone by its inverse, for millions of trials too', () => {
    const parameter = fc.double({ min: 0.5, max: 5e6, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), parameter, parameter, (p, a, b) => {
        expect(regularisedBeta(inverseBeta(p, a, b), a, b)).toBeCloseTo(p, 6);
      }),
      { numRuns: 50 },
    );
  });
});

describe('chanceBounds()', () => {
  it('needs 2995 trials without a failure to prove less than 0.1 %', () => {
    expect(chanceBounds(0, 2995, 0.95).high).toBeLessThan(0.001);
    expect(chanceBounds(0, 2994, 0.95).high).toBeGreaterThan(0.001);
    expect(trialsToProveBelow(0.001, 0, 0.95, 1e9)).toBe(2995);
    expect(trialsToProveBelow(0.001, 0.001, 0.95, 1e9)).toBeNull();
  });

  it('covers the true chance at least as often as it says, each bound for itself, by exact enumeration', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), chance, (n, p) => {
        let [tooHigh, tooLow] = [0, 0];
        for (let x = 0; x <= n; x++) {
          const weight = binomialAtMost(x, n, p) - binomialAtMost(x - 1, n, p);
          const { low, high } = chanceBounds(x, n, 0.95);
          if (low > p) tooHigh += weight;
          if (high < p) tooLow += weight;
        }
        expect(tooHigh).toBeLessThanOrEqual(0.05 + 1e-9);
        expect(tooLow).toBeLessThanOrEqual(0.05 + 1e-9);
      }),
      { numRuns: 40 },
    );
  });

  it('agrees with its short forms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(), chance, (n, any, p) => {
        const x = any % (n + 1);
        const { low, high } = chanceBounds(x, n, 0.975);
        fc.pre(Math.abs(low - p) > 1e-9 && Math.abs(high - p) > 1e-9);
        expect(surelyAtMost(p, x, n, 0.975)).toBe(high <= p);
        expect(surelyAtLeast(p, x, n, 0.975)).toBe(low >= p);
      }),
    );
  });

  it('says how many trials are needed, no fewer and no more', () => {
    const limits = fc.double({ min: 0.0005, max: 0.3, noNaN: true });
    fc.assert(
      fc.property(limits, (limit) => {
        const needed = trialsToProveBelow(limit, 0, 0.95, 1e9) as number;
        expect(chanceBounds(0, needed, 0.95).high).toBeLessThan(limit);
        expect(chanceBounds(0, needed - 1, 0.95).high).toBeGreaterThanOrEqual(limit);
      }),
    );
  });
});

describe('quantileRanks()', () => {
  it('leaves at most the tail on each side, and would leave more if it were closer', () => {
    const sizes = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(sizes, fc.constantFrom(0.5, 0.9, 0.95, 0.99), (n, q) => {
        const { low, high } = quantileRanks(n, q, 0.95);
        expect(binomialAtMost(low - 1, n, q)).toBeLessThanOrEqual(0.025);
        expect(binomialAtMost(low, n, q)).toBeGreaterThan(0.025);
        expect(high === null).toBe(n < fewestForQuantile(q, 0.95));
        // Without an upper end not even the largest value is one.
        const upper = high ?? n + 1;
        expect(1 - binomialAtMost(upper - 1, n, q)).toBeLessThanOrEqual(0.025);
        expect(1 - binomialAtMost(upper - 2, n, q)).toBeGreaterThan(0.025);
      }),
    );
  });

  it('knows the smallest samples', () => {
    expect(fewestForQuantile(0.95, 0.95)).toBe(72);
    expect(fewestForQuantile(0.99, 0.95)).toBe(368);
    expect(quantileRanks(71, 0.95, 0.95).high).toBeNull();
    expect(quantileRanks(72, 0.95, 0.95).high).toBe(72);
  });

  it('covers the true quantile in at least 95 % of 2000 seeded samples', () => {
    const random = seededRandom('order statistics');
    const missed = { p50: 0, p95: 0 };
    for (let round = 0; round < 2000; round++) {
      const sorted = Float64Array.from({ length: 300 }, () => random.next()).toSorted();
      for (const [name, q] of [
        ['p50', 0.5],
        ['p95', 0.95],
      ] as const) {
        const { low, high } = quantileRanks(300, q, 0.95);
        if ((sorted[low - 1] as number) > q || (sorted[(high as number) - 1] as number) < q) missed[name]++;
      }
    }
    // 5 % of 2000 are 100; three standard errors (29) more would be a fault, not chance.
    expect(missed.p50).toBeLessThan(130);
    expect(missed.p95).toBeLessThan(130);
  });

  it('grows with the design effect as its square root', () => {
    const width = (effect: number): number => {
      const { low, high } = quantileRanks(40_000, 0.5, 0.95, () => effect);
      return (high as number) - low;
    };
    expect(width(4) / width(1)).toBeCloseTo(2, 1);
    expect(width(16) / width(1)).toBeCloseTo(4, 1);
  });
});
