/** What a worker spends beside its handlers: turns of the event loop, looks at the database, signals that nobody asks for. */
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime, type VirtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { openSql, type Sql } from '../../state/sql/index.ts';
import type { StateSurroundings } from '../../state/index.ts';
import { job, openQueue, queueMigrations } from '../index.ts';

const jobs = { quick: job<{ n: number }>({ timeoutMs: 100, attempts: 1 }) };

interface World {
  readonly time: VirtualTime;
  readonly around: StateSurroundings;
  readonly sql: Sql<unknown>;
}

async function world(): Promise<World> {
  const time = virtualTime();
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log: silentLog };
  return { time, around, sql: await openSql('sqlite::memory:', around, { migrations: [...queueMigrations] }) };
}

function payloads(count: number): { n: number }[] {
  return Array.from({ length: count }, (_, n) => ({ n }));
}

test('handlers that never wait let others have the event loop after two hundred of them', async () => {
  const { time, around, sql } = await world();
  let inTurn = 0;
  let mostInTurn = 0;
  let done = 0;
  const soon: StateSurroundings['timers']['soon'] = (run) =>
    time.timers.soon(() => {
      inTurn = 0;
      run();
    });
  const queue = await openQueue(sql, { ...around, timers: { ...time.timers, soon } }, { jobs });
  await queue.addMany('quick', payloads(2000));
  const quick = async (): Promise<void> => {
    done++;
    mostInTurn = Math.max(mostInTurn, ++inTurn);
  };
  await queue.work({ quick }, { concurrency: 400 });
  await time.advance(1000);
  expect(done).toBe(2000);
  expect(mostInTurn).toBe(200);
});

test('handlers that take the processor let others have the event loop after two milliseconds', async () => {
  const { time, around, sql } = await world();
  let nowMs = 0;
  let inTurn = 0;
  let mostInTurn = 0;
  const soon: StateSurroundings['timers']['soon'] = (run) =>
    time.timers.soon(() => {
      inTurn = 0;
      run();
    });
  const clock = { ...time.clock, monotonicMs: () => time.clock.monotonicMs() + nowMs };
  const queue = await openQueue(sql, { ...around, clock, timers: { ...time.timers, soon } }, { jobs });
  await queue.addMany('quick', payloads(100));
  const quick = async (): Promise<void> => {
    nowMs += 0.5;
    mostInTurn = Math.max(mostInTurn, ++inTurn);
  };
  await queue.work({ quick }, { concurrency: 400 });
  await time.advance(100);
  expect(mostInTurn).toBe(5);
});

test('who has taken all there was looks again when it is time, not whenever a job ends', async () => {
  const { time, around, sql } = await world();
  const queue = await openQueue(sql, around, { jobs });
  await queue.addMany('quick', payloads(90));
  let looks = 0;
  const counting: Sql<unknown> = {
    ...sql,
    run: (statement, options) => {
      if (statement.compile().sql.startsWith('select "tier", "place", "id" from "palier_jobs"')) looks++;
      return sql.run(statement, options);
    },
  };
  const other = await openQueue(counting, around, { jobs });
  let done = 0;
  const quick = async ({ payload }: { payload: { n: number } }): Promise<void> => {
    await time.timers.sleep(payload.n);
    done++;
  };
  await other.work({ quick }, { concurrency: 200, pollMs: 20 });
  await time.advance(90);
  expect(done).toBe(90);
  expect(looks).toBeGreaterThan(2);
  expect(looks).toBeLessThan(10);
});

test('a stock that was taken for quick handlers goes back when they have become slow', async () => {
  const { time, around, sql } = await world();
  const queue = await openQueue(sql, around, { jobs: { mixed: job<{ n: number }>({ timeoutMs: 3_600_000 }) } });
  await queue.addMany('mixed', payloads(3000));
  const held = async (): Promise<number> => (await queue.depths()).find(({ state }) => state === 'running')?.jobs ?? 0;
  const mixed = ({ payload }: { payload: { n: number } }): Promise<void> =>
    time.timers.sleep(payload.n < 1000 ? 1 : 600_000);
  const worker = await queue.work({ mixed }, { concurrency: 20 });
  await time.advance(1000);
  expect(worker.running).toBe(20);
  expect(await held()).toBeGreaterThan(200);
  await time.advance(10_000);
  expect(worker.running).toBe(20);
  expect(await held()).toBe(20);
});

test('a handler that outlives its limit finds its signal aborted, also when it asks for it only then', async () => {
  const { time, around, sql } = await world();
  const queue = await openQueue(sql, around, { jobs });
  const { id } = await queue.add('quick', { n: 1 });
  const seen: [boolean, string][] = [];
  await queue.work({
    quick: async (one) => {
      await time.timers.sleep(99);
      seen.push([one.signal.aborted, (await queue.look(id))?.state ?? 'gone']);
      await time.timers.sleep(50);
      seen.push([one.signal.aborted, (await queue.look(id))?.state ?? 'gone']);
    },
  });
  await time.advance(1000);
  expect(seen).toEqual([
    [false, 'running'],
    [true, 'dead'],
  ]);
});

test('a signal that nobody had asked for is aborted with the reason when somebody does', async () => {
  const { time, around, sql } = await world();
  const queue = await openQueue(sql, around, { jobs });
  await queue.add('quick', { n: 1 });
  let reason: unknown;
  await queue.work({
    quick: async (one) => {
      await time.timers.sleep(200);
      reason = one.signal.reason;
    },
  });
  await time.advance(1000);
  expect(reason).toMatchObject({ code: 'PALIER_QUEUE_ENDED' });
});
