/** A worker proves that it consumes, or begins anew; and what it has without knowing it goes back. */
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { kitError } from '../../errors.ts';
import { createMeters } from '../../meter/index.ts';
import { openSql, type Sql } from '../../state/sql/index.ts';
import { job, openQueue, queueMigrations } from '../index.ts';

const jobs = { quick: job<{ n: number }>({ timeoutMs: 600_000 }) };
const stallMs = 5000;

function stalls(text: string): number {
  return Number(/what="stalled"\} (\d+)/.exec(text)?.[1] ?? 0);
}

/** The first transaction (a claim) is never answered. */
function hanging(sql: Sql<unknown>): Sql<unknown> {
  let hung = false;
  return {
    ...sql,
    transaction: (steps, options) => {
      if (hung) return sql.transaction(steps, options);
      hung = true;
      return new Promise(() => {});
    },
  };
}

/** The first transaction (a claim) is done, and its answer is lost. */
function deaf(sql: Sql<unknown>): Sql<unknown> {
  let lost = false;
  return {
    ...sql,
    async transaction(steps, options) {
      const result = await sql.transaction(steps, options);
      if (lost) return result;
      lost = true;
      throw kitError('PALIER_STATE_LOST', { engine: 'SQLite', outcome: 'unknown' });
    },
  };
}

async function world(): Promise<{ time: ReturnType<typeof virtualTime>; around: object; sql: Sql<unknown> }> {
  const time = virtualTime();
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log: silentLog };
  return { time, around, sql: await openSql('sqlite::memory:', around, { migrations: [...queueMigrations] }) };
}

test('a claim that is never answered is told after stallMs, and the jobs are done by the worker begun anew', async () => {
  const { time, around, sql } = await world();
  const meters = createMeters();
  const queue = await openQueue(hanging(sql), around as never, { jobs, meters });
  await queue.addMany('quick', [{ n: 1 }, { n: 2 }]);
  let done = 0;
  await queue.work({ quick: async () => void done++ }, { stallMs });
  await time.advance(stallMs - 1);
  expect([done, stalls(meters.text())]).toEqual([0, 0]);
  await time.advance(3 * stallMs);
  expect([done, stalls(meters.text())]).toEqual([2, 1]);
});

test('jobs of a claim whose answer was lost are given back and done, and the attempt did not count', async () => {
  const { time, around, sql } = await world();
  const queue = await openQueue(deaf(sql), around as never, { jobs });
  await queue.addMany('quick', [{ n: 1 }, { n: 2 }]);
  const attempts: number[] = [];
  await queue.work({ quick: async ({ attempt }) => void attempts.push(attempt) });
  await time.advance(1000);
  expect(attempts).toEqual([]);
  await time.advance(10_000);
  expect(attempts).toEqual([1, 1]);
});

test('a worker that looks seldom is not taken for stalled', async () => {
  const { time, around, sql } = await world();
  const meters = createMeters();
  const queue = await openQueue(sql, around as never, { jobs, meters });
  await queue.work({ quick: async () => {} }, { stallMs, pollMs: 60_000 });
  await time.advance(100 * stallMs);
  expect(stalls(meters.text())).toBe(0);
});

test('a worker whose handlers all run is not taken for stalled', async () => {
  const { time, around, sql } = await world();
  const meters = createMeters();
  const queue = await openQueue(sql, around as never, { jobs, meters });
  await queue.addMany('quick', [{ n: 1 }, { n: 2 }]);
  let began = 0;
  const forever = async (): Promise<void> => {
    began++;
    await new Promise(() => {});
  };
  await queue.work({ quick: forever }, { concurrency: 1, stallMs });
  await time.advance(10 * stallMs);
  expect([began, stalls(meters.text())]).toEqual([1, 0]);
});
