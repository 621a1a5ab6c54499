/** What queues and applications need and the engines say differently; nothing that Kysely says for all of them stands here. */
import { type InsertQueryBuilder, type InsertResult, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { SqlEngine } from './address.ts';

export interface SqlWords {
  /** The server's own clock, in milliseconds since 1970: a replica's may be wrong. */
  readonly nowMs: RawBuilder<number>;
  /** A row whose `keys` are there already gets the new values of `columns` instead. `keys` must have a unique index, and be the only one. */
  upsert<Tables, Table extends keyof Tables>(
    insert: InsertQueryBuilder<Tables, Table, InsertResult>,
    keys: readonly (keyof Tables[Table] & string)[],
    columns: readonly (keyof Tables[Table] & string)[],
  ): InsertQueryBuilder<Tables, Table, InsertResult>;
  /** A row whose `keys` are there already is left as it is; every other objection is an error. */
  insertUnlessThere<Tables, Table extends keyof Tables>(
    insert: InsertQueryBuilder<Tables, Table, InsertResult>,
    keys: readonly (keyof Tables[Table] & string)[],
  ): InsertQueryBuilder<Tables, Table, InsertResult>;
  /** Locks the rows that it reads, and passes by those that another transaction has locked. On SQLite there is one writer. */
  lockFree<Tables, Table extends keyof Tables, Row>(
    select: SelectQueryBuilder<Tables, Table, Row>,
  ): SelectQueryBuilder<Tables, Table, Row>;
}

const clocks: Readonly<Record<SqlEngine, RawBuilder<number>>> = {
  sqlite: sql<number>`CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)`,
  mariadb: sql<number>`CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED)`,
  postgres: sql<number>`CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`,
};

export function wordsOf(engine: SqlEngine): SqlWords {
  const mariadb = engine === 'mariadb';
  const given = (column: string) => (mariadb ? sql`VALUES(${sql.ref(column)})` : sql`${sql.ref(`excluded.${column}`)}`);
  return {
    nowMs: clocks[engine],
    upsert(insert, keys, columns) {
      const changes = Object.fromEntries(columns.map((column) => [column, given(column)]));
      if (mariadb) return insert.onDuplicateKeyUpdate(changes as never);
      return insert.onConflict((conflict) => conflict.columns(keys as never).doUpdateSet(changes as never));
    },
    insertUnlessThere(insert, keys) {
      // INSERT IGNORE would swallow what else is wrong with the row.
      if (mariadb) return insert.onDuplicateKeyUpdate({ [keys[0] as string]: sql.ref(keys[0] as string) } as never);
      return insert.onConflict((conflict) => conflict.columns(keys as never).doNothing());
    },
    lockFree: (select) => (engine === 'sqlite' ? select : select.forUpdate().skipLocked()),
  };
}
