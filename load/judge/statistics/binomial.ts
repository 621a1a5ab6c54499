/**
 * How much a count of failures among so many trials tells about the chance of failure.
 *
 * Exact ("conservative") bounds: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
 * Biometrika 26 (1934). Counts may be fractions, since dependent trials are counted as fewer independent ones (`effectiveShare`).
 */
import { inverseBeta, regularisedBeta } from './beta.ts';

/** The chance of at most `k` successes in `n` trials of chance `p`. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return regularisedBeta(1 - p, n - k, k + 1);
}

/** Two bounds of the chance, each of which holds with `confidence` (0…1) on its own side. `n` ≥ 0, 0 ≤ `x` ≤ `n`. */
export function chanceBounds(
  x: number,
  n: number,
  confidence: number,
): { readonly low: number; readonly high: number } {
  if (n <= 0) return { low: 0, high: 1 };
  return {
    low: x <= 0 ? 0 : inverseBeta(1 - confidence, x, n - x + 1),
    high: x >= n ? 1 : inverseBeta(confidence, x + 1, n - x),
  };
}

/** Whether the upper bound of `chanceBounds` is at most `p`; one evaluation instead of a search. */
export function surelyAtMost(p: number, x: number, n: number, confidence: number): boolean {
  return x < n && regularisedBeta(p, x + 1, n - x) >= confidence;
}

/** Whether the lower bound of `chanceBounds` is at least `p`. */
export function surelyAtLeast(p: number, x: number, n: number, confidence: number): boolean {
  return x > 0 && regularisedBeta(p, x, n - x + 1) <= 1 - confidence;
}

/**
 * So many trials are needed until the upper bound lies below `limit`, if failures go on at the rate `share`; null when they would never
 * be enough (the rate is at or above the limit) or more than `most`.
 */
export function trialsToProveBelow(limit: number, share: number, confidence: number, most: number): number | null {
  if (share >= limit) return null;
  const enough = (n: number): boolean => surelyAtMost(limit, Math.round(share * n), n, confidence);
  let high = 1;
  while (!enough(high)) {
    high *= 2;
    if (high > most) return null;
  }
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
