import { mergeHistograms } from '@palier/base/histogram';
import { type Random, seededRandom } from '@palier/base/random';
import type { CriterionResult } from '@palier/protocol';
import { expect, test } from 'vitest';
import { type HalfLoad, type HeldLoad, heldLoadOf, isBetter } from './index.ts';
import { type MadeQueue, madeQueue } from './testing/queue.ts';

/** An open load of 100 arrivals a second on one server, to which requests come that are `busy` times what it does. */
interface Looks {
  readonly before: HeldLoad;
  readonly same: HeldLoad;
  /** With half of the service time. */
  readonly halved: HeldLoad;
  readonly again: HeldLoad;
  readonly half: HalfLoad;
}

const criterion = (title: string, unit: 'ms' | 'percent', limit: number): CriterionResult => ({
  title,
  unit,
  limit,
  direction: 'below',
  outcome: 'broken',
  value: null,
  interval: null,
  samples: 0,
  sentence: '',
});
const p95 = criterion('p95 response time', 'ms', 150);
const errors = criterion('error rate', 'percent', 1);
const arrivalsPerSecond = 100;

function looks(
  random: Random,
  busy: number,
  wave: number,
  broken: CriterionResult,
  more: Partial<MadeQueue> = {},
): Looks {
  const serviceMs = (busy * 1000) / arrivalsPerSecond;
  const made = { random, arrivalsPerSecond, serviceMs, wave, settleSeconds: 2, seconds: 16, ...more };
  const look = (factor: number): HeldLoad =>
    heldLoadOf(madeQueue({ ...made, serviceMs: serviceMs * factor }), broken) as HeldLoad;
  const atHalf = mergeHistograms(
    madeQueue({ ...made, arrivalsPerSecond: arrivalsPerSecond / 2, seconds: 10 }).map(({ response }) => response),
  );
  const half = { responseMs: atHalf.mean / 1000, broken: broken === errors ? 0 : atHalf.quantile(0.95) / 1000 };
  return { before: look(1), same: look(1), halved: look(0.5), again: look(1), half };
}

/** The share of runs in which a look helped, and in which it still did after it was taken back. */
function shares(runs: number, look: (random: Random) => Looks): { nothing: number; halved: number } {
  let [nothing, halved] = [0, 0];
  for (let seed = 0; seed < runs; seed++) {
    const { before, same, halved: quick, again, half } = look(seededRandom(seed));
    if (isBetter(before, same, half) && isBetter(again, same, half)) nothing++;
    if (isBetter(before, quick, half) && isBetter(again, quick, half)) halved++;
  }
  return { nothing: nothing / runs, halved: halved / runs };
}

test.each([
  ['hardly queues', 0.8, 0.1, 0.9],
  ['is at its limit', 1, 0.1, 0.9],
  ['falls behind', 1.1, 0.1, 0.9],
  ['falls far behind', 1.6, 0.1, 0.9],
  // A third slower for seconds: the queue of a system with half of the service time is the wave's then, not the change's.
  ['falls behind in high waves', 1.1, 0.3, 0.4],
])(
  'a system that %s: no change relieves p95 in at most one of twenty, half of the service time does',
  (_, busy, wave, seen) => {
    const { nothing, halved } = shares(60, (random) => looks(random, busy, wave, p95));
    expect(nothing).toBeLessThanOrEqual(0.05);
    expect(halved).toBeGreaterThanOrEqual(seen);
  },
);

test('a system that refuses whom it would keep waiting: as with response times', () => {
  const { nothing, halved } = shares(60, (random) => looks(random, 1.3, 0.1, errors, { patienceMs: 200 }));
  expect(nothing).toBeLessThanOrEqual(0.05);
  expect(halved).toBeGreaterThanOrEqual(0.9);
});

test('as many are answered although p95 is a tenth: the figure of the broken limit sees what the good answers cannot', () => {
  const random = seededRandom(1);
  const { before, halved, half } = looks(random, 0.97, 0, p95);
  expect(halved.perSecond.low).toBeLessThan(before.perSecond.high);
  expect(isBetter(before, halved, half)).toBe(true);
  expect(isBetter({ ...before, broken: null }, { ...halved, broken: null, responseMs: before.responseMs }, half)).toBe(
    false,
  );
});
