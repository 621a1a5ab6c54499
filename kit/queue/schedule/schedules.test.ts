/** Recurring jobs keep their time whatever the clock did, and whoever else runs. */
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime, type VirtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { openSql, type Sql } from '../../state/sql/index.ts';
import type { StateSurroundings } from '../../state/index.ts';
import { job, openQueue, queueMigrations } from '../index.ts';

const yearMs = 366 * 86_400_000;

interface World {
  readonly time: VirtualTime;
  readonly around: StateSurroundings;
  readonly sql: Sql<unknown>;
  /** A version of the service that has it so often, and the times that it did it. */
  works(everyMs: number): Promise<{ readonly seen: 1[]; stop(): Promise<void> }>;
}

async function world(): Promise<World> {
  const time = virtualTime();
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log: silentLog };
  const sql = await openSql('sqlite::memory:', around, { migrations: [...queueMigrations] });
  return {
    time,
    around,
    sql,
    async works(everyMs) {
      const schedules = { often: { everyMs, job: 'tick' as const, payload: undefined } };
      const queue = await openQueue(sql, around, { jobs: { tick: job() }, schedules });
      const seen: 1[] = [];
      const worker = await queue.work({ tick: async () => void seen.push(1) }, { pollMs: 60_000 });
      return { seen, stop: () => worker.stop() };
    },
  };
}

test('a recurring job comes again soon after a clock that was years ahead is set right', async () => {
  const { time, works } = await world();
  time.jumpWallClock(10 * yearMs);
  const { seen } = await works(60_000);
  await time.advance(150_000);
  expect(seen.length).toBeGreaterThanOrEqual(2);
  const before = seen.length;
  time.jumpWallClock(-10 * yearMs);
  await time.advance(310_000);
  expect(seen.length - before).toBeGreaterThanOrEqual(4);
  expect(seen.length - before).toBeLessThanOrEqual(6);
});

test('an older version that is left alone for a while keeps the time of the newer one', async () => {
  const { time, works } = await world();
  const older = await works(yearMs);
  const newer = await works(5000);
  await time.advance(20_500);
  expect(older.seen.length + newer.seen.length).toBe(4);
  const stopped = newer.stop();
  await time.advance(120_000);
  await stopped;
  expect(older.seen.length + newer.seen.length).toBeGreaterThanOrEqual(27);
  expect(older.seen.length + newer.seen.length).toBeLessThanOrEqual(29);
});
