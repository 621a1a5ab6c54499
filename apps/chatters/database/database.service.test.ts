import { systemSurroundings } from '@palier/base/surroundings';
import { openSql, type Sql } from '@palier/kit/state/sql';
import { mariadbServer, postgresServer, startMariadb, startPostgres } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { sql as rawSql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { migrations } from './migrations.ts';
import { type DatabaseOptions, openDatabase, readDatabaseOptions } from './open.ts';
import type { Tables } from './tables.ts';

const [mariadb, postgres] = [mariadbServer(), postgresServer()];
const engines = [
  { name: 'SQLite', options: {}, start: async () => 'sqlite::memory:' },
  {
    name: 'MariaDB',
    options: mariadb.options,
    start: async (stack: AsyncDisposableStack) => stack.use(await startMariadb({ fast: true })).url,
  },
  {
    name: 'PostgreSQL',
    options: postgres.options,
    start: async (stack: AsyncDisposableStack) => stack.use(await startPostgres({ fast: true })).url,
  },
];

for (const { name, options, start } of engines) {
  describe(`the tables on ${name}`, options, () => {
    it('are made, and keep a chatter of a capture once', async () => {
      await using stack = new AsyncDisposableStack();
      const url = await start(stack);
      const sql: Sql<Tables> = stack.use(await openSql<Tables>(url, systemSurroundings(), { migrations }));
      const chatter = sql.query.insertInto('capture_chatters').values({ capture_id: 'c', account_id: '7' });
      await chatter.execute();
      await expect(chatter.execute()).rejects.toMatchObject({ code: 'PALIER_SQL_UNIQUE' });
      await sql.words.insertUnlessThere(chatter, ['capture_id', 'account_id']).execute();
      const kept = await sql.query.selectFrom('capture_chatters').selectAll().execute();
      expect(kept).toEqual([{ capture_id: 'c', account_id: '7' }]);
    }, 60_000);
  });
}

describe('openDatabase()', mariadb.options, () => {
  it('takes as many connections as it is told, and holds those of all replicas against what the server takes', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await startMariadb({ fast: true }));
    const around = systemSurroundings();
    const folder = stack.use(await temporaryFolder('chatters-connections'));
    const options = (more: Readonly<Record<string, string>>): DatabaseOptions =>
      readDatabaseOptions({ DATA_DIR: folder.path, DATABASE_URL: url, ...more });
    const made = stack.use(await openDatabase(options({ DATABASE_CONNECTIONS: '3' }), around));
    await Promise.all(Array.from({ length: 12 }, () => rawSql`SELECT SLEEP(0.05)`.execute(made.query)));
    const seen = stack.use(await openSql<Tables>(url, around, { connections: 1 }));
    // They stay open for the next ones.
    const others = rawSql<{
      all: number;
    }>`SELECT COUNT(*) AS \`all\` FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()`;
    expect(Number((await others.execute(seen.query)).rows[0]?.all)).toBe(3);
    const many = options({ DATABASE_CONNECTIONS: '100', REPLICAS: '100' });
    await expect(openDatabase(many, around)).rejects.toMatchObject({ code: expect.stringMatching(/^PALIER_SQL_/) });
  }, 60_000);
});
