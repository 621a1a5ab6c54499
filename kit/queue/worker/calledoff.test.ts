/** What a worker has and has not begun yet can be called off, and one that is asked to begin when its queue ends does not. */
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime, type VirtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { openSql, type Sql } from '../../state/sql/index.ts';
import type { StateSurroundings } from '../../state/index.ts';
import { job, openQueue, queueMigrations } from '../index.ts';
import type { QueueTables } from '../store/tables.ts';

const jobs = { quick: job<{ n: number }>() };

async function world(): Promise<{ time: VirtualTime; around: StateSurroundings; sql: Sql<QueueTables> }> {
  const time = virtualTime();
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log: silentLog };
  return { time, around, sql: await openSql('sqlite::memory:', around, { migrations: [...queueMigrations] }) };
}

test('a job that is called off while it lies in stock is not begun', async () => {
  const { time, around, sql } = await world();
  const queue = await openQueue(sql, around, { jobs });
  await queue.addMany(
    'quick',
    Array.from({ length: 400 }, (_, n) => ({ n })),
  );
  const begun: number[] = [];
  const quick = async ({ id, payload }: { id: number; payload: { n: number } }): Promise<void> => {
    begun.push(id);
    await time.timers.sleep(payload.n < 200 ? 1 : 1000);
  };
  const worker = await queue.work({ quick }, { concurrency: 1, stockMs: 10_000 });
  await time.advance(600);
  expect(worker.running).toBe(1);
  const inStock = (await queue.list('running')).map(({ id }) => id).filter((id) => !begun.includes(id));
  const next = Math.min(...inStock);
  expect(await queue.cancel(next)).toBe('asked');
  // Before the next beat, which would have seen it.
  await time.advance(1200);
  expect((await queue.look(next))?.state).toBe('cancelled');
  expect(begun).not.toContain(next);
  expect(begun).toContain(next + 1);
});

test('a job that is called off while the claim that takes it is not yet answered is not begun', async () => {
  const { time, around, sql } = await world();
  let hold = false;
  let go: (() => void) | undefined;
  const held: Sql<QueueTables> = {
    ...sql,
    transaction: async (steps, options) => {
      const result = await sql.transaction(steps, options);
      if (hold) await new Promise<void>((resolve) => ((hold = false), (go = resolve)));
      return result;
    },
  };
  const queue = await openQueue(held, around, { jobs });
  let begun = 0;
  await queue.work({ quick: async () => void begun++ });
  const { id } = await queue.add('quick', { n: 1 }, { delayMs: 0 });
  hold = true;
  await time.advance(1);
  expect([(await queue.look(id))?.state, begun]).toEqual(['running', 0]);
  expect(await queue.cancel(id)).toBe('asked');
  go?.();
  await time.advance(10);
  expect([(await queue.look(id))?.state, begun]).toEqual(['cancelled', 0]);
});

test('a worker that is just starting when its queue is closed does not stay', async () => {
  const { time, around, sql } = await world();
  const queue = await openQueue(sql, around, { jobs });
  const starting = queue.work({ quick: async () => {} }).catch((error: unknown) => error);
  await queue.close();
  await time.advance(20_000);
  expect(await starting).toMatchObject({ code: 'PALIER_QUEUE_CLOSED' });
  expect(await sql.query.selectFrom('palier_job_workers').selectAll().execute()).toEqual([]);
  expect(time.pending).toBe(0);
});
