/**
 * Whether some seconds of a load that is still running keep the limits, by what can be seen from outside: enough to step on or to turn
 * back, not to judge.
 */
import { mergeHistograms } from '@palier/base/histogram';
import type { LimitsFile, LoadSecond } from '@palier/protocol';

/** Fewer answers say nothing of a p95. */
const leastAnswers = 10;

/** Null: too little to say. Only limits over all requests are looked at. */
export function keepsLimits(seconds: readonly LoadSecond[], limits: LimitsFile): boolean | null {
  const requests = seconds.reduce((sum, second) => sum + second.requests, 0);
  const errors = seconds.reduce((sum, second) => sum + failed(second), 0);
  const times = mergeHistograms(seconds.map((second) => second.response));
  // Nobody was answered although somebody waits.
  if (requests === 0) return seconds.length > 0 && seconds.every(({ inFlight }) => inFlight > 0) ? false : null;
  if (errors * 2 > requests) return false;
  if (times.count < leastAnswers) return null;
  const { p95Ms, p99Ms, errorPercent } = limits;
  const slow = (quantile: number, limitMs: number | undefined): boolean =>
    limitMs !== undefined && times.quantile(quantile) >= limitMs * 1000;
  if (slow(0.95, p95Ms) || slow(0.99, p99Ms)) return false;
  return !(errorPercent !== undefined && (100 * errors) / requests >= errorPercent);
}

/** Whether there is a limit that `keepsLimits` can see. */
export function seenLive({ p95Ms, p99Ms, errorPercent }: LimitsFile): boolean {
  return p95Ms !== undefined || p99Ms !== undefined || errorPercent !== undefined;
}

function failed(second: LoadSecond): number {
  return Object.values(second.errors).reduce((sum, count) => sum + count, 0);
}
