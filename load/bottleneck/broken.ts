/**
 * The figure of the limit that was broken, over a load that was held for a while, with its interval: what an intervention is to relieve.
 * Pure.
 *
 * Of quantiles and shares the value is that of all requests together; how far it may be off is told by the values of the seconds, in
 * batches that hardly depend on each other. Centred on the value of all rather than on the mean of the batches (sectioning), since a
 * quantile of few is biased, and no batch of a queue that grows is like the whole.
 */
import { type Histogram, mergeHistograms, quantileError } from '@palier/base/histogram';
import type { LimitRelief, CriterionResult, Estimate, LoadSecond } from '@palier/protocol';
import { batchMeans, studentT } from '../judge/index.ts';

export type BrokenFigure = Pick<LimitRelief, 'title' | 'unit' | 'limit' | 'direction'> & Estimate;

const confidence = 0.95;
/** Limits over all requests, by their titles: these are told by the seconds themselves. */
const quantiles: Readonly<Record<string, number>> = { 'p95 response time': 0.95, 'p99 response time': 0.99 };
const errorRate = 'error rate';
/** No error in n requests: with 95 % certainty the share is below 3/n (Hanley and Lippman-Hand, JAMA 249, 1983). */
const noneOf = 3;

/**
 * Limits of a route, a resource or a metric are as the judge found them. Null: no such limit, no interval, or more requests without an
 * answer than the quantile leaves out.
 */
export function brokenFigureOf(seconds: readonly LoadSecond[], criterion: CriterionResult | null): BrokenFigure | null {
  if (criterion === null) return null;
  const { title, unit, limit, direction, value, interval } = criterion;
  const quantile = quantiles[title];
  const estimate =
    quantile !== undefined
      ? quantileOf(seconds, quantile)
      : title === errorRate
        ? errorPercentOf(seconds)
        : value === null || interval === null
          ? null
          : { value, ...interval };
  return estimate === null ? null : { title, unit, limit, direction, ...estimate };
}

/** Times differ by factors rather than by milliseconds, so their logarithms are compared. */
function quantileOf(seconds: readonly LoadSecond[], quantile: number): Estimate | null {
  const all = timesOf(seconds);
  const value = all === null ? null : at(all, quantile);
  if (value === null) return null;
  const logarithms = seconds.flatMap((second) => {
    const times = timesOf([second]);
    if (times === null) return [];
    return [Math.log(at(times, quantile) ?? times.histogram.max / 1000)];
  });
  const half = halfWidth(logarithms, Math.log(value));
  if (half === null) return null;
  return {
    value,
    low: value * Math.exp(-half) * (1 - quantileError),
    high: Math.min(Number.MAX_VALUE, value * Math.exp(half) * (1 + quantileError)),
  };
}

function errorPercentOf(seconds: readonly LoadSecond[]): Estimate | null {
  const asked = seconds.filter(({ requests }) => requests > 0);
  const requests = asked.reduce((sum, second) => sum + second.requests, 0);
  const errors = asked.reduce((sum, second) => sum + errorsOf(second), 0);
  const value = (100 * errors) / Math.max(1, requests);
  const half = halfWidth(
    asked.map((second) => (100 * errorsOf(second)) / second.requests),
    value,
  );
  if (half === null) return null;
  const none = errors === 0 ? (100 * noneOf) / requests : 0;
  return { value, low: Math.max(0, value - half), high: Math.min(100, Math.max(none, value + half)) };
}

/** Half of the interval around `value`, from the values of the seconds in the order of time; null: too few. */
function halfWidth(values: readonly number[], value: number): number | null {
  const found = batchMeans(values);
  if (found === null) return null;
  const around = found.standardError ** 2 + (found.mean - value) ** 2 / found.degrees;
  return studentT(1 - confidence, found.degrees) * Math.sqrt(around);
}

interface Times {
  readonly histogram: Histogram;
  /** Requests that were refused or hung up on: slower than any. */
  readonly unanswered: number;
}

/** Null: no answers. */
function timesOf(seconds: readonly LoadSecond[]): Times | null {
  const histogram = mergeHistograms(seconds.map(({ response }) => response));
  if (histogram.count === 0) return null;
  const sent = seconds.reduce((sum, { requests, errors }) => sum + requests - (errors['missing-value'] ?? 0), 0);
  return { histogram, unanswered: Math.max(0, sent - histogram.count) };
}

/** Milliseconds; null: the quantile was never answered. */
function at({ histogram, unanswered }: Times, quantile: number): number | null {
  const rank = Math.ceil(quantile * (histogram.count + unanswered));
  return rank > histogram.count ? null : Math.max(1, histogram.atRank(rank)) / 1000;
}

/** Of all classes. */
export function errorsOf({ errors }: LoadSecond): number {
  return Object.values(errors).reduce((sum: number, count) => sum + count, 0);
}
