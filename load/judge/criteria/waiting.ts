/**
 * Whether a system took what it was sent and answered nothing: then no request becomes due in the judged time, and perhaps none
 * ends; that is the system's failure, not a want of evidence.
 */
import type { JudgedWindow } from '../evidence.ts';

/** The rest is what the generator needs between two requests. */
const leastWaitShare = 0.99;

/** The users that were there spent the time waiting for answers. */
export function waitedThroughout(windows: readonly JudgedWindow[]): boolean {
  const userMs = sum(windows, (result) => result.userMs);
  return userMs > 0 && sum(windows, (result) => result.waitMs) >= leastWaitShare * userMs;
}

/** And no request ended, in vain or not. */
export function nothingEnded(windows: readonly JudgedWindow[]): boolean {
  return waitedThroughout(windows) && sum(windows, (result) => result.total.requests) === 0;
}

export function judgedMs(windows: readonly JudgedWindow[]): number {
  return windows.reduce((all, window) => all + window.durationMs, 0);
}

function sum(windows: readonly JudgedWindow[], part: (result: JudgedWindow['result']) => number): number {
  return windows.reduce((all, { result }) => all + part(result), 0);
}
