import { seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { queueOf, queueQuantileMs } from './queue.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

test('serves one at a time, in order, and nobody waits while it is free', () => {
  fc.assert(
    fc.property(seeds, fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1 }), (seed, gaps) => {
      const serve = queueOf({ meanMs: 10, seed });
      // The same draws without any wait: how long each service alone takes.
      const alone = queueOf({ meanMs: 10, seed });
      let [now, free, quiet] = [0, 0, 0];
      for (const gap of gaps) {
        now += gap;
        quiet += 1e6;
        const serviceMs = alone(quiet) - quiet;
        const served = serve(now);
        expect(served).toBeCloseTo(Math.max(now, free) + serviceMs, 6);
        expect(served).toBeGreaterThanOrEqual(now);
        free = served;
      }
    }),
  );
});

test('fed by Poisson arrivals it takes as long as the theory of M/M/1 says', () => {
  const meanMs = 7;
  for (const perSecond of [50, 100]) {
    const random = seededRandom(1);
    const serve = queueOf({ meanMs, seed: 2 });
    let now = 0;
    const times = Array.from({ length: 1_000_000 }, () => {
      now -= (1000 / perSecond) * Math.log(1 - random.next());
      return serve(now) - now;
    }).toSorted((a, b) => a - b);
    for (const q of [0.5, 0.9, 0.95, 0.99]) {
      const theory = queueQuantileMs({ meanMs }, perSecond, q);
      expect(Math.abs((times[Math.floor(q * times.length)] as number) / theory - 1)).toBeLessThan(0.02);
    }
  }
});

test('at a utilisation of 1 there is no quantile', () => {
  expect(queueQuantileMs({ meanMs: 10 }, 100, 0.5)).toBeNaN();
});
