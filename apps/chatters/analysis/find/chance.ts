/**
 * How unlikely a count is. Upper bounds (Chernoff 1952, in the form of Hoeffding 1963), as natural logarithms: a bound accuses later than the
 * exact tail would, and holds for counts of any size.
 */

/** The logarithm of at most how likely `count` or more are where `expected` are usual (Poisson). */
export function logPoissonTail(count: number, expected: number): number {
  if (count <= expected) return 0;
  if (expected <= 0) return Number.NEGATIVE_INFINITY;
  return count - expected - count * Math.log(count / expected);
}

/** The logarithm of at most how likely `count` or more of `of` are, each of them with chance `each` (binomial). */
export function logBinomialTail(count: number, of: number, each: number): number {
  const part = count / of;
  if (part <= each || each >= 1) return 0;
  const rest = part >= 1 ? 0 : (1 - part) * Math.log((1 - part) / (1 - each));
  return -of * (part * Math.log(part / each) + rest);
}
