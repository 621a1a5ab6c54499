import { seededRandom } from '@palier/base/random';
import type { LimitEstimate, Recommendation, ScalabilityLaw } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LawPoint, lawsWithin, replicaPoints, scalabilityLaw, throughputAt } from './law.ts';
import { recommendDefaults } from './law-options.ts';
import { recommend } from './recommend.ts';

type Shape = Parameters<typeof throughputAt>[0];

/** Fewer than in use, for speed; the ends of an interval are as rough as that. */
const options = { ...recommendDefaults, draws: 200 };

const around = (value: number, low: number, high: number, replicas: number): LimitEstimate => {
  const estimate = { value, low, high };
  return { level: estimate, requestsPerSecond: estimate, replicas, brokenBy: 'CPU of api' };
};
/** Limits as a search with that relative deviation finds them, each with its 95 % interval. */
const measured = (shape: Shape, counts: readonly number[], deviation: number, seed: number | string) => {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return counts.map((n) => {
    const value = throughputAt(shape, n) * Math.exp(deviation * normal());
    return around(value, value * Math.exp(-1.96 * deviation), value * Math.exp(1.96 * deviation), n);
  });
};
const advise = (limits: readonly LimitEstimate[], law: ScalabilityLaw = lawOf(limits)): Recommendation => {
  const limit = limits.at(-1) ?? null;
  const rest = { bottleneck: null, pool: null, shared: null };
  return recommend({ service: 'api', model: 'open', limit, laws: [law], ...rest }, options) as Recommendation;
};
const lawOf = (limits: readonly LimitEstimate[]) => scalabilityLaw('replicas', replicaPoints(limits));
const withoutIntervals = (limits: readonly LimitEstimate[]) =>
  scalabilityLaw(
    'replicas',
    replicaPoints(limits).map(({ n, perSecond }): LawPoint => ({ n, perSecond })),
  );
const orEndless = (replicas: number | null | undefined): number => replicas ?? Number.POSITIVE_INFINITY;

const anyLimits = fc
  .record({
    alpha: fc.double({ min: 0, max: 0.4, noNaN: true }),
    beta: fc.double({ min: 0, max: 0.03, noNaN: true }),
    deviation: fc.double({ min: 0, max: 0.06, noNaN: true }),
    counts: fc.constantFrom([1, 2, 3], [1, 2, 3, 4], [1, 2, 4, 8]),
    seed: fc.integer(),
  })
  .map(({ alpha, beta, deviation, counts, seed }) => measured({ gamma: 600, alpha, beta }, counts, deviation, seed))
  .filter((limits) => lawOf(limits).fit !== null);

describe('the range of replicas', () => {
  it('contains the number that the law itself gives, and rises with the load at both ends', () => {
    fc.assert(
      fc.property(anyLimits, (limits) => {
        const { rows } = advise(limits);
        const exact = advise(limits, withoutIntervals(limits)).rows;
        for (const [i, { replicasRange, extrapolated }] of rows.entries()) {
          expect(replicasRange !== undefined).toBe(extrapolated);
          const [low, high] = [orEndless(replicasRange?.low), orEndless(replicasRange?.high)];
          if (replicasRange === undefined) continue;
          expect(low).toBeLessThanOrEqual(orEndless(exact[i]?.replicas));
          expect(high).toBeGreaterThanOrEqual(orEndless(exact[i]?.replicas));
          const before = rows[i - 1]?.replicasRange;
          if (before === undefined) continue;
          expect(low).toBeGreaterThanOrEqual(orEndless(before.low));
          expect(high).toBeGreaterThanOrEqual(orEndless(before.high));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives a number only where the ends are within a factor of two, and none above a load that it could not tell', () => {
    fc.assert(
      fc.property(anyLimits, (limits) => {
        const { rows } = advise(limits);
        const untold = rows.filter((row) => row.untold === true);
        expect(untold.every(({ replicas, replicasRange }) => replicas === null && replicasRange?.low !== null)).toBe(
          true,
        );
        const told = rows.filter(({ replicas, replicasRange }) => replicas !== null && replicasRange !== undefined);
        for (const { replicasRange } of told)
          expect(orEndless(replicasRange?.high)).toBeLessThanOrEqual(2 * orEndless(replicasRange?.low));
        const first = rows.findIndex((row) => row.untold === true);
        expect(rows.slice(first === -1 ? rows.length : first).every(({ replicas }) => replicas === null)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves what was measured exact, however noisy', () => {
    const limits = measured({ gamma: 600, alpha: 0.05, beta: 0 }, [4, 3, 2, 1], 0.05, 1);
    const law = lawOf(limits);
    expect(law.fit).not.toBeNull();
    const { rows } = advise(limits, law);
    expect(rows.slice(0, 4).map(({ replicas }) => replicas)).toEqual(
      advise(limits, withoutIntervals(limits))
        .rows.slice(0, 4)
        .map(({ replicas }) => replicas),
    );
    expect(rows[1]).toMatchObject({ extrapolated: false });
    expect(rows[1]?.replicasRange).toBeUndefined();
  });

  it('is a single number, or nearly, for limits that are known to a thousandth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), fc.integer(), (fiftieths, seed) => {
        const shape = { gamma: 600, alpha: fiftieths / 50, beta: 0 };
        const { rows } = advise(measured(shape, [1, 2, 4, 8], 0.0005, seed));
        // × 1.5 and × 2 of what was measured; beyond, a thousandth weighs more.
        for (const { replicas, replicasRange } of rows.slice(0, 3)) {
          expect(replicas).not.toBeNull();
          if (replicasRange === undefined) continue;
          expect(orEndless(replicasRange.high) / orEndless(replicasRange.low)).toBeLessThan(1.25);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    { alpha: 0, beta: 0, counts: [1, 2, 3], deviation: 0.05 },
    { alpha: 0.03, beta: 0, counts: [1, 2, 3], deviation: 0.05 },
    { alpha: 0.1, beta: 0.003, counts: [1, 2, 3, 4], deviation: 0.03 },
    { alpha: 0.03, beta: 0.003, counts: [1, 2, 4, 8], deviation: 0.02 },
  ])('contains the truth of α $alpha, β $beta at each load in at least 90 of 100 searches', (planted) => {
    const shape = { gamma: 600, alpha: planted.alpha, beta: planted.beta };
    const now = planted.counts.at(-1) as number;
    const truth = options.factors.map((factor) => {
      const wanted = factor * throughputAt(shape, now) * (1 - 1e-9);
      for (let n = now; n <= options.maxReplicas; n++) if (throughputAt(shape, n) >= wanted) return n;
      return Number.POSITIVE_INFINITY;
    });
    const seen = options.factors.map(() => ({ rows: 0, inside: 0 }));
    for (let seed = 0; seed < 100; seed++) {
      const limits = measured(shape, planted.counts, planted.deviation, `planted ${seed}`);
      if (lawOf(limits).fit === null) continue;
      for (const [i, { replicasRange }] of advise(limits).rows.entries()) {
        const count = seen[i];
        if (replicasRange === undefined || count === undefined) continue;
        const need = truth[i] as number;
        count.rows++;
        if (need >= orEndless(replicasRange.low) && need <= orEndless(replicasRange.high)) count.inside++;
      }
    }
    expect(seen.at(-1)?.rows).toBeGreaterThan(50);
    for (const { rows, inside } of seen) expect(inside).toBeGreaterThanOrEqual(0.9 * rows);
  });

  it('of three noisy limits reaches from growth in proportion to none at all, and names what to measure', () => {
    // apps/releases, CPU of one to three replicas, 2026-11-21.
    const limits = [around(684, 623, 741, 1), around(1105, 929, 1165, 2), around(1798, 1613, 2075, 3)];
    const { rows, notes } = advise(limits);
    expect(rows[0]).toEqual({ ...rows[0], replicas: 3, extrapolated: false });
    expect(rows[0]?.untold).toBeUndefined();
    expect(rows[4]).toMatchObject({ replicas: null, untold: true, replicasRange: { low: 15, high: null } });
    expect(rows.slice(1).every(({ untold }) => untold === true)).toBe(true);
    expect(notes.join(' ')).toContain('cannot be told from these measurements: 5 replicas or more');
    expect(notes.join(' ')).toContain('Measure with 5 replicas to know (--replicas 1,2,3,5)');
    expect(notes.join(' ')).not.toContain('no number of replicas suffices');
  });

  it('is the same each time', () => {
    const limits = measured({ gamma: 600, alpha: 0.05, beta: 0 }, [1, 2, 3], 0.05, 7);
    expect(advise(limits)).toEqual(advise(limits));
  });
});

describe('lawsWithin()', () => {
  it('gives no other law where no point has an interval, and the law itself where the intervals are nothing', () => {
    const shape = { gamma: 100, alpha: 0.05, beta: 0.001 };
    const points = [1, 2, 4].map((n) => ({ n, perSecond: throughputAt(shape, n) }));
    expect(lawsWithin(scalabilityLaw('replicas', points), 5, seededRandom(1))).toEqual([]);
    const sharp = points.map(({ n, perSecond }) => ({ n, perSecond, low: perSecond, high: perSecond }));
    const others = lawsWithin(scalabilityLaw('replicas', sharp), 5, seededRandom(1));
    expect(others.length).toBe(5);
    for (const { alpha, beta } of others) {
      expect(alpha).toBeCloseTo(0.05, 6);
      expect(beta).toBeCloseTo(0.001, 6);
    }
  });
});
