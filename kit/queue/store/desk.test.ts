/** However many jobs are parked, one look at them is short, and the next one goes on where it ended. */
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime, type VirtualTime } from '@palier/testkit/clock';
import { sql as raw } from 'kysely';
import { expect, test } from 'vitest';
import type { StateSurroundings } from '../../state/index.ts';
import { openSql, type Sql } from '../../state/sql/index.ts';
import { job } from '../jobs.ts';
import { openQueue } from '../queue.ts';
import { codes } from '../states/states.ts';
import { type ParkedPlace, reviveParked } from './desk.ts';
import { groundOn } from './ground.ts';
import { type QueueTables, queueMigrations } from './tables.ts';

const terms = { fair: false, perLane: 1, maxRunning: Infinity, maxCrashes: 2, keepDeadMs: 1000 };
const parked = 25_000;

async function filled(): Promise<{ around: StateSurroundings; sql: Sql<QueueTables>; time: VirtualTime }> {
  const time = virtualTime();
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log: silentLog };
  const sql = await openSql<QueueTables>('sqlite::memory:', around, { migrations: [...queueMigrations] });
  // Many were parked in one moment: their numbers alone tell them apart.
  await raw`INSERT INTO palier_jobs_ended (id, queue, state, keep_until, ended_at, name, added_at, payload)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${parked})
    SELECT n, 1, ${codes.parked}, 9000000000000 + n / 2000, 1, CASE WHEN n = ${parked} THEN 'known' ELSE 'strange' END, 1, '' FROM numbers`.execute(
    sql.query,
  );
  return { around, sql, time };
}

test('of 25 000 parked jobs the last one is found in three calls of at most twenty looks of 500 each', async () => {
  const { around, sql } = await filled();
  let looks = 0;
  const counting: typeof sql = {
    ...sql,
    run: (statement, options) => {
      looks++;
      return sql.run(statement, options);
    },
  };
  const ground = groundOn(counting, around.clock, 1, terms);
  const calls: (readonly [number, number])[] = [];
  let place: ParkedPlace | undefined;
  do {
    looks = 0;
    const { revived, next } = await reviveParked(ground, new Map([['known', 0]]), place);
    calls.push([revived, looks]);
    place = next;
  } while (place !== undefined && calls.length < 10);
  // After the last full look there is an empty one.
  expect(calls).toEqual([
    [0, 20],
    [0, 20],
    [1, 11],
  ]);
});

test('a worker that knows the last one does it a few beats after its start', async () => {
  const { around, sql, time } = await filled();
  const queue = await openQueue(sql, around, { jobs: { known: job() } });
  let done = 0;
  await queue.work({ known: async () => void done++ });
  await time.advance(7500);
  expect(done).toBe(1);
  expect((await queue.depths('parked'))[0]).toMatchObject({ jobs: 10_000, exact: false });
});
