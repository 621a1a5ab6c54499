/**
 * One SQLite file that the replicas of one machine share: opened, prepared, and never waited for inside SQLite.
 *
 * SQLite's own busy timeout is 0, since it would hold the event loop; who finds the file locked comes back later. A transaction is one
 * synchronous function: an await inside would hold the lock while other processes wait.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** SQLite's own waiting would hold the event loop. */
const noWaitMs = 0;
/** Of those who find the file locked. */
export const lockBackoff = { firstMs: 1, maxMs: 8, floor: 0.25 } as const;

export interface SqliteFileOptions {
  /** A path, or `:memory:`. */
  readonly path: string;
  /** A commit waits for the disk. */
  readonly powerSafe: boolean;
  /** SQL that makes what is not there yet. */
  readonly schema: string;
}

/** `locked`: another process writes; nothing was done. */
export type Attempt<Result> = { readonly locked: true } | { readonly locked: false; readonly value: Result };

export class SqliteFile {
  readonly #db: DatabaseSync;
  readonly #powerSafe: boolean;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #takeBack: StatementSync;

  /** Throws what SQLite throws: no such folder, no database, locked while the schema is made. */
  constructor({ path, powerSafe, schema }: SqliteFileOptions) {
    this.#powerSafe = powerSafe;
    this.#db = new DatabaseSync(path, { timeout: noWaitMs, enableForeignKeyConstraints: true });
    try {
      // WAL: readers and the writer do not wait for each other. 16 MB of pages; at most 64 MB of log kept on disk.
      this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${powerSafe ? 'FULL' : 'NORMAL'};
        PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 67108864;`);
      this.#db.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT;`);
    } catch (error) {
      this.#db.close();
      throw error;
    }
    this.#begin = this.#db.prepare('BEGIN IMMEDIATE');
    this.#commit = this.#db.prepare('COMMIT');
    this.#rollback = this.#db.prepare('ROLLBACK');
    this.#savepoint = this.#db.prepare('SAVEPOINT step');
    this.#release = this.#db.prepare('RELEASE step');
    this.#takeBack = this.#db.prepare('ROLLBACK TO step');
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql);
  }

  /**
   * All of `run` or nothing; throws what it throws, or what SQLite throws at the commit (disk full), with nothing done. With `onDisk` this
   * commit waits for the disk, and with it all that were before it (they are in the same log).
   */
  transaction<Result>(run: () => Result, onDisk = false): Attempt<Result> {
    if (!onDisk || this.#powerSafe) return this.#transaction(run);
    // Told of the connection, so that it can differ from commit to commit (https://sqlite.org/pragma.html#pragma_synchronous).
    this.#db.exec('PRAGMA synchronous = FULL');
    try {
      return this.#transaction(run);
    } finally {
      this.#db.exec('PRAGMA synchronous = NORMAL');
    }
  }

  #transaction<Result>(run: () => Result): Attempt<Result> {
    try {
      this.#begin.run();
    } catch (error) {
      if (isLocked(error)) return { locked: true };
      throw error;
    }
    try {
      const value = run();
      this.#commit.run();
      return { locked: false, value };
    } catch (error) {
      if (this.#db.isTransaction) this.#rollback.run();
      throw error;
    }
  }

  /** Inside a transaction: all of `run` or nothing of it, whatever becomes of its neighbours. */
  nested<Result>(run: () => Result): Result {
    this.#savepoint.run();
    try {
      const value = run();
      this.#release.run();
      return value;
    } catch (error) {
      // A disk that is full may have ended the whole transaction.
      if (this.#db.isTransaction) {
        this.#takeBack.run();
        this.#release.run();
      }
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED, with their extended codes (https://sqlite.org/rescode.html). */
export function isLocked(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return code === 5 || code === 6;
}
