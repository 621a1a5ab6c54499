/** A database server behind a pool of connections: deadlines, transactions begun again, and a look at it while it is away. */
import { backoffMs } from '@palier/base/backoff';
import type { CompiledQuery, QueryResult } from 'kysely';
import { HealthWatch } from '../../health-watch.ts';
import type { Outcome } from '../../outcome.ts';
import type { StateSurroundings } from '../../surroundings.ts';
import type { ServerAddress, SqlEngine } from '../address.ts';
import { EngineFailure, failureError, lateError, mayBeginAgain } from '../failure.ts';
import type { CheckedSqlOptions } from '../options.ts';
import type { Steps } from '../sql.ts';
import type { Engine, EngineTransaction } from './engine.ts';
import { type Connect, type Link, statementOf } from './link.ts';
import { Pool } from './pool.ts';

const probeEveryMs = 250;
const probeMs = 500;
const conflictBackoff = { firstMs: 2, maxMs: 100, floor: 0.25 };
/** The server gives up a little before we do: then the connection need not be given up with it. */
const serverShare = 0.9;
const rollbackMs = 1000;
/** A shorter one would end transactions of a client that is merely busy. */
const leastIdleMs = 1000;
const begin = statementOf('BEGIN');
const commit = statementOf('COMMIT');
const rollback = statementOf('ROLLBACK');
const probe = statementOf('SELECT 1');

export class PooledEngine implements Engine {
  readonly name: SqlEngine;
  readonly health: HealthWatch;
  readonly #options: CheckedSqlOptions;
  readonly #around: StateSurroundings;
  readonly #pool: Pool;
  readonly #stopProbing: () => void;
  #probing = false;

  constructor(connect: Connect, address: ServerAddress, options: CheckedSqlOptions, around: StateSurroundings) {
    this.name = address.kind;
    this.health = new HealthWatch(around.clock);
    this.#options = options;
    this.#around = around;
    const link = {
      address,
      ca: options.ca,
      timers: around.timers,
      limitMs: limitOf(options.timeoutMs),
      idleTransactionMs: Math.max(options.transactionTimeoutMs, leastIdleMs),
      onBroken: (why: string) => this.health.see({ kind: 'disconnected', reason: why }),
    };
    this.#pool = new Pool(
      {
        engine: this.name,
        size: options.connections,
        maxWaiting: options.maxWaiting,
        connect: (timeoutMs) => connect(link, timeoutMs),
      },
      around,
      this.health,
    );
    this.#stopProbing = around.timers.every(probeEveryMs, () => void this.#probe());
  }

  async run(statement: CompiledQuery, timeoutMs: number): Promise<QueryResult<unknown>> {
    const deadlineMs = this.#around.clock.monotonicMs() + timeoutMs;
    const link = await this.#pool.acquire(deadlineMs);
    try {
      return await this.#send(link, statement, deadlineMs, limitOf(timeoutMs));
    } catch (error) {
      throw this.#told(error, readsOnly(statement) ? 'none' : 'unknown');
    } finally {
      this.#pool.release(link);
    }
  }

  async transaction<Result>(steps: () => Steps<Result>, options: EngineTransaction): Promise<Result> {
    const { clock, timers, random } = this.#around;
    const deadlineMs = clock.monotonicMs() + options.timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const link = await this.#pool.acquire(deadlineMs);
      const at = { committing: false };
      try {
        return await this.#once(link, steps, deadlineMs, options, at);
      } catch (error) {
        const again = error instanceof EngineFailure && mayBeginAgain(error.failure, at.committing);
        const pauseMs = backoffMs(attempt - 1, conflictBackoff, random);
        if (!again || attempt >= options.attempts || clock.monotonicMs() + pauseMs >= deadlineMs) {
          throw this.#told(error, at.committing ? 'unknown' : 'none');
        }
        this.#options.onRetry(error.failure.why);
        await timers.sleep(pauseMs);
      } finally {
        if (options.ownConnection === true) link.destroy();
        this.#pool.release(link);
      }
    }
  }

  async close(): Promise<void> {
    this.#stopProbing();
    await this.#pool.close();
  }

  async #once<Result>(
    link: Link,
    steps: () => Steps<Result>,
    deadlineMs: number,
    { statementTimeoutMs }: EngineTransaction,
    at: { committing: boolean },
  ): Promise<Result> {
    const send = (statement: CompiledQuery) => this.#send(link, statement, deadlineMs, limitOf(statementTimeoutMs));
    const running = steps();
    try {
      await send(begin);
      let step = running.next();
      while (step.done !== true) step = running.next(await send(step.value));
      at.committing = true;
      await send(commit);
      return step.value;
    } catch (error) {
      // The steps' own `finally` may tidy up, not go on.
      running.return(undefined as never);
      if (!link.broken) await this.#rollBack(link, limitOf(statementTimeoutMs));
      throw error;
    }
  }

  async #rollBack(link: Link, limitMs: number): Promise<void> {
    try {
      await this.#send(link, rollback, this.#around.clock.monotonicMs() + rollbackMs, limitMs);
    } catch {
      // Without its connection the server takes the transaction back by itself.
      link.destroy();
    }
  }

  /** Throws EngineFailure, or `overdue` when the deadline passes first; the connection is given up then. */
  async #send(
    link: Link,
    statement: CompiledQuery,
    deadlineMs: number,
    limitMs: number,
  ): Promise<QueryResult<unknown>> {
    const { clock, timers } = this.#around;
    this.#options.onStatement();
    let late = false;
    const cancel = timers.after(Math.max(1, deadlineMs - clock.monotonicMs()), () => {
      late = true;
      link.destroy();
    });
    try {
      const result = await link.query(statement, limitMs);
      this.health.see({ kind: 'answered' });
      return result;
    } catch (error) {
      if (late) {
        this.health.see({ kind: 'failed', reason: 'no answer within the deadline' });
        throw new Overdue('no answer within the deadline', { cause: error });
      }
      const lost = error instanceof EngineFailure && error.failure.kind === 'lost';
      // The server that ends a connection says so first; nothing may be sent after that.
      if (lost) link.destroy();
      this.health.see(lost ? { kind: 'disconnected', reason: error.message } : { kind: 'answered' });
      throw error;
    } finally {
      cancel();
    }
  }

  #told(error: unknown, outcome: Outcome): unknown {
    if (error instanceof Overdue) return lateError(this.name, outcome, error.cause);
    return error instanceof EngineFailure ? failureError(this.name, error, outcome) : error;
  }

  /** While it is not up: rooms that ask its health first would never call it again. */
  async #probe(): Promise<void> {
    if (this.health.state === 'up' || this.#probing) return;
    this.#probing = true;
    try {
      await this.run(probe, probeMs);
    } catch {
      // Health has seen it.
    } finally {
      this.#probing = false;
    }
  }
}

class Overdue extends Error {}

function limitOf(timeoutMs: number): number {
  return Math.max(1, Math.floor(timeoutMs * serverShare));
}

/** What certainly changes nothing; WITH may hold an INSERT. */
function readsOnly({ query, sql }: CompiledQuery): boolean {
  return query.kind === 'SelectQueryNode' && !/^\s*with/i.test(sql);
}
