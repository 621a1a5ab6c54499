/**
 * SQLite through `node:sqlite`, for Kysely, shared by several processes.
 *
 * A statement runs synchronously and is prepared once. Nobody sleeps inside SQLite: its own busy timeout is 0, and a statement that finds
 * the file locked is tried again after a pause that leaves the event loop free, for at most `lockWaitMs`. A transaction is a list of
 * statements that run in one go: no await can hold the lock while other processes wait.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { backoffMs } from '@palier/base/backoff';
import type { Clock } from '@palier/base/clock';
import type { Random } from '@palier/base/random';
import type { Timers } from '@palier/base/timers';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { releasesError } from '../errors.ts';

export interface SqliteSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Called for each statement. */
  readonly onQuery: () => void;
  /** Called each time that a statement found the file locked. */
  readonly onLocked: () => void;
}

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** How long a statement may wait for the lock in all; then DATABASE_BUSY. */
  readonly lockWaitMs: number;
}

/** Prepared statements kept; more shapes of query than this are prepared anew. */
const maxStatements = 200;
/** SQLite's own waiting would hold the event loop. */
const noWaitMs = 0;
const lockBackoff = { firstMs: 2, maxMs: 25, floor: 0.25 };

export class SqliteConnection implements DatabaseConnection {
  readonly #db: DatabaseSync;
  readonly #options: SqliteOptions;
  readonly #around: SqliteSurroundings;
  readonly #statements = new Map<string, { readonly statement: StatementSync; readonly answersRows: boolean }>();

  constructor(options: SqliteOptions, around: SqliteSurroundings) {
    this.#options = options;
    this.#around = around;
    this.#db = new DatabaseSync(options.path, { timeout: noWaitMs, enableForeignKeyConstraints: true });
  }

  /** Sets the file up for several processes. */
  async prepare(): Promise<void> {
    // WAL: readers and the writer do not wait for each other. NORMAL: a killed process loses nothing, a power cut may lose the last moments.
    // 16 MB of pages and at most 64 MB of log kept on disk.
    for (const pragma of [
      'journal_mode = WAL',
      'synchronous = NORMAL',
      'cache_size = -16000',
      'journal_size_limit = 67108864',
    ]) {
      await this.#unlocked(() => this.#db.exec(`PRAGMA ${pragma}`));
    }
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      return Promise.resolve(this.#run<Row>(query));
    } catch (error) {
      if (!isLocked(error)) return Promise.reject(error);
      return this.#unlocked(() => this.#run<Row>(query));
    }
  }

  /** Runs all of the list or nothing. */
  atomically(queries: readonly CompiledQuery[]): Promise<QueryResult<unknown>[]> {
    return this.#unlocked(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        const results = queries.map((query) => this.#run<unknown>(query));
        this.#db.exec('COMMIT');
        return results;
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** For the migrator, whose steps are awaited: the lock is held over all of them. */
  begin(): Promise<void> {
    return this.#unlocked(() => this.#db.exec('BEGIN IMMEDIATE'));
  }

  end(how: 'COMMIT' | 'ROLLBACK'): void {
    if (this.#db.isTransaction) this.#db.exec(how);
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  close(): void {
    this.#statements.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  async #unlocked<Result>(run: () => Result): Promise<Result> {
    const { clock, timers, random, onLocked } = this.#around;
    const giveUpMs = clock.monotonicMs() + this.#options.lockWaitMs;
    for (let attempt = 0; ; attempt++) {
      try {
        return run();
      } catch (error) {
        if (!isLocked(error)) throw error;
        onLocked();
        if (clock.monotonicMs() >= giveUpMs) {
          throw releasesError('DATABASE_BUSY', { waitedMs: this.#options.lockWaitMs }, { cause: error });
        }
        await timers.sleep(backoffMs(attempt, lockBackoff, random));
      }
    }
  }

  #run<Row>(query: CompiledQuery): QueryResult<Row> {
    this.#around.onQuery();
    const { statement, answersRows } = this.#prepared(query.sql);
    const parameters = query.parameters as (string | number | bigint | null | Uint8Array)[];
    if (answersRows) return { rows: statement.all(...parameters) as Row[] };
    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  #prepared(sql: string): { readonly statement: StatementSync; readonly answersRows: boolean } {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    const made = { statement, answersRows: statement.columns().length > 0 };
    if (this.#statements.size >= maxStatements) {
      this.#statements.delete(this.#statements.keys().next().value as string);
    }
    this.#statements.set(sql, made);
    return made;
  }
}

/** The dialect for one connection. Kysely's own transactions are for the migrator; everybody else takes `atomically`. */
export class SqliteFileDialect implements Dialect {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  createDriver(): Driver {
    const connection = this.#connection;
    return {
      init: () => connection.prepare(),
      acquireConnection: () => Promise.resolve(connection),
      releaseConnection: () => Promise.resolve(),
      beginTransaction: () => connection.begin(),
      commitTransaction: () => Promise.resolve(connection.end('COMMIT')),
      rollbackTransaction: () => Promise.resolve(connection.end('ROLLBACK')),
      destroy: () => Promise.resolve(connection.close()),
    };
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new SharedConnectionAdapter();
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- Kysely's own signature
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

class SharedConnectionAdapter extends SqliteAdapter {
  /** SQLite can undo a CREATE TABLE; with it, the transaction of the migrator is the lock between processes. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** Otherwise Kysely lends the connection to one query at a time, and every read waits for a write that waits for the lock. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** SQLITE_BUSY in all its forms (https://www.sqlite.org/rescode.html#busy). */
function isLocked(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && (code & 0xff) === 5;
}
