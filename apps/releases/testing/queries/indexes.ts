/** Takes back the indexes that the lists walk along: what is left is what every database makes by itself. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../database/schema.ts';

export async function dropIndexes(query: Kysely<Tables>, engine: 'sqlite' | 'mariadb'): Promise<void> {
  if (engine === 'sqlite') {
    const { rows } = await sql<{
      name: string;
    }>`select name from sqlite_master where type = 'index' and sql is not null`.execute(query);
    for (const { name } of rows) await sql`drop index ${sql.ref(name)}`.execute(query);
    return;
  }
  // InnoDB keeps an index for each foreign key: these stand in for those that go.
  for (const column of ['user_id', 'group_id']) {
    await sql`create index ${sql.ref(`own_${column}`)} on releases (${sql.ref(column)})`.execute(query);
  }
  const { rows } = await sql<{ name: string; on: string }>`
    select distinct index_name as ${sql.ref('name')}, table_name as ${sql.ref('on')} from information_schema.statistics
    where table_schema = database() and table_name in ('releases', 'rules') and index_name like '%\_by\_%'`.execute(
    query,
  );
  for (const { name, on } of rows) await sql`drop index ${sql.ref(name)} on ${sql.table(on)}`.execute(query);
}
