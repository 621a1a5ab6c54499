/**
 * Whether a system took what it was sent and answered nothing: then no request ended in the judged time and none became due, and that is
 * the system's failure, not a want of evidence.
 */
import type { JudgedWindow } from '../evidence.ts';

/** The rest is what the generator needs between two requests. */
const leastWaitShare = 0.99;

/** No request ended, and the users that were there spent the time waiting for answers. */
export function allWaited(windows: readonly JudgedWindow[]): boolean {
  const sum = (part: (result: JudgedWindow['result']) => number): number =>
    windows.reduce((all, { result }) => all + part(result), 0);
  const userMs = sum((result) => result.userMs);
  return (
    userMs > 0 &&
    sum((result) => result.total.requests) === 0 &&
    sum((result) => result.waitMs) >= leastWaitShare * userMs
  );
}

export function judgedMs(windows: readonly JudgedWindow[]): number {
  return windows.reduce((all, window) => all + window.durationMs, 0);
}
