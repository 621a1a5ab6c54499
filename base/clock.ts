/**
 * Time, handed in. Everything that reads the time takes a `Clock`, so that a test can set it and a simulation can skip it.
 */

/** Where the time comes from. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. May jump; use it to show and to store, never to measure. */
  epochMs(): number;
  /** Milliseconds since an arbitrary origin, with a fraction; never goes back. Use it to measure. */
  monotonicMs(): number;
}

/** The clock of this machine. */
export function systemClock(): Clock {
  return { epochMs: () => Date.now(), monotonicMs: () => performance.now() };
}
