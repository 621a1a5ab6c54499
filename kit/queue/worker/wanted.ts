/** How many jobs a worker asks for: those that it can run now, and those that it will have run before it could ask again. Pure. */

export interface Appetite {
  readonly concurrency: number;
  /** Handlers under way. */
  readonly running: number;
  /** Claimed and not begun. */
  readonly stocked: number;
  /** Jobs ended a millisecond, as seen lately. */
  readonly perMs: number;
  readonly stock: number;
  readonly stockMs: number;
}

/** 0: not now. A stock is filled up when half of it is gone, so that asking and working overlap. */
export function wanted({ concurrency, running, stocked, perMs, stock, stockMs }: Appetite): number {
  const ahead = Math.min(stock, Math.floor(perMs * stockMs));
  const want = concurrency + ahead - running - stocked;
  if (running + stocked < concurrency) return Math.max(0, want);
  return want >= Math.max(1, ahead / 2) ? want : 0;
}

/** Jobs ended a millisecond, the half of it from the last moment. */
export class Rate {
  #perMs = 0;
  #ended = 0;
  #sinceMs: number;
  static readonly #momentMs = 20;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  ended(): void {
    this.#ended++;
  }

  perMs(nowMs: number): number {
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs >= Rate.#momentMs) {
      this.#perMs = (this.#perMs + this.#ended / elapsedMs) / 2;
      this.#ended = 0;
      this.#sinceMs = nowMs;
    }
    return this.#perMs;
  }
}
