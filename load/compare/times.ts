/**
 * The times of some requests, asked the other way round: which time has this share of them above it?
 */
import { Histogram } from '@palier/base/histogram';
import type { RouteReport } from '@palier/protocol';

export interface Times {
  /** Requests that were sent. */
  readonly n: number;
  readonly answered: number;
  /** The logarithm of the time, milliseconds, that this share (0…1) of the requests took longer than. */
  logAt(above: number): number;
}

/** What a request that was never answered counts as: longer than a person or a program waits. The logarithm of a minute. */
export const unansweredLog: number = Math.log(60_000);

export function timesOf(report: RouteReport): Times {
  const times = Histogram.from(report.response);
  const n = sentOf(report, times);
  return {
    n,
    answered: times.count,
    logAt(above) {
      const rank = Math.max(1, Math.ceil((1 - above) * n));
      return rank > times.count ? unansweredLog : Math.log(Math.max(1, times.atRank(rank)) / 1000);
    },
  };
}

/** A request that was never answered is slower than any; a step that lacked a value was never sent. */
export function sentOf(report: RouteReport, times: Histogram): number {
  return Math.max(times.count, report.requests - (report.errors['missing-value'] ?? 0));
}

/** How closely the times lie around this quantile: the share of requests for each e-fold of time. */
export function density(times: Times, above: number): number {
  const [more, less] = [Math.min(0.75, 2 * above), above / 2];
  return (more - less) / Math.max(narrowest, times.logAt(less) - times.logAt(more));
}

/** A histogram tells two times apart when they differ by more than this. */
const narrowest = 0.01;
