/**
 * The confidence interval of a quantile by order statistics: whatever the distribution, the quantile lies between the `low`-th and the
 * `high`-th smallest value with at least the confidence asked for (David and Nagaraja, Order Statistics, 3rd edition, 7.1).
 */
import { binomialAtMost } from './binomial.ts';

export interface Ranks {
  /** From 1; 0: the sample has no lower end. */
  readonly low: number;
  /** At most `n`; null: the sample is too small to have an upper end. */
  readonly high: number | null;
}

/**
 * The ranks for the quantile `q` of `n` independent values. With a `designEffect` above 1 the values count as so many times fewer: the
 * interval grows by its square root.
 */
export function quantileRanks(n: number, q: number, confidence: number, designEffect = 1): Ranks {
  const independent = Math.max(1, Math.floor(n / designEffect));
  const tail = (1 - confidence) / 2;
  // The number of values below the quantile is binomial(n, q). low: at most low - 1 of them is improbable; high: at least high is.
  const low = lastWhere(0, independent, (rank) => binomialAtMost(rank - 1, independent, q) <= tail);
  const high = lastWhere(0, independent + 1, (rank) => 1 - binomialAtMost(rank - 1, independent, q) > tail) + 1;
  const scale = n / independent;
  return {
    low: Math.floor(low * scale),
    high: high > independent ? null : Math.min(n, Math.ceil(high * scale)),
  };
}

/** The fewest values with which the quantile `q` has an interval that is closed above. */
export function fewestForQuantile(q: number, confidence: number): number {
  return Math.ceil(Math.log((1 - confidence) / 2) / Math.log(q));
}

/** The largest number in `from`…`to` for which `holds` (true up to some number, false from there on; true at `from`). */
function lastWhere(from: number, to: number, holds: (value: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
