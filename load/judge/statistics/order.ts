/**
 * The confidence interval of a quantile by order statistics: whatever the distribution, the quantile lies between the `low`-th and the
 * `high`-th smallest value with at least the confidence asked for (David and Nagaraja, Order Statistics, 3rd edition, 7.1).
 *
 * Written as a question about shares: the quantile `q` lies at or below the `high`-th value when the share of values above it is surely at
 * most 1 − q. So a design effect can be asked for at each value: how much the values above it come together.
 */
import { surelyAtLeast, surelyAtMost } from './binomial.ts';

export interface Ranks {
  /** From 1; 0: the sample has no lower end. */
  readonly low: number;
  /** At most `n`; null: the sample is too small to have an upper end. */
  readonly high: number | null;
}

/** The ranks for the quantile `q` of `n` values; `effectAbove(rank)` is the design effect of lying above the value of that rank. */
export function quantileRanks(
  n: number,
  q: number,
  confidence: number,
  effectAbove: (rank: number) => number = () => 1,
): Ranks {
  const oneSided = (1 + confidence) / 2;
  const middle = Math.max(1, Math.min(n, Math.ceil(q * n)));
  const low = lastWhere(0, middle, (rank) => {
    const effect = effectAbove(rank);
    return surelyAtLeast(1 - q, (n - rank + 1) / effect, n / effect, oneSided);
  });
  const belowHigh = lastWhere(low, n, (rank) => {
    const effect = effectAbove(rank);
    return !surelyAtMost(1 - q, (n - rank) / effect, n / effect, oneSided);
  });
  const high = belowHigh + 1;
  return { low, high: high > n ? null : high };
}

/** The fewest values with which the quantile `q` has an interval that is closed above. */
export function fewestForQuantile(q: number, confidence: number): number {
  return Math.ceil(Math.log((1 - confidence) / 2) / Math.log(q));
}

/** The largest number in `from`…`to` for which `holds` (true up to some number, false from there on; taken for true at `from`). */
function lastWhere(from: number, to: number, holds: (value: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
