/**
 * The arithmetic of a comparison: medians, and intervals for them from order statistics. Pure.
 *
 * The interval makes no assumption about the distribution but that the rounds are independent (David and Nagaraja, "Order Statistics",
 * 7.1): the true median lies between the k-th smallest and the k-th largest of n values with probability 1 − 2·P(B < k), B binomial
 * (n, ½). Few rounds cannot give 95 %; then the whole range is the interval, and its real confidence is said.
 */

export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** The probability that low…high holds the true median. */
  readonly confidence: number;
  readonly count: number;
}

/** The middle value, or the mean of the two middle ones. NaN when there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  const high = sorted[upper];
  if (high === undefined) return Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[upper - 1] as number) + high) / 2;
}

/** Median and its narrowest symmetric order-statistic interval with at least `confidence`, or the whole range. Null without values. */
export function estimate(values: readonly number[], confidence = 0.95): Estimate | null {
  const count = values.length;
  if (count === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  let k = 1;
  while (2 * (k + 1) <= count && coverage(count, k + 1) >= confidence) k++;
  return {
    median: median(sorted),
    low: sorted[k - 1] as number,
    high: sorted[count - k] as number,
    confidence: coverage(count, k),
    count,
  };
}

/** Probability that the k-th smallest and the k-th largest of `count` values enclose the median. */
function coverage(count: number, k: number): number {
  let outside = 0;
  let choose = 1;
  for (let i = 0; i < k; i++) {
    outside += choose;
    choose = (choose * (count - i)) / (i + 1);
  }
  return Math.max(0, 1 - 2 * outside * 0.5 ** count);
}
