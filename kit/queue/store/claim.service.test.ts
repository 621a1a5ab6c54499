/** What was looked at is handed out as it was looked at, or as it is; never as it was. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { mariadbServer } from '@palier/testkit/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSql, type Sql } from '../../state/sql/index.ts';
import { job, openQueue, queueMigrations } from '../index.ts';
import { claimOf } from '../states/claims.ts';
import { type Databases, mariadbDatabases } from '../testing/databases.ts';
import { claimJobs } from './claim.ts';
import { groundOn } from './ground.ts';
import type { JobRow, QueueTables } from './tables.ts';

const clock = systemClock();
const around = { clock, timers: systemTimers(), random: seededRandom(1), log: silentLog };
const terms = { fair: false, perLane: 1, maxRunning: Infinity, maxCrashes: 2, keepDeadMs: 1000 };
const claim = { state: 'ready', most: 10, number: claimOf(1, 0), isBehind: false } as const;

interface World extends AsyncDisposable {
  readonly sql: Sql<QueueTables>;
  readonly ids: readonly number[];
}

describe('a claim on MariaDB', mariadbServer().options, () => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await mariadbDatabases();
  });
  afterAll(() => databases[Symbol.asyncDispose]());

  async function world(): Promise<World> {
    const migrations = [...queueMigrations];
    const sql = await openSql<QueueTables>(await databases.create(), around, { migrations, timeoutMs: 30_000 });
    const queue = await openQueue(sql, around, { jobs: { quick: job<{ n: number }>() } });
    const added = await queue.addMany('quick', [{ n: 1 }, { n: 2 }, { n: 3 }]);
    return { sql, ids: added.map(({ id }) => id), [Symbol.asyncDispose]: () => sql.close() };
  }

  test('of jobs that nobody has touched asks two questions', async () => {
    await using made = await world();
    let asked = 0;
    const run: typeof made.sql.run = (...statement) => {
      asked++;
      return made.sql.run(...statement);
    };
    const rows = await claimJobs(groundOn({ ...made.sql, run }, clock, 1, terms), claim);
    expect(rows.map(({ id, attempt, payload }) => [id, attempt, payload])).toEqual(
      made.ids.map((id, i) => [id, 1, `{"n":${i + 1}}`]),
    );
    expect(asked).toBe(2);
  });

  test.each<Partial<JobRow>>([{ attempt: 1 }, { saved: '"far"' }, { cancel: 1 }, { crashes: 1 }])(
    'gives no job as it was before somebody else had it: %o',
    async (touched) => {
      await using made = await world();
      const [first, second, third] = made.ids as [number, number, number];
      let looked = false;
      const run: typeof made.sql.run = async (...statement) => {
        const answer = await made.sql.run(...statement);
        // Begun and put back, between the look and the mark.
        if (!looked)
          await made.sql.run(made.sql.query.updateTable('palier_jobs').set(touched).where('id', '=', second));
        looked = true;
        return answer;
      };
      const ground = groundOn({ ...made.sql, run }, clock, 1, terms);
      expect((await claimJobs(ground, claim)).map(({ id }) => id)).toEqual([first, third]);
      // It is the next one's, as it is now.
      const [later] = await claimJobs(ground, { ...claim, number: claimOf(1, 1) });
      expect(later).toMatchObject({ ...touched, id: second, attempt: (touched.attempt ?? 0) + 1 });
    },
  );
});
