import { seededRandom } from '@palier/base/random';
import type { LimitEstimate, Probe } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concurrencyPoints, replicaPoints, scalabilityLaw, throughputAt } from './law.ts';
import { lawDefaults } from './law-options.ts';

const doubling = [1, 2, 4, 8, 16, 32, 64];
const share = (max: number) => fc.double({ min: 0, max, noNaN: true });
const shape = fc.record({ gamma: fc.double({ min: 1, max: 5000, noNaN: true }), alpha: share(0.9), beta: share(0.02) });
const noisy = (seed: string, noise: number) => {
  const random = seededRandom(seed);
  return (value: number) => value * (1 + noise * (random.next() + random.next() + random.next() - 1.5));
};

describe('scalabilityLaw()', () => {
  it('finds any planted law again, exactly, when nothing scatters', () => {
    fc.assert(
      fc.property(shape, (planted) => {
        const points = doubling.map((n) => ({ n, perSecond: throughputAt(planted, n) }));
        const { fit } = scalabilityLaw('concurrency', points);
        // What hardly bends the throughput at all is the flat line that is refused.
        const most = Math.max(...points.map(({ perSecond }) => perSecond)) / planted.gamma;
        fc.pre(fit !== null || most > 1.2);
        expect((fit?.gamma ?? 0) / planted.gamma).toBeCloseTo(1, 4);
        expect(fit?.alpha).toBeCloseTo(planted.alpha, 4);
        expect(fit?.beta).toBeCloseTo(planted.beta, 5);
      }),
    );
  });

  it('finds it within the noise, and predicts within it', () => {
    fc.assert(
      fc.property(fc.integer(), share(0.3), share(0.005), (seed, alpha, beta) => {
        const planted = { gamma: 200, alpha, beta };
        const scatter = noisy(String(seed), 0.04);
        const points = doubling.map((n) => ({ n, perSecond: scatter(throughputAt(planted, n)) }));
        const { fit } = scalabilityLaw('concurrency', points);
        expect(fit).not.toBeNull();
        if (fit === null) return;
        expect(Math.abs(fit.alpha - alpha)).toBeLessThan(0.1);
        expect(Math.abs(fit.beta - beta)).toBeLessThan(0.003);
        for (const n of doubling)
          expect(Math.abs(throughputAt(fit, n) / throughputAt(planted, n) - 1)).toBeLessThan(0.06);
      }),
    );
  });

  it('whatever it is given, a law that it gives has its bounds, few residuals and an explained variance', () => {
    const point = fc.record({ n: fc.double({ min: -1, max: 500 }), perSecond: fc.double({ min: -1, max: 1e5 }) });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 12 }), fc.constantFrom('concurrency', 'replicas'), (points, over) => {
        const law = scalabilityLaw(over, points);
        expect(law.sentence).not.toMatch(/NaN|undefined/);
        if (law.fit === null) return;
        const { gamma, alpha, beta, r2, peakN } = law.fit;
        expect(gamma).toBeGreaterThan(0);
        expect(alpha).toBeGreaterThanOrEqual(0);
        expect(alpha).toBeLessThanOrEqual(1);
        expect(beta).toBeGreaterThanOrEqual(0);
        expect(r2).toBeGreaterThanOrEqual(lawDefaults.minR2);
        for (const { residual } of law.points) expect(Math.abs(residual)).toBeLessThanOrEqual(lawDefaults.maxResidual);
        for (const n of [1, 2, 5, 50]) {
          const [now, next] = [throughputAt(law.fit, n), throughputAt(law.fit, n + 1)];
          const rises = n + 1 <= (peakN ?? Number.POSITIVE_INFINITY);
          expect(!rises || next >= now * (1 - 1e-9)).toBe(true);
        }
      }),
    );
  });

  it('takes no zigzag for a law', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 12 }), fc.double({ min: 1.6, max: 10, noNaN: true }), (length, factor) => {
        const points = Array.from({ length }, (_, i) => ({ n: i + 1, perSecond: i % 2 === 0 ? 100 : 100 * factor }));
        expect(scalabilityLaw('replicas', points).fit).toBeNull();
      }),
    );
  });

  it('takes throughputs that have nothing to do with the load for a law in less than 1 of 100 cases', () => {
    let believed = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const random = seededRandom(`nonsense ${seed}`);
      const points = doubling.map((n) => ({ n, perSecond: 50 + 400 * random.next() }));
      if (scalabilityLaw('concurrency', points).fit !== null) believed++;
    }
    expect(believed).toBeLessThan(10);
  });

  it('refuses a law that misses an inner point which it was not shown, however well it fits those that it was', () => {
    const points = [366, 348, 377, 90].map((perSecond, i) => ({ n: [1, 2, 3, 12][i] as number, perSecond }));
    expect(scalabilityLaw('concurrency', points).sentence).toContain('fitted without one of the points');
  });

  it('keeps α and β within their bounds where noise would put them outside', () => {
    // Throughput that rises faster than in proportion has a negative α without a bound.
    const points = doubling.map((n) => ({ n, perSecond: 100 * n ** 1.03 }));
    const { fit } = scalabilityLaw('concurrency', points);
    expect(fit?.alpha).toBe(0);
    expect(fit?.beta).toBe(0);
  });

  it('does not depend on the order of the points', () => {
    fc.assert(
      fc.property(shape, fc.shuffledSubarray(doubling, { minLength: 7 }), (planted, order) => {
        const points = (ns: readonly number[]) => ns.map((n) => ({ n, perSecond: throughputAt(planted, n) }));
        expect(scalabilityLaw('concurrency', points(order))).toEqual(scalabilityLaw('concurrency', points(doubling)));
      }),
    );
  });

  it('refuses too few points, a range too narrow, and noise as large as the effect, each with its reason', () => {
    const planted = { gamma: 100, alpha: 0.05, beta: 0.001 };
    const points = (ns: readonly number[]) => ns.map((n) => ({ n, perSecond: throughputAt(planted, n) }));
    expect(scalabilityLaw('concurrency', points([1, 2, 4])).sentence).toContain('at least 4');
    expect(scalabilityLaw('concurrency', points([10, 10.1, 10.2, 20])).sentence).toContain(
      'distinct concurrencies measured: 2;',
    );
    expect(scalabilityLaw('replicas', points([1, 2])).sentence).toContain('at least 3');
    expect(scalabilityLaw('concurrency', points([10, 12, 14, 16])).sentence).toContain('at least 2 times');
    const flat = [20, 40, 60, 80, 100].map((n, i) => ({ n, perSecond: 300 + (i % 2 === 0 ? 6 : -6) }));
    expect(scalabilityLaw('concurrency', flat).sentence).toContain('the noise is as large as the effect');
    expect(scalabilityLaw('concurrency', []).fit).toBeNull();
  });

  it('says that three numbers of replicas leave nothing to test the law with', () => {
    const law = scalabilityLaw('replicas', [
      { n: 1, perSecond: 100 },
      { n: 2, perSecond: 190 },
      { n: 3, perSecond: 265 },
    ]);
    expect(law.fit).not.toBeNull();
    expect(law.sentence).toContain('nothing is left to test it with');
  });

  it('never quotes a peak that was not measured as seen', () => {
    const planted = { gamma: 100, alpha: 0.02, beta: 0.0004 };
    const law = (ns: readonly number[]) =>
      scalabilityLaw(
        'concurrency',
        ns.map((n) => ({ n, perSecond: throughputAt(planted, n) })),
      );
    expect(law([1, 2, 4, 8, 16]).sentence).toContain('outside of the measured 1–16: nobody has seen it');
    expect(law([1, 4, 16, 64, 128]).sentence).toContain('within the measured 1–128');
  });
});

const probe: Probe = {
  purpose: 'bracket',
  level: 100,
  replicas: 1,
  change: null,
  startMs: 0,
  durationMs: 10_000,
  outcome: 'kept',
  reason: '',
  requestsPerSecond: 50,
  goodPerSecond: 50,
  meanMs: 40,
  p50Ms: 30,
  p95Ms: 90,
  p99Ms: null,
  errorPercent: 0,
};

describe('the points of a law', () => {
  it('over concurrency count the requests in the system, not the users that think', () => {
    expect(concurrencyPoints([probe], 1)).toEqual([{ n: 2, perSecond: 50 }]);
  });

  it('over concurrency leave out what is not a steady load of the system as it is', () => {
    const others: readonly Partial<Probe>[] = [
      { purpose: 'recovery' },
      { change: 'a larger pool' },
      { replicas: 2 },
      { outcome: 'invalid' },
      { errorPercent: 5 },
    ];
    expect(
      concurrencyPoints(
        others.map((other): Probe => Object.assign({}, probe, other)),
        1,
      ),
    ).toEqual([]);
  });

  it('over concurrency begin at one request in hand', () => {
    expect(concurrencyPoints([{ ...probe, meanMs: 19 }], 1)).toEqual([]);
  });

  it('over replicas are the limits that were found with their intervals, not the luckiest probes', () => {
    const limitOf = (replicas: number, value: number): LimitEstimate => {
      const estimate = { value, low: value * 0.9, high: value * 1.1 };
      return { level: estimate, requestsPerSecond: estimate, replicas, brokenBy: 'p95 response time' };
    };
    expect(replicaPoints([limitOf(1, 70), limitOf(2, 130)])).toEqual([
      { n: 1, perSecond: 70, low: 63, high: 77 },
      { n: 2, perSecond: 130, low: 117, high: 143 },
    ]);
  });
});
