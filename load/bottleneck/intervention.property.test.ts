import { Histogram } from '@palier/base/histogram';
import { type Random, seededRandom } from '@palier/base/random';
import type { BottleneckKind, Cause, LoadSecond } from '@palier/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HeldLoad, heldLoadOf, isBetter, judgeInterventions, planInterventions } from './index.ts';
import { madeSystem } from './testing/made.ts';

const kinds: readonly BottleneckKind[] = ['cpu', 'pool', 'lock', 'memory', 'queue', 'downstream', 'disk', 'rate-limit'];
const causes: fc.Arbitrary<Cause[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    component: fc.constantFrom('api', 'store', 'balancer', 'gone'),
    score: fc.double({ min: 0.4, max: 1, noNaN: true }),
    evidence: fc.constant(['Seen.']),
  }),
  { maxLength: 6 },
);

test('a plan changes one thing of an accused service, within the file and the machine, no change twice', () => {
  fc.assert(
    fc.property(causes, fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 8 }), (accused, api, cores) => {
      const planned = planInterventions(accused, madeSystem, { running: { api }, cores });
      expect(new Set(planned.map(({ change }) => change)).size).toBe(planned.length);
      for (const { by, component, relieves } of planned) {
        const service = madeSystem.services.find(({ name }) => name === component);
        expect(accused.some((one) => one.component === component && relieves.includes(one.kind))).toBe(true);
        const { env = {}, allotment = {} } = 'change' in by ? by.change : {};
        const replicas = 'replicas' in by ? [by.replicas] : [];
        expect(replicas.length + Object.keys(env).length + Object.keys(allotment).length).toBe(1);
        expect(replicas.every((count) => count <= (service?.replicas.max ?? 0))).toBe(true);
        const { cpuCores = null } = allotment;
        expect(cpuCores ?? cores).toBeLessThanOrEqual(cores);
        expect(cpuCores ?? Infinity).toBeGreaterThan(service?.allotment.cpuCores ?? 0);
      }
    }),
  );
});

test('one that helped differs from every look without it, by intervals that lie apart', () => {
  const number = fc.double({ min: 1, max: 1000, noNaN: true });
  const estimate = fc
    .tuple(number, number)
    .map(([value, width]) => ({ value, low: value - width, high: value + width }));
  const facts = { title: 'p95 response time', unit: 'ms', limit: 200, direction: 'below' } as const;
  const broken = fc.option(estimate.map((one) => ({ ...facts, ...one })));
  const held = fc.record({ perSecond: estimate, responseMs: estimate, broken });
  const half = fc.record({ responseMs: number, broken: fc.option(number) });
  const [planned] = planInterventions([{ kind: 'cpu', component: 'api', score: 1, evidence: [] }], madeSystem);
  if (planned === undefined) throw new Error('Nothing is planned.');
  fc.assert(
    fc.property(fc.array(held, { minLength: 1, maxLength: 3 }), held, half, (without, after, atHalf) => {
      const [judged] = judgeInterventions([{ planned, without, with: after, half: atHalf }]);
      const more = without.every(({ perSecond }) => after.perSecond.low > perSecond.high);
      const apart = without.every((one) => {
        if (after.perSecond.low > one.perSecond.high) return true;
        if (one.broken === null) return after.responseMs.high < one.responseMs.low;
        return after.broken !== null && after.broken.high < one.broken.low;
      });
      const isLess = without.some(({ perSecond }) => after.perSecond.high < perSecond.low);
      expect(judged?.helped).toBe(more || (judged?.helped === true && apart && !isLess));
    }),
  );
});

/** A system at its limit: so many a second, in waves that last for seconds. */
function seconds(random: Random, count: number, perSecond: number, responseMs: number): LoadSecond[] {
  let wave = 0;
  return Array.from({ length: count }, (_, i) => {
    wave = 0.5 * wave + 0.05 * (random.next() + random.next() + random.next() - 1.5) * 2;
    const requests = Math.max(1, Math.round(perSecond * (1 + wave)));
    const response = new Histogram();
    for (let j = 0; j < 20; j++) response.record(1000 * responseMs * (1 - wave) * (0.5 + random.next()));
    return {
      atMs: (i + 1) * 1000,
      requests,
      errors: { '5xx': Math.round(requests / 20) },
      response: response.snapshot(),
    } as unknown as LoadSecond;
  });
}

test('the interval of sixteen seconds that come in waves misses the truth in fewer than one of eight', () => {
  const runs = 400;
  let missed = 0;
  for (let seed = 0; seed < runs; seed++) {
    const held = heldLoadOf(seconds(seededRandom(seed), 16, 1000, 100)) as HeldLoad;
    if (held.perSecond.low > 950 || held.perSecond.high < 950) missed++;
  }
  // 5 % are meant; so few seconds cannot tell how long their waves are.
  expect(missed / runs).toBeLessThan(0.125);
});

test('no change at all helps in fewer than three of a hundred looks, a third more in nearly all, a quicker machine in none', () => {
  const runs = 300;
  const half = { responseMs: 20, broken: null };
  let [nothing, third, taken] = [0, 0, 0];
  for (let seed = 0; seed < runs; seed++) {
    const random = seededRandom(seed);
    const look = (perSecond: number): HeldLoad =>
      heldLoadOf(seconds(random, 16, perSecond, 100_000 / perSecond)) as HeldLoad;
    const before = look(1000);
    if (isBetter(before, look(1000), half)) nothing++;
    if (isBetter(before, look(1300), half)) third++;
    // The machine became quicker meanwhile: so is the look without the change.
    const drifted = look(1300);
    if (isBetter(before, drifted, half) && isBetter(look(1300), drifted, half)) taken++;
  }
  expect(nothing / runs).toBeLessThan(0.03);
  expect(third / runs).toBeGreaterThan(0.9);
  expect(taken / runs).toBeLessThan(0.03);
});

test('too few seconds are no interval, and neither are seconds without answers', () => {
  expect(heldLoadOf(seconds(seededRandom(1), 14, 1000, 10))).toBeNull();
  const [second] = seconds(seededRandom(1), 1, 1000, 10) as [LoadSecond];
  const silent: LoadSecond = { ...second, requests: 0, errors: {}, response: new Histogram().snapshot() };
  const half = Array.from({ length: 16 }, (_, i) => (i < 9 ? silent : second));
  expect(heldLoadOf(half)).toBeNull();
});
