/** A result of before its worker was lost does not slip in beside those of after. */
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { openSql } from '../../state/sql/index.ts';
import { job, openQueue, queueMigrations } from '../index.ts';
import { claimOf } from '../states/claims.ts';
import { claimJobs } from '../store/claim.ts';
import { groundOn } from '../store/ground.ts';
import type { QueueTables } from '../store/tables.ts';
import { Settler } from './settler.ts';

const terms = { fair: false, perLane: 1, maxRunning: Infinity, maxCrashes: 2, keepDeadMs: 1000 };

test('a late result is refused though its process has the same job again under its next claim, and ends others of that claim', async () => {
  const { clock, timers, advance } = virtualTime();
  const around = { clock, timers, random: seededRandom(1), log: silentLog };
  await using sql = await openSql<QueueTables>('sqlite::memory:', around, { migrations: [...queueMigrations] });
  const queue = await openQueue(sql, around, { jobs: { quick: job<{ n: number }>() } });
  const added = await queue.addMany('quick', [{ n: 1 }, { n: 2 }]);
  const [late, other] = added.map(({ id }) => id) as [number, number];
  const ground = groundOn(sql, clock, 1, terms);
  // Lost as worker 1, it has taken both as worker 2.
  const [before, after] = [claimOf(1, 0), claimOf(2, 0)];
  expect(await claimJobs(ground, { state: 'ready', most: 2, number: after, isBehind: false })).toHaveLength(2);
  const told: [number, boolean | undefined][] = [];
  const settler = new Settler(ground, around, { settled: ({ id }, accepted) => void told.push([id, accepted]) });
  settler.add({ id: late, claim: before, event: 'finish', keepMs: 0 });
  settler.add({ id: other, claim: after, event: 'finish', keepMs: 0 });
  settler.add({ id: late, claim: before, event: 'finish', keepMs: 1000 });
  await advance(100);
  expect(told).toEqual([
    [late, false],
    [other, true],
    [late, false],
  ]);
  expect((await queue.look(late))?.state).toBe('running');
});
