/**
 * Limits on p95 and p99 of the response time.
 *
 * The quantile is one of all requests: those that never got an answer (refused, reset) have no time and stand above every time, so that a
 * server cannot become faster by hanging up. The interval is one by order statistics, widened by the design effect of the seconds (slow
 * requests come together) and by the histogram's own error.
 */
import { mergeHistograms, quantileError, type Histogram } from '@palier/base/histogram';
import type { LoadSecond, RouteResult } from '@palier/protocol';
import type { JudgedWindow } from '../evidence.ts';
import type { JudgeOptions } from '../options.ts';
import { designEffect } from '../statistics/batch.ts';
import { fewestForQuantile, quantileRanks } from '../statistics/order.ts';
import { compare, type Finding, type Limit, unseen } from './finding.ts';
import { missing } from './missing.ts';

/** The share of slow requests in each of up to so many stretches tells how much they come together. */
const batchCount = 30;

export interface LatencyQuestion {
  readonly limit: Limit;
  /** 0.95 or 0.99. */
  readonly quantile: number;
  readonly minRequests: number;
  /** Null: all requests. */
  readonly route: string | null;
}

export function judgeLatency(
  question: LatencyQuestion,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): Finding {
  const { limit, quantile, minRequests, route } = question;
  const results = windows
    .map(({ result }) => (route === null ? result.total : result.routes[route]))
    .filter((result) => result !== undefined);
  const times = mergeHistograms(results.map((result) => result.response));
  const unanswered = results.reduce((sum, result) => sum + unansweredOf(result), 0);
  const n = times.count + unanswered;
  if (n === 0) return unseen(route === null ? 'no request was made' : 'no request to this route was made');

  const at = (rank: number): number => (rank > times.count ? Number.POSITIVE_INFINITY : times.atRank(rank) / 1000);
  const value = at(Math.max(1, Math.ceil(quantile * n)));
  const effectAbove = effectsAbove(windows, n);
  const ranks = quantileRanks(n, quantile, options.confidence, (rank) => effectAbove(at(rank)));
  const low = ranks.low === 0 ? 0 : at(ranks.low) * (1 - quantileError);
  const high = ranks.high === null ? Number.POSITIVE_INFINITY : at(ranks.high) * (1 + quantileError);
  const unansweredNote = unanswered === 0 ? '' : `${unanswered} of ${n} requests were never answered`;
  if (!Number.isFinite(value)) return neverAnswered(limit, n, low, unansweredNote);

  let outcome = compare(limit, value, { low, high });
  const needed = Math.max(minRequests, fewestForQuantile(quantile, options.confidence));
  if (n < needed && outcome === 'kept') outcome = 'unproved';
  const interval = Number.isFinite(high) ? { low, high } : null;
  const note =
    outcome === 'unproved'
      ? moreRequests(question, times, n, needed, effectAbove(limit.limit), windows)
      : unansweredNote;
  return { outcome, value, interval, samples: n, note };
}

/** Refused and broken connections: counted errors without a time. A step that lacked a value was never sent and does not count. */
function unansweredOf(result: RouteResult): number {
  return Math.max(0, result.requests - (result.errors['missing-value'] ?? 0) - result.response.count);
}

/** The quantile itself had no answer: more than its share of requests hung up. Its time is given by its lower end. */
function neverAnswered(limit: Limit, n: number, low: number, note: string): Finding {
  const broken = compare(limit, low, { low, high: Number.POSITIVE_INFINITY }) === 'broken' || !Number.isFinite(low);
  return {
    outcome: broken ? 'broken' : 'unproved',
    value: Number.isFinite(low) ? Math.max(low, limit.limit) : limit.limit,
    interval: null,
    samples: n,
    note: `${note}, so there is no such time`,
  };
}

function moreRequests(
  question: LatencyQuestion,
  times: Histogram,
  n: number,
  needed: number,
  effect: number,
  windows: readonly JudgedWindow[],
): string {
  if (n < needed) return missing(n, needed, windows);
  // The share above the limit must separate from the share allowed: normal approximation, good at these counts.
  const above = times.countAbove(question.limit.limit * 1000) / n;
  const gap = Math.abs(1 - question.quantile - above);
  const wanted = (1.96 ** 2 * Math.max(above, 1 / n) * (1 - above) * effect) / gap ** 2;
  return missing(n, gap === 0 ? Number.POSITIVE_INFINITY : Math.max(Math.ceil(wanted), Math.ceil(n * 1.2)), windows);
}

/**
 * The design effect of taking longer than a time, by that time in milliseconds. Seconds are of all routes; of a route's fewer requests
 * fewer come together.
 */
function effectsAbove(windows: readonly JudgedWindow[], n: number): (ms: number) => number {
  const all = windows.reduce((sum, window) => sum + window.seconds.length, 0);
  const perBatch = Math.max(1, Math.ceil(all / batchCount));
  const batches = windows.flatMap((window, stratum) =>
    stretches(window.seconds, perBatch).map((seconds) => {
      const times = mergeHistograms(seconds.map((second) => second.response));
      const made = seconds.reduce((sum, { requests, errors }) => sum + requests - (errors['missing-value'] ?? 0), 0);
      return { stratum, times, trials: Math.max(made, times.count) };
    }),
  );
  const total = batches.reduce((sum, batch) => sum + batch.trials, 0);
  return (ms) => {
    const effect = designEffect(
      batches.map(({ stratum, times, trials }) => ({
        stratum,
        trials,
        hits: trials - times.count + times.countAbove(ms * 1000),
      })),
    );
    return 1 + (effect - 1) * Math.min(1, n / Math.max(1, total));
  };
}

export function stretches(seconds: readonly LoadSecond[], size: number): readonly (readonly LoadSecond[])[] {
  return Array.from({ length: Math.ceil(seconds.length / size) }, (_, i) => seconds.slice(i * size, (i + 1) * size));
}
