import { seededRandom } from '@palier/base/random';
import { expect, test } from 'vitest';
import { agreementOf } from './agreement.ts';

test('searches of a system that tires are said to drift, by as much as they did', () => {
  const seen = agreementOf([2238, 2226, 2339, 2157, 1869, 2108, 1761, 1760, 1904, 1675]);
  expect(seen?.middle).toBe(2108);
  expect(seen?.within).toBeCloseTo(0.205, 3);
  expect(seen?.drift).toBeLessThan(-0.2);
  expect(seen?.drift).toBeGreaterThan(-0.4);
});

test('searches of a system that stays the same are called drifting at most once in fifty', () => {
  const random = seededRandom('repeats');
  const drifting = Array.from({ length: 2000 }, () =>
    agreementOf(Array.from({ length: 10 }, () => 1000 + 100 * random.next())),
  ).filter((one) => one?.drift !== 0);
  expect(drifting.length).toBeLessThanOrEqual(2000 * 0.02 * 1.3);
});

test('two searches agree by their distance; one, or none that found something, by nothing', () => {
  expect(agreementOf([100, 90])).toEqual({ middle: 100, within: 0.1, drift: 0 });
  expect(agreementOf([100])).toBeNull();
  expect(agreementOf([0, 0])).toBeNull();
});
