/**
 * How long to wait before trying again: exponential with full jitter, so that a crowd that failed together does not come back together
 * (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
import type { Random } from './random.ts';

export interface BackoffOptions {
  /** The upper bound of the first wait. */
  readonly firstMs: number;
  /** The upper bound of every wait. */
  readonly maxMs: number;
  /** The lower bound of every wait, as a share of its upper bound: 0 is full jitter, 1 is none. */
  readonly floor: number;
}

/** The wait before attempt number `attempt` (0 is the first retry), in milliseconds. */
export function backoffMs(attempt: number, options: BackoffOptions, random: Random): number {
  const bound = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt, 52));
  return bound * (options.floor + (1 - options.floor) * random.next());
}
