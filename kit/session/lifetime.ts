/** How long a session lives, and when its use is worth writing down. Pure; all times are the engine's, in milliseconds since the epoch. */

export interface Lifetime {
  readonly absoluteMs: number;
  readonly idleMs: number;
}

/** When a session ends if nobody uses it again: the idle time, but never beyond the longest life. */
export function endsAtMs(createdMs: number, seenMs: number, { absoluteMs, idleMs }: Lifetime): number {
  return Math.min(createdMs + absoluteMs, seenMs + idleMs);
}

/**
 * Whether a use should be written down: after `touchEveryMs`, and only while that would lengthen its life. So an idle session ends at most
 * `touchEveryMs` early, never late.
 */
export function touchDue(
  { createdMs, seenMs }: { readonly createdMs: number; readonly seenMs: number },
  nowMs: number,
  lifetime: Lifetime,
  touchEveryMs: number,
): boolean {
  if (nowMs - seenMs < touchEveryMs) return false;
  return endsAtMs(createdMs, nowMs, lifetime) > endsAtMs(createdMs, seenMs, lifetime);
}
