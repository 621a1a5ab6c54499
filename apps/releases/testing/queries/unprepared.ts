/** A Kysely whose statements carry their values in their text, so that the database reads and plans each of them anew. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Query } from './reads.ts';

/** Of tests alone: values are quoted for what the seed holds. */
export function unprepared(query: Query, engine: 'sqlite' | 'mariadb'): Query {
  const connection: DatabaseConnection = {
    executeQuery: (compiled) => query.executeQuery(CompiledQuery.raw(withValues(compiled))),
    // oxlint-disable-next-line require-yield -- nothing here streams
    async *streamQuery() {
      throw new Error('Nothing here streams.');
    },
  };
  const nothing = (): Promise<void> => Promise.resolve();
  const isSqlite = engine === 'sqlite';
  const dialect: Dialect = {
    createDriver: () => ({
      init: nothing,
      acquireConnection: () => Promise.resolve(connection),
      releaseConnection: nothing,
      beginTransaction: nothing,
      commitTransaction: nothing,
      rollbackTransaction: nothing,
      destroy: nothing,
    }),
    createQueryCompiler: () => (isSqlite ? new SqliteQueryCompiler() : new MysqlQueryCompiler()),
    createAdapter: () => (isSqlite ? new SqliteAdapter() : new MysqlAdapter()),
    createIntrospector: (db) => (isSqlite ? new SqliteIntrospector(db) : new MysqlIntrospector(db)),
  };
  return new Kysely({ dialect });
}

let asked = 0;

/** Each text is a new one, as if no two users asked for the same. */
function withValues({ sql, parameters }: CompiledQuery): string {
  let next = 0;
  const text = sql.replaceAll('?', () => {
    const value = parameters[next];
    next++;
    return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
  });
  asked++;
  return `${text} /* ${asked} */`;
}
