/** What only SQLite has: a lock of the whole file, waited for with the event loop free. */
import { DatabaseSync } from 'node:sqlite';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime } from '@palier/testkit/clock';
import { temporaryFolder, type TemporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { type Migration, openSql, type Sql } from '../index.ts';

interface Tables {
  names: { name: string };
}

const names: Migration = {
  name: '0001-names',
  statements: (db) => [
    db.schema.createTable('names').addColumn('name', 'varchar(20)', (column) => column.primaryKey()),
  ],
};

interface Locked {
  readonly sql: Sql<Tables>;
  readonly time: ReturnType<typeof virtualTime>;
  /** How often something found the file locked. */
  readonly found: () => number;
  /** Another process's connection, which holds the lock. */
  readonly other: DatabaseSync;
}

async function locked(folder: TemporaryFolder): Promise<Locked> {
  const time = virtualTime();
  let count = 0;
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log: silentLog };
  const options = { migrations: [names], timeoutMs: 1000, onRetry: () => void count++ };
  const sql = await openSql<Tables>(`sqlite:${folder.file('a.sqlite')}`, around, options);
  const other = new DatabaseSync(folder.file('a.sqlite'));
  other.exec('BEGIN IMMEDIATE');
  return { sql, time, found: () => count, other };
}

const all = async (sql: Sql<Tables>): Promise<string[]> =>
  (await sql.query.selectFrom('names').select('name').orderBy('name').execute()).map(({ name }) => name);

test('A write waits for another process’s lock off the event loop, while reads go on, and is then written', async () => {
  await using folder = await temporaryFolder('sql');
  const { sql, time, found, other } = await locked(folder);
  const single = sql.query.insertInto('names').values({ name: 'SINGLE' }).execute();
  const list = sql.atomically([sql.query.insertInto('names').values({ name: 'LIST' })]);
  await time.advance(500);
  expect(found()).toBeGreaterThan(2);
  expect(await all(sql)).toEqual([]);
  other.exec('COMMIT');
  await time.advance(100);
  await Promise.all([single, list]);
  expect(await all(sql)).toEqual(['LIST', 'SINGLE']);
  other.close();
  await sql.close();
});

test('A lock that does not go ends in PALIER_STATE_LATE at the deadline, with nothing written', async () => {
  await using folder = await temporaryFolder('sql');
  const { sql, time, other } = await locked(folder);
  const write = sql.query.insertInto('names').values({ name: 'LATE' }).execute();
  const refused = write.catch((error: unknown) => error);
  await time.advance(1100);
  expect(await refused).toMatchObject({ code: 'PALIER_STATE_LATE', retry: 'later', facts: { outcome: 'none' } });
  other.exec('COMMIT');
  expect(await all(sql)).toEqual([]);
  other.close();
  await sql.close();
});
