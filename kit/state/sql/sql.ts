/**
 * The port for shared tables: what every engine promises, in sentences that `conformance/` holds each driver to.
 *
 * - What was acknowledged is seen by every later call of every replica, and stays when the server is killed.
 * - A call ends within its deadline; its error says whether it may have happened (`outcomeOf`) and whether to repeat it (`retry`).
 * - A transaction is all or nothing. Nothing but statements can be waited for inside.
 * - Texts are compared as they are, byte for byte. Whole numbers are numbers while JavaScript holds them exactly, else bigints. Times are
 *   UTC.
 */
import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { Health } from '../health.ts';
import type { SqlEngine } from './address.ts';
import type { SqlWords } from './words.ts';

export interface SqlCallOptions {
  /** How long it may take, the wait for a connection included. Default: `timeoutMs`, of a transaction `transactionTimeoutMs`. */
  readonly timeoutMs?: number;
}

export interface TransactionOptions extends SqlCallOptions {
  /** How often it may be begun in all, when what ended it left nothing behind: a deadlock, a connection lost before the commit. */
  readonly attempts?: number;
}

/**
 * The statements of a transaction, one after the other, written as a generator: `const row = yield* tx.first(…)`. A plain `await` cannot
 * stand there, so that nothing outside the database is ever waited for while it holds its locks.
 */
export type Steps<Result> = Generator<CompiledQuery, Result, QueryResult<unknown>>;

export interface Transaction {
  all<Row>(statement: Compilable<Row>): Steps<Row[]>;
  /** The first row, or undefined. */
  first<Row>(statement: Compilable<Row>): Steps<Row | undefined>;
  /** For what changes rows: `numAffectedRows`. */
  run(statement: Compilable): Steps<QueryResult<unknown>>;
}

export interface Sql<Tables> extends AsyncDisposable {
  /** Told in messages and meters; what differs in SQL stands in `words`. */
  readonly engine: SqlEngine;
  readonly health: Health;
  /** For building statements, and for running single ones (`execute()`). Its own `transaction()` is refused. */
  readonly query: Kysely<Tables>;
  /** What rooms need and the engines say differently. */
  readonly words: SqlWords;
  /** One statement with a deadline of its own. */
  run<Row>(statement: Compilable<Row>, options?: SqlCallOptions): Promise<QueryResult<Row>>;
  /**
   * All or nothing. `steps` may run several times (a deadlock, a connection lost before the commit): what it changes outside must bear
   * that. A statement that fails ends the transaction; what `steps` throws is thrown, with nothing done.
   */
  transaction<Result>(steps: (tx: Transaction) => Steps<Result>, options?: TransactionOptions): Promise<Result>;
  /** The statements in their order, all or nothing. */
  atomically(statements: readonly Compilable[], options?: TransactionOptions): Promise<readonly QueryResult<unknown>[]>;
  /**
   * PostgreSQL's LISTEN, on a connection of its own beyond `connections`; undefined on engines that have none. Resolves when it hears; what is
   * sent by `pg_notify(channel, text)` comes when its transaction is committed. The caller closes it.
   */
  readonly listen: ((channel: string, hearer: Hearer) => Promise<Listening>) | undefined;
  /** Ends what is under way within `transactionTimeoutMs`, then lets go. Calls after it fail with PALIER_STATE_CLOSED. */
  close(): Promise<void>;
}

export interface Hearer {
  message(text: string): void;
  /** The connection was lost and stands again: something may have been missed. */
  gap(): void;
}

export interface Listening {
  close(): Promise<void>;
}

export interface Migration {
  /** Sorts after all before it of its set: `0001-first`, or `queue/0001-first` in the set `queue/`. Never changed. */
  readonly name: string;
  /** What to run. Must not depend on anything but the engine: what was run once is compared with what would be run now. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a migration must not know today's tables
  statements(db: Kysely<any>, engine: SqlEngine): Iterable<Compilable>;
}
