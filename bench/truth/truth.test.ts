import type { ServedRequest } from '@palier/testkit/servers';
import { expect, test } from 'vitest';
import { figuresOf, isEnough, laterBy, offBy } from './figures.ts';
import { knownServers } from './known.ts';
import { missedOf, metOf, type TruthRow } from './rows.ts';
import { dueTruth, servedTruth } from './truth.ts';

const wire = { keptMs: 0, newMs: 3 };
const served = (arrivedMs: number, tookMs: number, outcome: ServedRequest['outcome'] = 'answered'): ServedRequest => ({
  opened: false,
  method: 'GET',
  path: '/',
  arrivedMs,
  answeredMs: arrivedMs + tookMs,
  outcome,
});
const hundred = Array.from({ length: 100 }, (_, i) => i + 1);

test('a quantile is the value at its rank', () => {
  expect(figuresOf(hundred)).toEqual({ p50: 50, p90: 90, p95: 95, p99: 99, max: 100 });
  expect(laterBy(1, figuresOf(hundred))).toMatchObject({ p50: 51, max: 101 });
  expect(figuresOf([])).toMatchObject({ p50: null, max: null });
  expect(offBy(51, 50)).toBeCloseTo(0.02);
  expect(offBy(null, 50)).toBeNull();
  expect([isEnough('p99', 999), isEnough('p99', 1001), isEnough('p50', 40)]).toEqual([false, true, true]);
});

test('a request that the server cut off has no time', () => {
  expect(servedTruth([served(0, 10), served(1, 99, 'closed'), served(2, 20)], wire).max).toBe(20);
});

test('the first request on a connection waits for the connection, before the server sees it', () => {
  const first = { ...served(0, 10), opened: true };
  expect(servedTruth([first], wire).max).toBe(13);
  expect(servedTruth([served(0, 10)], { keptMs: 1, newMs: 3 }).max).toBe(11);
  expect(dueTruth([first], [0], wire)?.max).toBe(10);
});

test('what was sent late waited longer than the server saw; the request that was the least late sets the clocks', () => {
  const due = [0, 10, 20];
  const log = [served(107, 5), served(100, 5), served(112.5, 5, 'closed')];
  // By arrival 100, 107, 112.5 on the server's clock: 100, 97, 92.5 after they were due. The last, though cut off, sets the clocks.
  expect(dueTruth(log, due, wire)).toMatchObject({ max: 12.5, p50: 9.5 });
  expect(servedTruth(log, wire).max).toBe(5);
  expect(dueTruth(log, [0, 10], wire)).toBeNull();
});

test('of the known answers only those of the stall and of the queue are longer than one service', () => {
  for (const { name, dueMs, takesMs, perSecond, durationMs } of knownServers(false)) {
    expect([name, takesMs.length]).toEqual([name, (perSecond * durationMs) / 1000]);
    expect(dueMs.every((due, i) => i === 0 || due >= (dueMs[i - 1] as number))).toBe(true);
    expect(isEnough('p99', takesMs.length)).toBe(true);
    // The peers take whole seconds.
    expect(durationMs % 1000).toBe(0);
    const { p50, p99 } = figuresOf(takesMs);
    expect({ name, p50, p99 }).toEqual(
      {
        constant: { name, p50: 100, p99: 100 },
        // 5 s of 13: more than half of the requests see nothing of it, one of a hundred waited almost all of it.
        stall: { name, p50: 50, p99: expect.closeTo(4920, -2) },
        'two-modes': { name, p50: 40, p99: 200 },
        queue: { name, p50: expect.any(Number), p99: expect.any(Number) },
        closing: { name, p50: 80, p99: 80 },
        trickle: { name, p50: 90, p99: 90 },
      }[name],
    );
  }
});

test('the goal is missed by one quantile of enough requests, not by the maximum, and not told while others use the machine', () => {
  const row = (p90: number | null, change: Partial<TruthRow> = {}): TruthRow => ({
    server: 'constant',
    tool: 'palier',
    isOurs: true,
    against: 'log',
    requests: 2000,
    told: { p50: 101, p90, p95: 101, p99: 101, max: 300 },
    truth: { p50: 100, p90: 100, p95: 100, p99: 100, max: 100 },
    errors: { told: 0, made: 0 },
    elsewhere: 0,
    serverWaitedMs: 0,
    ...change,
  });
  expect(missedOf(row(101))).toEqual([]);
  expect(missedOf(row(103))).toEqual(['p90']);
  expect(missedOf(row(null))).toEqual(['p90']);
  expect(missedOf(row(103, { requests: 50 }))).toEqual([]);
  expect(metOf([row(101)], true)).toBe('yes');
  expect(metOf([row(101)], false)).toBe('unclear');
  expect(metOf([row(101), row(97)], true)).toBe('no');
  expect(metOf([row(103, { elsewhere: 1 })], true)).toBe('unclear');
  expect(metOf([row(150, { isOurs: false }), row(101)], true)).toBe('yes');
});
