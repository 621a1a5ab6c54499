/**
 * A SQLite file that the replicas of one machine share, by `node:sqlite`.
 *
 * A statement runs synchronously and is prepared once. Nobody sleeps inside SQLite: who finds the file locked comes back after a pause that
 * leaves the event loop free, until his deadline. A transaction runs in one go: no await can hold the lock while other processes wait.
 */
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { backoffMs } from '@palier/base/backoff';
import type { CompiledQuery, QueryResult } from 'kysely';
import { kitError } from '../../../errors.ts';
import { HealthWatch } from '../../health-watch.ts';
import { type Attempt, isLocked, lockBackoff, type SqliteFile } from '../../sqlite/file.ts';
import { openSqliteFile } from '../../sqlite/open.ts';
import type { StateSurroundings } from '../../surroundings.ts';
import { EngineFailure, type Failure, failureError, lateError } from '../failure.ts';
import type { CheckedSqlOptions } from '../options.ts';
import type { Steps } from '../sql.ts';
import type { Engine, EngineTransaction } from './engine.ts';

/** Prepared statements kept; more shapes of statement than this are prepared anew. */
const maxStatements = 200;

interface Prepared {
  readonly statement: StatementSync;
  readonly answersRows: boolean;
  readonly readsOnly: boolean;
}

/** Throws PALIER_STATE_OPEN. */
export function openSqliteDatabase(
  path: string,
  options: CheckedSqlOptions,
  around: StateSurroundings,
): Promise<Engine> {
  const { powerSafe, openTimeoutMs } = options;
  const opening = { path, powerSafe, schema: '', openTimeoutMs };
  return openSqliteFile(opening, around, (file) => new SqliteEngine(file, options, around));
}

class SqliteEngine implements Engine {
  readonly name = 'sqlite';
  readonly health: HealthWatch;
  readonly #file: SqliteFile;
  readonly #options: CheckedSqlOptions;
  readonly #around: StateSurroundings;
  readonly #statements = new Map<string, Prepared>();
  #waiting = 0;
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(file: SqliteFile, options: CheckedSqlOptions, around: StateSurroundings) {
    this.#file = file;
    this.#options = options;
    this.#around = around;
    this.health = new HealthWatch(around.clock);
    this.health.see({ kind: 'connected' });
  }

  run(statement: CompiledQuery, timeoutMs: number): Promise<QueryResult<unknown>> {
    return this.#unlocked(timeoutMs, () => ({ locked: false, value: this.#execute(statement) }));
  }

  transaction<Result>(steps: () => Steps<Result>, { timeoutMs }: EngineTransaction): Promise<Result> {
    return this.#unlocked(timeoutMs, () =>
      this.#file.transaction(() => {
        const running = steps();
        try {
          let step = running.next();
          while (step.done !== true) step = running.next(this.#execute(step.value));
          return step.value;
        } catch (error) {
          running.return(undefined as never);
          throw error;
        }
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#waiting > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    this.#statements.clear();
    this.#file.close();
  }

  async #unlocked<Result>(timeoutMs: number, attempt: () => Attempt<Result>): Promise<Result> {
    const { clock, timers, random } = this.#around;
    if (this.#closed) throw kitError('PALIER_STATE_CLOSED', { outcome: 'none' });
    const first = this.#attempt(attempt);
    if (!first.locked) return first.value;
    if (this.#waiting >= this.#options.maxWaiting) {
      throw kitError('PALIER_STATE_BUSY', { waiting: this.#waiting, outcome: 'none' });
    }
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    this.#waiting++;
    try {
      for (let tries = 0; ; tries++) {
        const pauseMs = backoffMs(tries, lockBackoff, random);
        this.#options.onRetry('the file is locked');
        if (clock.monotonicMs() + pauseMs >= deadlineMs) {
          this.health.see({ kind: 'failed', reason: 'the file stayed locked' });
          throw lateError('sqlite', 'none');
        }
        await timers.sleep(pauseMs);
        const next = this.#attempt(attempt);
        if (!next.locked) return next.value;
      }
    } finally {
      this.#waiting--;
      if (this.#waiting === 0) this.#drained?.();
    }
  }

  #attempt<Result>(attempt: () => Attempt<Result>): Attempt<Result> {
    try {
      const done = attempt();
      if (!done.locked) this.health.see({ kind: 'answered' });
      return done;
    } catch (error) {
      if (isLocked(error)) return { locked: true };
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      if (failure.kind === 'away') this.health.see({ kind: 'failed', reason: failure.why });
      throw failureError('sqlite', new EngineFailure(failure, error), 'none');
    }
  }

  #execute({ sql, parameters }: CompiledQuery): QueryResult<unknown> {
    this.#options.onStatement();
    const { statement, answersRows, readsOnly } = this.#prepared(sql);
    const values = parameters.map(parameterOf);
    if (!answersRows) {
      const { changes, lastInsertRowid } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    }
    if (!readsOnly) return { rows: withNumbers(statement.all(...values)) };
    try {
      return { rows: statement.all(...values) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_OUT_OF_RANGE') throw error;
      // A whole number that is none in JavaScript; a read may be done once more.
      statement.setReadBigInts(true);
      const rows = withNumbers(statement.all(...values));
      statement.setReadBigInts(false);
      return { rows };
    }
  }

  #prepared(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#file.prepare(sql);
    const answersRows = statement.columns().length > 0;
    const readsOnly = /^\s*select/i.test(sql);
    // INSERT … RETURNING must not fail after it has inserted.
    if (answersRows && !readsOnly) statement.setReadBigInts(true);
    const made = { statement, answersRows, readsOnly };
    if (this.#statements.size >= maxStatements) {
      this.#statements.delete(this.#statements.keys().next().value as string);
    }
    this.#statements.set(sql, made);
    return made;
  }
}

/** A Date as UTC text. A whole number is bound as one: as a double it would be "1.0" in a column of texts. */
function parameterOf(value: unknown): SQLInputValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'boolean') return value ? 1 : 0;
  return (value ?? null) as SQLInputValue;
}

function withNumbers(rows: Record<string, unknown>[]): Record<string, unknown>[] {
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[name] = Number(value);
    }
  }
  return rows;
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** By SQLite's extended codes (https://sqlite.org/rescode.html); undefined when it is no error of SQLite's. */
function failureOf(error: unknown): Failure | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  const why = whyOf(error);
  if (typeof code !== 'number') {
    return (error as NodeJS.ErrnoException | null)?.code?.startsWith('ERR_INVALID_')
      ? { kind: 'statement', why }
      : undefined;
  }
  const named = /failed: (.+)$/.exec(why)?.[1];
  const constraint = named === undefined ? {} : { constraint: named };
  if (code === 2067 || code === 1555) return { kind: 'unique', why, ...constraint };
  if (code === 787 || code === 1811) return { kind: 'reference', why, ...constraint };
  switch (code & 0xff) {
    case 19:
    case 18:
    case 20:
      return { kind: 'value', why, ...constraint };
    case 1:
    case 25:
      return { kind: 'statement', why };
    default:
      return { kind: 'away', why };
  }
}
