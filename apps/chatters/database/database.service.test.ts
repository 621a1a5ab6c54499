import { systemSurroundings } from '@palier/base/surroundings';
import { openSql, type Sql } from '@palier/kit/state/sql';
import { mariadbServer, postgresServer, startMariadb, startPostgres } from '@palier/testkit/engines';
import { describe, expect, it } from 'vitest';
import { migrations } from './migrations.ts';
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
