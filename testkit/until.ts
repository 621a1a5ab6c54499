/**
 * Waiting for something to become true, in tests of real processes.
 */

export interface UntilOptions {
  /** Default 30 000. Long, because a busy machine is no failed test. */
  readonly withinMs?: number;
  /** Default 20. */
  readonly everyMs?: number;
}

/**
 * What `look` answers as soon as it is neither undefined, null nor false; it is asked again and again. Throws an error that names
 * `what` when the time is over, with the last error of `look` as its cause.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { withinMs = 30_000, everyMs = 20 }: UntilOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    let cause: unknown;
    try {
      const found = await look();
      if (found !== undefined && found !== null && found !== false)
        return found as Exclude<T, undefined | null | false>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= endMs) throw new Error(`waited ${withinMs} ms in vain: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
