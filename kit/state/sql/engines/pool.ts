/**
 * At most `size` connections, lent to one caller at a time; the others wait in their order, within their deadlines.
 *
 * Our own and not the drivers' pools: mysql2's waits without a deadline, pg's has another order of limits, and neither tries again while a
 * server starts.
 */
import { backoffMs } from '@palier/base/backoff';
import { kitError } from '../../../errors.ts';
import type { HealthWatch } from '../../health-watch.ts';
import type { StateSurroundings } from '../../surroundings.ts';
import { EngineFailure, failureError } from '../failure.ts';
import type { SqlEngine } from '../address.ts';
import type { Link } from './link.ts';

export interface PoolOptions {
  readonly engine: SqlEngine;
  readonly size: number;
  readonly maxWaiting: number;
  /** Throws EngineFailure. */
  connect(timeoutMs: number): Promise<Link>;
}

interface Waiting {
  give(): void;
  refuse(error: unknown): void;
}

const connectBackoff = { firstMs: 20, maxMs: 250, floor: 0.5 };
/** One attempt to connect takes no longer, so that a server that comes back is found while a long call still waits. */
const maxConnectMs = 1000;

export class Pool {
  readonly #options: PoolOptions;
  readonly #around: StateSurroundings;
  readonly #health: HealthWatch;
  /** The one used last comes first: what is not needed grows old at the bottom. */
  readonly #idle: Link[] = [];
  readonly #waiting = new Set<Waiting>();
  #lent = 0;
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(options: PoolOptions, around: StateSurroundings, health: HealthWatch) {
    this.#options = options;
    this.#around = around;
    this.#health = health;
  }

  /** Throws PALIER_STATE_BUSY, PALIER_SQL_POOL, PALIER_STATE_REFUSED, PALIER_STATE_OPEN, PALIER_STATE_CLOSED: nothing was sent. */
  async acquire(deadlineMs: number): Promise<Link> {
    if (this.#closed) throw kitError('PALIER_STATE_CLOSED', { outcome: 'none' });
    if (this.#lent >= this.#options.size) await this.#turn(deadlineMs);
    else this.#lent++;
    try {
      return await this.#open(deadlineMs);
    } catch (error) {
      this.#handOn();
      throw error;
    }
  }

  release(link: Link): void {
    if (link.broken) this.distrust();
    else this.#idle.push(link);
    this.#handOn();
  }

  /** A connection broke: those that wait unused may be as dead. */
  distrust(): void {
    for (const link of this.#idle.splice(0)) link.destroy();
  }

  /** Waits for what is lent, and for those who wait for it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#lent > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await Promise.all(this.#idle.splice(0).map((link) => link.end()));
  }

  /** Waits until somebody hands his place on. */
  #turn(deadlineMs: number): Promise<void> {
    const { maxWaiting, size } = this.#options;
    if (this.#waiting.size >= maxWaiting) {
      throw kitError('PALIER_STATE_BUSY', { waiting: this.#waiting.size, outcome: 'none' });
    }
    return new Promise((resolve, reject) => {
      const cancel = this.#around.timers.after(Math.max(1, deadlineMs - this.#around.clock.monotonicMs()), () =>
        one.refuse(kitError('PALIER_SQL_POOL', { size, waiting: this.#waiting.size, outcome: 'none' })),
      );
      const over = (): void => {
        cancel();
        this.#waiting.delete(one);
      };
      const one: Waiting = {
        give: () => {
          over();
          resolve();
        },
        refuse: (error) => {
          over();
          reject(error);
        },
      };
      this.#waiting.add(one);
    });
  }

  #handOn(): void {
    const [next] = this.#waiting;
    if (next !== undefined) {
      next.give();
      return;
    }
    this.#lent--;
    if (this.#lent === 0) this.#drained?.();
  }

  async #open(deadlineMs: number): Promise<Link> {
    const { clock, timers, random } = this.#around;
    for (let attempt = 0; ; attempt++) {
      const used = this.#idle.pop();
      if (used !== undefined && !used.broken) return used;
      if (used !== undefined) continue;
      const leftMs = deadlineMs - clock.monotonicMs();
      try {
        const link = await this.#options.connect(Math.max(1, Math.min(leftMs, maxConnectMs)));
        this.#health.see({ kind: 'connected' });
        return link;
      } catch (error) {
        if (!(error instanceof EngineFailure)) throw error;
        this.#health.see({ kind: 'failed', reason: error.message });
        const pauseMs = backoffMs(attempt, connectBackoff, random);
        if (error.failure.kind === 'barred' || clock.monotonicMs() + pauseMs >= deadlineMs) {
          throw failureError(this.#options.engine, error, 'none');
        }
        await timers.sleep(pauseMs);
      }
    }
  }
}
