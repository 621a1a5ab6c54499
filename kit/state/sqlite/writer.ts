/**
 * Writes to a SQLite file, gathered: all calls of one turn of the event loop go into one transaction, each as a step of its own that fails
 * alone, and are answered after the commit. Who finds the file locked comes back a little later, until its deadline; nobody is given up untried.
 */
import { backoffMs } from '@palier/base/backoff';
import { kitError } from '../../errors.ts';
import type { HealthWatch } from '../health-watch.ts';
import type { CheckedStateOptions } from '../options.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { lockBackoff, type SqliteFile } from './file.ts';

/**
 * Another process holds the lock for a fraction of a millisecond mostly, less than the shortest timer: so long who finds the file locked comes back
 * with the next turn of the event loop. Three processes, 6000 writes/s together, on two cores (2026-11-22, runs by turns): p99 2.5 to 3.8 ms with it, 3.8 to 4.5
 * without; p90 0.27 to 0.38 ms and 0.29 to 1.14.
 */
const spinMs = 1;
/** Calls in one transaction: at 10 to 30 µs each the lock is held for a few milliseconds at most. */
const maxBatch = 200;

interface Waiting {
  readonly deadlineMs: number;
  readonly onDisk: boolean;
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  value?: unknown;
  error?: unknown;
}

export class SqliteWriter {
  readonly #file: SqliteFile;
  readonly #health: HealthWatch;
  readonly #options: Pick<CheckedStateOptions, 'maxWaiting' | 'timeoutMs'>;
  readonly #around: StateSurroundings;
  readonly #prepare: () => void;
  #waiting: Waiting[] = [];
  #planned = false;
  #attempts = 0;
  #lockedSinceMs = 0;
  #pauses = 0;
  #drained: (() => void) | undefined;

  /** `prepare` is called at the beginning of each transaction. */
  constructor(
    file: SqliteFile,
    health: HealthWatch,
    options: Pick<CheckedStateOptions, 'maxWaiting' | 'timeoutMs'>,
    around: StateSurroundings,
    prepare: () => void,
  ) {
    this.#file = file;
    this.#health = health;
    this.#options = options;
    this.#around = around;
    this.#prepare = prepare;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when nothing waits any more: at the latest when the last deadline is over. */
  async drained(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  /**
   * Throws PALIER_STATE_BUSY; rejects with PALIER_STATE_LATE, PALIER_STATE_REFUSED, or what `run` throws. With `onDisk` its transaction waits
   * for the disk.
   */
  write<Result>(run: () => Result, ownTimeoutMs?: number, onDisk = false): Promise<Result> {
    const { maxWaiting, timeoutMs } = this.#options;
    if (this.#waiting.length >= maxWaiting) {
      throw kitError('PALIER_STATE_BUSY', { waiting: maxWaiting, outcome: 'none' });
    }
    const deadlineMs = this.#around.clock.monotonicMs() + (ownTimeoutMs ?? timeoutMs);
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ deadlineMs, onDisk, run, resolve: resolve as (value: unknown) => void, reject });
      if (this.#planned) return;
      this.#planned = true;
      this.#around.timers.soon(this.#flush);
    });
  }

  readonly #flush = (): void => {
    this.#planned = false;
    const batch = this.#waiting.slice(0, maxBatch);
    if (batch.length > 0) this.#commit(batch);
    // After the attempt: whose time was over before it, because this process itself stood still, was kept waiting by nobody else.
    const nowMs = this.#around.clock.monotonicMs();
    this.#waiting = this.#waiting.filter((call) => call.deadlineMs > nowMs || this.#late(call));
    if (this.#waiting.length > 0) {
      this.#planned = true;
      const spins = this.#attempts > 0 && nowMs - this.#lockedSinceMs < spinMs;
      if (this.#attempts === 0 || spins) this.#around.timers.soon(this.#flush);
      else this.#around.timers.after(backoffMs(this.#pauses++, lockBackoff, this.#around.random), this.#flush);
    } else this.#drained?.();
  };

  #late(call: Waiting): boolean {
    this.#health.see({ kind: 'failed', reason: 'the file stayed locked' });
    call.reject(kitError('PALIER_STATE_LATE', { engine: 'SQLite', outcome: 'none' }));
    return false;
  }

  #commit(batch: readonly Waiting[]): void {
    try {
      const attempt = this.#file.transaction(
        () => {
          this.#prepare();
          for (const call of batch) this.#runOne(call);
        },
        batch.some(({ onDisk }) => onDisk),
      );
      if (attempt.locked) {
        if (this.#attempts++ === 0) this.#lockedSinceMs = this.#around.clock.monotonicMs();
        return;
      }
      for (const call of batch) {
        if (call.error === undefined) call.resolve(call.value);
        else call.reject(call.error);
      }
      this.#health.see({ kind: 'answered' });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#health.see({ kind: 'failed', reason: why });
      const refused = kitError('PALIER_STATE_REFUSED', { engine: 'SQLite', why, outcome: 'none' }, { cause: error });
      for (const call of batch) call.reject(call.error ?? refused);
    }
    this.#attempts = 0;
    this.#pauses = 0;
    this.#waiting = this.#waiting.slice(batch.length);
  }

  #runOne(call: Waiting): void {
    call.error = undefined;
    try {
      call.value = call.run();
    } catch (error) {
      // When SQLite itself gave up (disk full), the whole transaction is gone and nobody's call happened.
      if (!this.#file.inTransaction) throw error;
      call.error = error ?? new Error('thrown nothing');
    }
  }
}
