/** Kysely on one of our engines: it builds statements and hands them over; connections and transactions are not its business. */
import {
  type CompiledQuery,
  type CreateTableNode,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { kitError } from '../../errors.ts';
import type { Engine } from './engines/engine.ts';

/** Statements that are executed by Kysely have `timeoutMs`. */
export function kyselyOn<Tables>(engine: Engine, timeoutMs: number): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new EngineDialect(engine, timeoutMs) });
}

class EngineDialect implements Dialect {
  readonly #engine: Engine;
  readonly #timeoutMs: number;

  constructor(engine: Engine, timeoutMs: number) {
    this.#engine = engine;
    this.#timeoutMs = timeoutMs;
  }

  createDriver(): Driver {
    const connection = connectionOf(this.#engine, this.#timeoutMs);
    return {
      init: () => Promise.resolve(),
      acquireConnection: () => Promise.resolve(connection),
      releaseConnection: () => Promise.resolve(),
      beginTransaction: () => Promise.reject(refused('transaction()')),
      commitTransaction: () => Promise.reject(refused('transaction()')),
      rollbackTransaction: () => Promise.resolve(),
      destroy: () => this.#engine.close(),
    };
  }

  createQueryCompiler(): QueryCompiler {
    switch (this.#engine.name) {
      case 'sqlite':
        return new SqliteQueryCompiler();
      case 'mariadb':
        return new MariadbQueryCompiler();
      case 'postgres':
        return new PostgresQueryCompiler();
    }
  }

  createAdapter(): DialectAdapter {
    switch (this.#engine.name) {
      case 'sqlite':
        return new SharedConnectionAdapter();
      case 'mariadb':
        return new MysqlAdapter();
      case 'postgres':
        return new PostgresAdapter();
    }
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- Kysely's own signature
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    switch (this.#engine.name) {
      case 'sqlite':
        return new SqliteIntrospector(db);
      case 'mariadb':
        return new MysqlIntrospector(db);
      case 'postgres':
        return new PostgresIntrospector(db);
    }
  }
}

function connectionOf(engine: Engine, timeoutMs: number): DatabaseConnection {
  const executeQuery = <Row>(statement: CompiledQuery): Promise<QueryResult<Row>> =>
    engine.run(statement, timeoutMs) as Promise<QueryResult<Row>>;
  return {
    executeQuery,
    // oxlint-disable-next-line require-yield -- Kysely asks for a generator
    async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
      throw refused('stream()');
    },
  };
}

function refused(what: string): Error {
  return kitError('PALIER_SQL_TRANSACTION', { what, outcome: 'none' });
}

/** Otherwise Kysely lends the connection to one statement at a time, and every read waits for a write that waits for the lock. */
class SharedConnectionAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/**
 * Every table compares texts byte for byte, as the other engines do: by default "a" and "A" and "a " would be one key. Rows of InnoDB, whatever
 * the server's default is: others know no transactions.
 */
class MariadbQueryCompiler extends MysqlQueryCompiler {
  protected override visitCreateTable(node: CreateTableNode): void {
    super.visitCreateTable(node);
    if (node.endModifiers === undefined && node.selectQuery === undefined) {
      this.append(' engine=InnoDB default charset=utf8mb4 collate=utf8mb4_nopad_bin');
    }
  }
}
