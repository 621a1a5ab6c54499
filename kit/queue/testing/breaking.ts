/** A database that breaks by seed: calls that fail before anything happened, calls whose answer is lost, calls that take long. */
import type { Random } from '@palier/base/random';
import type { Timers } from '@palier/base/timers';
import { kitError } from '../../errors.ts';
import type { Sql } from '../../state/sql/index.ts';
import type { QueueTables } from '../store/tables.ts';

export interface Breaking {
  readonly sql: Sql<QueueTables>;
  /** Those of the process: what falls due while it stands still is called when it goes on, in its order. */
  readonly timers: Timers;
  /** Nothing of it does anything any more: the process is gone. What was sent may still be done. */
  kill(): void;
  /** Nothing of it happens for so long, as of a process that is stopped; it goes on with what it had. */
  freeze(forMs: number): void;
}

export interface Faults {
  /** Shares of calls. */
  readonly refused: number;
  readonly unanswered: number;
  readonly slow: number;
  readonly slowMs: number;
}

export function breaking(sql: Sql<QueueTables>, random: Random, timers: Timers, faults: Faults): Breaking {
  let dead = false;
  let frozen: Promise<void> | undefined;
  /** Runs now, or when the process goes on; answers what calls it off. */
  const awake = (run: () => void): void => {
    if (frozen === undefined) run();
    else void frozen.then(run);
  };
  const through = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    const draw = random.next();
    await frozen;
    if (dead) return forever();
    // Even what is fast takes a moment, in which others do something.
    await timers.sleep(draw < faults.slow ? random.int(1, faults.slowMs) : 1);
    const fate = random.next();
    if (dead && fate < 0.5) return forever();
    if (fate < faults.refused) throw kitError('PALIER_STATE_LOST', { engine: 'SQLite', outcome: 'none' });
    const result = await call();
    if (dead) return forever();
    if (fate > 1 - faults.unanswered) throw kitError('PALIER_STATE_LOST', { engine: 'SQLite', outcome: 'unknown' });
    return result;
  };
  return {
    sql: {
      ...sql,
      run: (statement, options) => through(() => sql.run(statement, options)),
      transaction: (steps, options) => through(() => sql.transaction(steps, options)),
      atomically: (statements, options) => through(() => sql.atomically(statements, options)),
    },
    timers: {
      ...timers,
      after: (delayMs, run) => timers.after(delayMs, () => awake(run)),
      every: (periodMs, run) => timers.every(periodMs, () => awake(run)),
      sleep: async (delayMs, signal) => {
        await timers.sleep(delayMs, signal);
        await frozen;
      },
    },
    kill() {
      dead = true;
    },
    freeze(forMs) {
      const thaw = timers.sleep(forMs).then(() => {
        if (frozen === thaw) frozen = undefined;
      });
      frozen = thaw;
    },
  };
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
