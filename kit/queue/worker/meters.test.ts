/** What the meters say of a queue whose story is known: their values, not only their names. */
import { seededRandom } from '@palier/base/random';
import { silentLog } from '@palier/base/log';
import { virtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { createMeters, type Meters } from '../../meter/index.ts';
import { openSql, type Sql } from '../../state/sql/index.ts';
import type { StateSurroundings } from '../../state/index.ts';
import { job, openQueue, queueMigrations } from '../index.ts';
import { breaking } from '../testing/breaking.ts';
import type { QueueTables } from '../store/tables.ts';

const leaseMs = 3000;
const never = { firstMs: 3_600_000, maxMs: 3_600_000, floor: 1 };
const jobs = {
  quick: job<number>(),
  again: job<number>({ attempts: 3, backoff: { firstMs: 2000, maxMs: 2000, floor: 1 } }),
  later: job<number>({ backoff: never }),
  once: job<number>({ attempts: 1 }),
};

interface World {
  readonly around: StateSurroundings;
  readonly sql: Sql<QueueTables>;
  readonly advance: (byMs: number) => Promise<void>;
  readonly meters: Meters;
}

async function world(): Promise<World> {
  const { clock, timers, advance } = virtualTime();
  const around = { clock, timers, random: seededRandom(1), log: silentLog };
  const sql = await openSql<QueueTables>('sqlite::memory:', around, { migrations: [...queueMigrations] });
  return { around, sql, advance, meters: createMeters() };
}

/** By what stands in the braces, without the queue's name. */
function values(meters: Meters, name: string): Record<string, number> {
  const lines = meters.text().matchAll(new RegExp(`^${name}\\{queue="default",?([^}]*)\\} (\\S+)$`, 'gm'));
  return Object.fromEntries([...lines].map(([, labels = '', value]) => [labels.replaceAll('"', ''), Number(value)]));
}

test('depth by state, and how long the next one has waited', async () => {
  const { around, sql, advance, meters } = await world();
  const queue = await openQueue(sql, around, { jobs, meters, leaseMs });
  let waiting: (() => void) | undefined;
  const hold = async (): Promise<void> => new Promise((resolve) => (waiting = resolve));
  const fail = async (): Promise<void> => {
    throw new Error('broken');
  };
  await queue.work({ quick: hold, again: hold, later: hold, once: fail }, { concurrency: 1, stock: 0 });
  await queue.addMany('once', [1, 2]);
  await advance(500);
  await queue.add('quick', 1);
  await advance(500);
  const behindMs = around.clock.monotonicMs();
  await queue.addMany('quick', [2, 3, 4]);
  await queue.addMany('later', [5, 6], { delayMs: 60_000 });
  await queue.addMany('quick', [7, 8, 9], { lane: 'one' });
  await queue.add('quick', 10, { priority: 1 });
  const cancelled = await queue.add('later', 11, { delayMs: 60_000 });
  await queue.cancel(cancelled.id);
  const beatMs = leaseMs / 3;
  await advance(3 * beatMs - (around.clock.monotonicMs() % beatMs));
  const sinceMs = around.clock.monotonicMs() - behindMs;
  expect(waiting).toBeDefined();
  expect(values(meters, 'palier_queue_depth_jobs')).toEqual({
    // Three plain ones, one of the lane, the one that goes last.
    'state=ready': 5,
    'state=delayed': 2,
    'state=running': 1,
    'state=blocked': 2,
    'state=suspect': 0,
    'state=dead': 2,
    'state=parked': 0,
  });
  expect(values(meters, 'palier_queue_waiting_seconds')).toEqual({
    'state=ready': sinceMs / 1000,
    'state=suspect': 0,
  });
});

test('how long jobs wait for a worker, by the histogram: each once, from ready to claimed', async () => {
  const { around, sql, advance, meters } = await world();
  const queue = await openQueue(sql, around, { jobs, meters });
  await queue.addMany('quick', [1, 2, 3]);
  await queue.add('quick', 4, { delayMs: 1500 });
  await advance(4000);
  const at = async (): Promise<void> => {};
  await queue.work({ quick: at, again: at, later: at, once: at });
  await advance(1000);
  const sums = values(meters, 'palier_queue_pickup_seconds_sum')[''] as number;
  expect(values(meters, 'palier_queue_pickup_seconds_count')).toEqual({ '': 4 });
  // Three were ready for 4 s. A delayed one is ready from when it was due: for 2.5 s.
  expect(sums).toBeCloseTo(3 * 4 + 2.5, 1);
});

test('run time by job, of attempts that end well and of those that fail', async () => {
  const { around, sql, advance, meters } = await world();
  const queue = await openQueue(sql, around, { jobs, meters });
  const takes = async (ms: number): Promise<void> => around.timers.sleep(ms);
  const idle = async (): Promise<void> => {};
  await queue.work({
    quick: async ({ payload }) => takes(payload),
    once: async ({ payload }) => {
      await takes(payload);
      throw new Error('broken');
    },
    again: idle,
    later: idle,
  });
  await queue.addMany('quick', [30, 700]);
  await queue.add('once', 2000);
  await advance(5000);
  expect(values(meters, 'palier_queue_run_seconds_sum')).toEqual({ 'job=quick': 0.73, 'job=once': 2 });
  expect(values(meters, 'palier_queue_run_seconds_count')).toEqual({ 'job=quick': 2, 'job=once': 1 });
  const buckets = values(meters, 'palier_queue_run_seconds_bucket');
  expect([buckets['job=quick,le=0.01'], buckets['job=quick,le=0.05'], buckets['job=quick,le=1']]).toEqual([0, 1, 2]);
});

test('what became of attempts: done, tried again, given up, parked, called off', async () => {
  const { around, sql, advance, meters } = await world();
  const newer = await openQueue(sql, around, { jobs: { ...jobs, quick: job<number>({ version: 1 }) } });
  const queue = await openQueue(sql, around, { jobs, meters });
  await newer.add('quick', 1);
  const fail = async (): Promise<void> => {
    throw new Error('broken');
  };
  await queue.work({
    quick: async () => {},
    again: fail,
    later: async ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    once: fail,
  });
  await queue.addMany('quick', [1, 2, 3, 4]);
  await queue.addMany('again', [1, 2]);
  await queue.add('once', 1);
  const { id } = await queue.add('later', 1);
  await advance(10_000);
  await queue.cancel(id);
  await advance(1000);
  expect(values(meters, 'palier_queue_attempts_total')).toEqual({
    'end=finish': 4,
    // Two of three attempts, of two jobs; the third gives up.
    'end=againLater': 4,
    'end=giveUp': 3,
    'end=park': 1,
    'end=cancel': 1,
  });
});

test.each([
  ['that goes on', 5, { 'end=crash': 3, 'end=condemn': 0 }],
  ['that has lost one too often', 0, { 'end=crash': 0, 'end=condemn': 3 }],
])('a job %s when its worker is lost is counted by who notices', async (_, maxCrashes, expected) => {
  const { around, sql, advance, meters } = await world();
  const options = { jobs, leaseMs, maxCrashes };
  const hang = async (): Promise<void> => new Promise(() => {});
  const hanging = { quick: hang, again: hang, later: hang, once: hang };
  const faults = { refused: 0, unanswered: 0, slow: 0, slowMs: 1 };
  const process = breaking(sql, around.random, around.timers, faults);
  const lost = await openQueue(process.sql, { ...around, timers: process.timers }, options);
  const starting = lost.work(hanging);
  await advance(100);
  await starting;
  const queue = await openQueue(sql, around, { ...options, meters });
  await queue.addMany('quick', [1, 2, 3]);
  await advance(500);
  expect((await queue.depths('running'))[0]?.jobs).toBe(3);
  process.kill();
  await queue.work(hanging, { concurrency: 1 });
  await advance(2.5 * leaseMs);
  expect(values(meters, 'palier_queue_attempts_total')).toEqual(expected);
});
