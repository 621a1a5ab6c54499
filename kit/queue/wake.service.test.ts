/** New jobs are told, not only found: these workers never look by themselves. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers, type Timers } from '@palier/base/timers';
import { postgresServer, startPostgres } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { until } from '@palier/testkit/until';
import { sql as raw } from 'kysely';
import { expect, test } from 'vitest';
import { type Bus, openBus } from '../state/index.ts';
import { openSql, type Sql } from '../state/sql/index.ts';
import { job, openQueue, queueMigrations } from './index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
/** A worker that polls never: its pauses do not end by themselves. */
const deafToTime = { ...around, timers: { ...timers, after: () => () => {} } satisfies Timers };
const jobs = { quick: job<{ n: number }>() };

async function tells(sql: Sql<unknown>, other: Sql<unknown>, bus?: Bus, otherBus?: Bus): Promise<number[]> {
  await using adder = await openQueue(sql, around, { jobs, ...(bus && { bus }) });
  await using queue = await openQueue(other, deafToTime, { jobs, ...(otherBus && { bus: otherBus }) });
  const seen: number[] = [];
  const run = async ({ payload }: { payload: { n: number } }): Promise<void> => void seen.push(payload.n);
  const worker = await queue.work({ quick: run });
  // It has looked once, and found nothing.
  await timers.sleep(100);
  for (const n of [1, 2, 3]) {
    await adder.add('quick', { n });
    await until(`job ${n}`, () => seen.length === n);
  }
  await adder.transaction(function* (tx) {
    yield* adder.adding(tx, 'quick', { n: 4 });
  });
  await until('the job of the transaction', () => seen.length === 4);
  await worker.stop();
  return seen;
}

test('by the bus of the state', async () => {
  await using folder = await temporaryFolder('wake');
  const url = `sqlite:${folder.file('queue.sqlite')}`;
  await using sql = await openSql(url, around, { migrations: [...queueMigrations] });
  await using other = await openSql(url, around);
  await using bus = await openBus(url, around);
  await using otherBus = await openBus(url, around);
  expect(await tells(sql, other, bus, otherBus)).toEqual([1, 2, 3, 4]);
});

test("by PostgreSQL's NOTIFY, also after the server was started anew", postgresServer().options, async () => {
  await using server = await startPostgres({ fast: true });
  await using sql = await openSql(server.url, around, { migrations: [...queueMigrations] });
  await using other = await openSql(server.url, around);
  expect(await tells(sql, other)).toEqual([1, 2, 3, 4]);
  const heard: string[] = [];
  let gaps = 0;
  const hearer = { message: (text: string) => void heard.push(text), gap: () => void gaps++ };
  const listening = await sql.listen?.('news', hearer);
  await server.kill();
  await server.start();
  await until('its gap', () => gaps === 1);
  await other.run({ compile: () => raw`SELECT pg_notify('news', 'again')`.compile(other.query) });
  await until('the message', () => heard.includes('again'));
  await listening?.close();
  expect(gaps).toBe(1);
});
