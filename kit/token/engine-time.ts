/**
 * What the engine's clock says now, reckoned from its last answer and our monotonic clock: a replica whose wall clock is an hour off issues and
 * believes as the others do.
 *
 * Reckoned from the moment that the question was sent, the result is ahead of the engine by at most the way there and never behind: nothing is
 * good for longer than it says. Until the engine has answered for the first time, the wall clock of this machine has to do.
 */
import type { Clock } from '@palier/base/clock';

export interface Reading {
  /** Engine's epoch milliseconds minus our monotonic ones: at most too large by the way to the engine. */
  readonly aheadMs: number;
  readonly tookMs: number;
  readonly atMs: number;
}

/** A reading so old is replaced by whatever comes: clocks drift by up to 1 ms in 10 s (100 ppm). */
const readAgainAfterMs = 10_000;
/** After a failed question, the next one waits. */
const retryAfterMs = 1000;

/** The better of two: the quicker answer knows more, unless it is old. */
export function betterReading(held: Reading | undefined, next: Reading): Reading {
  if (held === undefined || next.atMs - held.atMs >= readAgainAfterMs) return next;
  return next.tookMs <= held.tookMs ? next : held;
}

export class EngineTime {
  readonly #clock: Clock;
  readonly #ask: () => Promise<number>;
  #reading: Reading | undefined;
  #asking: Promise<void> | undefined;
  #askAgainMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, ask: () => Promise<number>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Asks behind the back of whoever calls when the last answer is old. */
  nowMs(): number {
    const monotonicMs = this.#clock.monotonicMs();
    if (monotonicMs >= this.#askAgainMs) void this.learn();
    return Math.ceil(this.#reading === undefined ? this.#clock.epochMs() : monotonicMs + this.#reading.aheadMs);
  }

  /** Whether the engine has ever told. */
  get known(): boolean {
    return this.#reading !== undefined;
  }

  /** Resolves when the engine has answered or could not; those who come meanwhile wait for the same answer. */
  learn(): Promise<void> {
    this.#asking ??= this.#learn().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** One more reading, from an answer that had the time with it anyway. */
  see(engineMs: number, sentMs: number): void {
    const atMs = this.#clock.monotonicMs();
    this.#reading = betterReading(this.#reading, { aheadMs: engineMs - sentMs, tookMs: atMs - sentMs, atMs });
  }

  async #learn(): Promise<void> {
    const sentMs = this.#clock.monotonicMs();
    this.#askAgainMs = sentMs + retryAfterMs;
    try {
      this.see(await this.#ask(), sentMs);
      this.#askAgainMs = sentMs + readAgainAfterMs;
    } catch {
      // Whoever needs the engine for more than the time hears of it there.
    }
  }
}
