/**
 * The interval in which a quantile of the times lies: by order statistics, widened by the design effect (slow requests come together, so
 * that a thousand of them tell less than a thousand independent ones) and by the histogram's own error.
 */
import { type Histogram, mergeHistograms, quantileError } from '@palier/base/histogram';
import type { HistogramSnapshot } from '@palier/base/histogram';
import type { LoadSecond } from '@palier/protocol';
import { type Batch, designEffect } from './batch.ts';
import { quantileRanks } from './order.ts';

/** The share of slow requests in each of up to so many stretches tells how much they come together. */
const batchCount = 30;

/** The design effect of taking longer than `ms`, among `n` of all requests. */
export type Slowness = (ms: number, n: number) => number;

/**
 * From the seconds of each window. Seconds are of all routes; of a route's fewer requests fewer come together. Answers are remembered,
 * since the intervals of many routes ask for the same times.
 */
export function slownessOf(
  windows: readonly { readonly seconds: readonly LoadSecond[] }[],
  read: (second: LoadSecond) => HistogramSnapshot,
): Slowness {
  const all = windows.reduce((sum, window) => sum + window.seconds.length, 0);
  const perBatch = Math.max(1, Math.ceil(all / batchCount));
  const batches = windows.flatMap((window, stratum) =>
    stretches(window.seconds, perBatch).map((seconds) => {
      const times = mergeHistograms(seconds.map(read));
      const made = seconds.reduce((sum, { requests, errors }) => sum + requests - (errors['missing-value'] ?? 0), 0);
      return { stratum, times, trials: Math.max(made, times.count) };
    }),
  );
  const total = batches.reduce((sum, batch) => sum + batch.trials, 0);
  const known = new Map<number, number>();
  const effectAbove = (ms: number): number => {
    const asked: Batch[] = batches.map(({ stratum, times, trials }) => ({
      stratum,
      trials,
      hits: trials - times.count + times.countAbove(ms * 1000),
    }));
    return designEffect(asked);
  };
  return (ms, n) => {
    const effect = known.get(ms) ?? effectAbove(ms);
    known.set(ms, effect);
    return 1 + (effect - 1) * Math.min(1, n / Math.max(1, total));
  };
}

/**
 * Where the quantile `q` (0…1) of the times and of `unanswered` requests that are slower than any lies, milliseconds. `high` is Infinity
 * when there is no upper end, `low` too when more than the quantile's share was never answered.
 */
export function quantileInterval(
  times: Histogram,
  unanswered: number,
  q: number,
  confidence: number,
  slowness: Slowness,
): { readonly low: number; readonly high: number } {
  const n = times.count + unanswered;
  const at = (rank: number): number => (rank > times.count ? Number.POSITIVE_INFINITY : times.atRank(rank) / 1000);
  const ranks = quantileRanks(n, q, confidence, (rank) => slowness(at(rank), n));
  return {
    low: ranks.low === 0 ? 0 : at(ranks.low) * (1 - quantileError),
    high: ranks.high === null ? Number.POSITIVE_INFINITY : at(ranks.high) * (1 + quantileError),
  };
}

export function stretches(seconds: readonly LoadSecond[], size: number): readonly (readonly LoadSecond[])[] {
  return Array.from({ length: Math.ceil(seconds.length / size) }, (_, i) => seconds.slice(i * size, (i + 1) * size));
}
