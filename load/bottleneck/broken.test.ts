import { Histogram } from '@palier/base/histogram';
import type { CriterionResult, LoadSecond } from '@palier/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldLoadOf, judgeInterventions, type PlannedIntervention } from './index.ts';

const p95: CriterionResult = {
  title: 'p95 response time',
  unit: 'ms',
  limit: 150,
  direction: 'below',
  outcome: 'broken',
  value: 400,
  interval: { low: 390, high: 410 },
  samples: 1000,
  sentence: '',
};
const errorRate: CriterionResult = { ...p95, title: 'error rate', unit: 'percent', limit: 1 };

/** So many milliseconds for each request of a second; `refused` more had no answer. */
function second(i: number, times: readonly number[], refused = 0): LoadSecond {
  const response = new Histogram();
  for (const ms of times) response.record(ms * 1000);
  const errors = refused === 0 ? {} : { refused };
  const facts = { atMs: (i + 1) * 1000, requests: times.length + refused, errors, response: response.snapshot() };
  return facts as unknown as LoadSecond;
}
const seconds = (times: (i: number) => readonly number[], refused = 0): readonly LoadSecond[] =>
  Array.from({ length: 16 }, (_, i) => second(i, times(i), refused));
const figure = (all: readonly LoadSecond[], criterion: CriterionResult | null) => heldLoadOf(all, criterion)?.broken;

test('the quantile is that of all requests together, inside its interval, and grows with the times', () => {
  const time = fc.double({ min: 1, max: 10_000, noNaN: true });
  const all = fc.array(fc.array(time, { minLength: 1, maxLength: 30 }), { minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(all, (times) => {
      const found = figure(
        seconds((i) => times[i] as number[]),
        p95,
      );
      const sorted = times.flat().toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(0.95 * sorted.length) - 1] as number;
      expect(Math.abs((found?.value ?? 0) / exact - 1)).toBeLessThan(0.01);
      expect(found?.low).toBeLessThanOrEqual(found?.value ?? 0);
      expect(found?.high).toBeGreaterThanOrEqual(found?.value ?? 0);
      const doubled = figure(
        seconds((i) => (times[i] as number[]).map((ms) => 2 * ms)),
        p95,
      );
      expect(Math.abs((doubled?.value ?? 0) / exact - 2)).toBeLessThan(0.02);
    }),
  );
});

test('a server that hangs up is not quicker: requests without an answer are slower than any', () => {
  const nineteen = Array.from({ length: 19 }, (_, i) => i + 1);
  expect(
    figure(
      seconds(() => nineteen),
      p95,
    )?.value,
  ).toBeCloseTo(19, 0);
  expect(
    figure(
      seconds(() => nineteen, 1),
      p95,
    )?.value,
  ).toBeCloseTo(19, 0);
  expect(
    figure(
      seconds(() => nineteen, 2),
      p95,
    ),
  ).toBeNull();
});

test('no error in 160 requests is at most two of a hundred', () => {
  const found = figure(
    seconds(() => Array.from({ length: 10 }, () => 5)),
    errorRate,
  );
  expect(found).toMatchObject({ value: 0, low: 0, unit: 'percent' });
  expect(found?.high).toBeCloseTo(1.875, 3);
  const half = figure(
    seconds(() => [5], 1),
    errorRate,
  );
  expect(half).toMatchObject({ value: 50, low: 50, high: 50 });
});

test('what the seconds do not tell is as the judge found it; without an interval, or a limit, there is no figure', () => {
  const cpu: CriterionResult = {
    ...p95,
    title: 'CPU of api',
    unit: 'percent',
    value: 88,
    interval: { low: 84, high: 92 },
  };
  const all = seconds(() => [5]);
  expect(figure(all, cpu)).toMatchObject({ title: 'CPU of api', value: 88, low: 84, high: 92 });
  expect(figure(all, { ...cpu, interval: null })).toBeNull();
  expect(figure(all, null)).toBeNull();
});

test('helped is: the limit is kept at the level that broke it, or most of what the load added is gone; never while fewer are served', () => {
  const planned: PlannedIntervention = {
    change: 'one more replica of api',
    component: 'api',
    by: { replicas: 2 },
    relieves: ['cpu'],
  };
  const look = (value: number, perSecond = 100) => {
    const about = (middle: number) => ({ value: middle, low: 0.95 * middle, high: 1.05 * middle });
    const { title, unit, limit, direction } = p95;
    const broken = { title, unit, limit, direction, ...about(value) };
    return { perSecond: about(perSecond), responseMs: about(50), broken };
  };
  const judged = (before: number, after: number, perSecond = 100, half: number | null = 20) =>
    judgeInterventions([
      {
        planned,
        without: [look(before), look(before)],
        with: look(after, perSecond),
        half: { responseMs: 20, broken: half },
      },
    ])[0];
  expect(judged(412, 96)).toMatchObject({
    helped: true,
    figure: { title: 'p95 response time', limit: 150, before: { value: 412 }, after: { value: 96 }, kept: true },
  });
  expect(judged(1000, 400)).toMatchObject({ helped: true, figure: { kept: false } });
  expect(judged(1000, 700)?.helped).toBe(false);
  expect(judged(170, 140)?.helped).toBe(true);
  expect(judged(160, 149)?.helped).toBe(false);
  expect(judged(170, 140, 100, null)?.helped).toBe(true);
  expect(judged(1000, 400, 100, null)?.helped).toBe(false);
  // Whom it turns away it need not answer.
  expect(judged(412, 96, 80)?.helped).toBe(false);
  expect(judged(412, 412, 150)?.helped).toBe(true);
});
