/**
 * Means and shares of values that depend on their neighbours, as everything measured second by second does.
 *
 * Batch means: neighbouring values are averaged in batches so long that the batches hardly depend on each other, and these are treated as
 * a sample (Law, Simulation Modeling and Analysis, 5th edition, 9.5.3). Design effect: how many times larger the variance of a share is
 * than that of as many independent trials (Kish, Survey Sampling, 1965; ratio estimator over clusters).
 */
import { studentT } from './beta.ts';

/** Some trials of one stretch of time. */
export interface Batch {
  /** Batches of different strata (holds) are not compared with each other. */
  readonly stratum: number;
  readonly trials: number;
  readonly hits: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Tried from the finest; fewer than 5 batches have a t so large that the interval says nothing. */
const batchCounts = [20, 10, 7, 5] as const;
const fewestValues = 15;

export interface BatchMeans {
  readonly mean: number;
  readonly standardError: number;
  /** Degrees of freedom of the standard error. */
  readonly degrees: number;
}

/** The interval of the mean of `values` (in the order of time); null for fewer than 15. */
export function batchMeansInterval(values: readonly number[], confidence: number): Interval | null {
  const found = batchMeans(values);
  if (found === null) return null;
  const half = studentT(1 - confidence, found.degrees) * found.standardError;
  return { low: found.mean - half, high: found.mean + half };
}

/** The mean of `values` (in the order of time) and how far it may be off; null for fewer than 15. */
export function batchMeans(values: readonly number[]): BatchMeans | null {
  if (values.length < fewestValues) return null;
  const means = independentBatches(values);
  // What correlation is left between neighbours widens the interval as in a first-order autoregressive series. An estimate from so few
  // batches is too low by one in their number.
  const left = Math.min(0.8, Math.max(0, neighbourCorrelation(means) + 1 / means.length));
  const variance = (varianceOf(means) / means.length) * ((1 + left) / (1 - left));
  return { mean: meanOf(values), standardError: Math.sqrt(variance), degrees: means.length - 1 };
}

/**
 * How many times fewer independent trials tell as much about the share of hits; at least 1, and 1 for fewer than 10 batches, which could
 * not tell.
 */
export function designEffect(batches: readonly Batch[]): number {
  const used = batches.filter((batch) => batch.trials > 0);
  const strata = Map.groupBy(used, (batch) => batch.stratum);
  if (used.length - strata.size < 9) return 1;
  let [squares, expected] = [0, 0];
  for (const stratum of strata.values()) {
    const trials = stratum.reduce((sum, batch) => sum + batch.trials, 0);
    const share = stratum.reduce((sum, batch) => sum + batch.hits, 0) / trials;
    if (stratum.length < 2) continue;
    const spread = stratum.reduce((sum, batch) => sum + (batch.hits - share * batch.trials) ** 2, 0);
    squares += (spread * stratum.length) / (stratum.length - 1);
    expected += share * (1 - share) * trials;
  }
  return expected <= 0 ? 1 : Math.max(1, squares / expected);
}

/** Means of as many batches as are hardly correlated; of the fewest when none are. */
function independentBatches(values: readonly number[]): readonly number[] {
  return batchesOf(values, batchCountFor(values));
}

/** How many batches are hardly correlated; the fewest when none are. */
export function batchCountFor(values: readonly number[]): number {
  const fewest = batchCounts[batchCounts.length - 1] as number;
  const count = batchCounts.find(
    (one) =>
      (values.length >= one * 2 || one === fewest) &&
      // One standard error of the correlation of independent values.
      neighbourCorrelation(batchesOf(values, one)) < 1 / Math.sqrt(one),
  );
  return count ?? fewest;
}

/** One figure for each of so many batches; their mean unless another is asked for. */
export function batchesOf(
  values: readonly number[],
  count: number,
  figureOf: (batch: readonly number[]) => number = meanOf,
): readonly number[] {
  return Array.from({ length: count }, (_, i) =>
    figureOf(values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count))),
  );
}

/** Of each value with the next, −1…1. */
export function neighbourCorrelation(values: readonly number[]): number {
  const mean = meanOf(values);
  let [together, alone] = [0, 0];
  for (const [i, value] of values.entries()) {
    alone += (value - mean) ** 2;
    if (i > 0) together += (value - mean) * ((values[i - 1] as number) - mean);
  }
  return alone === 0 ? 0 : together / alone;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
