/**
 * The judged seconds of a run, and how far a share or a mean over them may be off although they depend on each other.
 *
 * Each hold is compared with itself only: what is looked at is how a second differs from the mean of its hold.
 */
import { batchMeans, type BatchMeans } from '../judge/index.ts';
import type { ScenarioReport, SeriesPoint } from '@palier/protocol';

/** The points of each judged stretch, in the order of time. */
export function judgedPoints(scenario: ScenarioReport): readonly (readonly SeriesPoint[])[] {
  return inStretches(scenario, scenario.series, ({ atMs, spanMs }) => atMs - spanMs / 2);
}

/** What was seen in each judged stretch; `middleMs` says when. */
export function inStretches<T>(
  scenario: ScenarioReport,
  seen: readonly T[],
  middleMs: (one: T) => number,
): readonly (readonly T[])[] {
  return scenario.phases
    .flatMap(({ judged }) => judged ?? [])
    .map(({ startMs, endMs }) => seen.filter((one) => middleMs(one) >= startMs && middleMs(one) < endMs))
    .filter((stretch) => stretch.length > 0);
}

/** The mean of the values and its error; null for fewer than 15. */
export function meanOver(stretches: readonly (readonly number[])[]): BatchMeans | null {
  const all = stretches.flat();
  const mean = meanOf(all);
  const found = batchMeans(
    stretches.flatMap((stretch) => {
      const own = meanOf(stretch);
      return stretch.map((value) => value - own);
    }),
  );
  return found === null ? null : { ...found, mean };
}

/** Some trials of one point, of which some were hits. */
export interface Trials {
  readonly trials: number;
  readonly hits: number;
}

/** How much hits come together. */
export interface Clumping {
  /** So many times fewer independent trials tell as much about the share of hits: at least 1. */
  readonly effect: number;
  readonly degrees: number;
}

/** Null for fewer than 15 points. */
export function clumpingOf(stretches: readonly (readonly Trials[])[]): Clumping | null {
  const residuals = stretches.map((stretch) => {
    const share =
      sumOf(stretch, ({ hits }) => hits) /
      Math.max(
        1,
        sumOf(stretch, ({ trials }) => trials),
      );
    return stretch.map(({ trials, hits }) => hits - share * trials);
  });
  const found = meanOver(residuals);
  if (found === null) return null;
  const independent = sumOf(stretches, (stretch) => {
    const trials = sumOf(stretch, (one) => one.trials);
    const hits = sumOf(stretch, (one) => one.hits);
    return trials === 0 ? 0 : (hits * (trials - hits)) / trials;
  });
  const variance = (found.standardError * sumOf(residuals, ({ length }) => length)) ** 2;
  return { effect: independent <= 0 ? 1 : Math.max(1, variance / independent), degrees: found.degrees };
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : sumOf(values, (value) => value) / values.length;
}

function sumOf<T>(list: readonly T[], read: (one: T) => number): number {
  return list.reduce((sum, one) => sum + read(one), 0);
}
