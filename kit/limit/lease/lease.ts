/**
 * Permissions that one replica holds on stock for one id.
 *
 * They were taken from the bucket when the lease was opened, and may be used until `untilMs` of this process' own clock, counted from
 * before the call was sent: a lease never outlives what was promised of it, however slow the answer was.
 */
import type { Taken } from '../buckets.ts';
import type { LeasePolicy } from '../options.ts';

export interface LeaseFacts {
  /** When it was opened last, and what was taken on stock then. */
  readonly openedMs: number;
  readonly block: number;
  /** What was used since. */
  readonly used: number;
}

/**
 * How many to take on stock now. An id that comes once gets none, so that limits of rare ids stay exact to the permission; one that uses up
 * its stock early gets twice as much, one that did not gets what it used.
 */
export function nextBlock(facts: LeaseFacts | undefined, nowMs: number, policy: Required<LeasePolicy>): number {
  if (facts === undefined) return 0;
  const ageMs = nowMs - facts.openedMs;
  if (ageMs >= 2 * policy.forMs) return 0;
  const block = ageMs < policy.forMs ? Math.max(1, facts.block * 2) : facts.used;
  return Math.min(policy.permits, block);
}

export class Lease implements LeaseFacts {
  openedMs = 0;
  block = 0;
  used = 0;
  #left = 0;
  #untilMs = 0;
  /** What the bucket had beside the stock when it was asked last. */
  #beside = 0;
  /** Somebody asks the bucket; others wait for what comes of it. */
  refilling: Promise<Taken> | undefined;

  /** It was filled before. */
  get seen(): boolean {
    return this.#untilMs > 0;
  }

  get remaining(): number {
    return this.#left + this.#beside;
  }

  take(cost: number, nowMs: number): boolean {
    if (this.#left < cost || nowMs >= this.#untilMs) return false;
    this.#left -= cost;
    this.used += cost;
    return true;
  }

  /** What is left of the former stock lapses: it would outlive its time. */
  fill(units: number, beside: number, sentMs: number, forMs: number): void {
    this.openedMs = sentMs;
    this.block = units;
    this.used = 0;
    this.#left = units;
    this.#beside = beside;
    this.#untilMs = sentMs + forMs;
  }

  /** Only into the stock that it came from. */
  giveBack(cost: number, openedMs: number): void {
    if (this.openedMs !== openedMs) return;
    this.#left += cost;
    this.used -= cost;
  }
}
