/** Whether searches that were made one after the other found the same. Pure. */
import { chanceOfTrend, slopeOf } from './trend.ts';

/** So seldom is a series of equal systems called drifting. */
const maxChance = 0.02;
/** Fewer values show no trend at that chance. */
const fewestForTrend = 6;

export interface Agreement {
  /** In the middle of all. */
  readonly middle: number;
  /** The largest deviation from it, as a share. */
  readonly within: number;
  /** The change from the first to the last as a share of the middle, where chance does not explain it (Mann and Kendall's test); else 0. */
  readonly drift: number;
}

/** Null when there is nothing to compare. */
export function agreementOf(values: readonly number[]): Agreement | null {
  if (values.length < 2) return null;
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
  if (!(middle > 0)) return null;
  const within = Math.max(...values.map((value) => Math.abs(value - middle) / middle));
  const trends = values.length >= fewestForTrend && chanceOfTrend(values) <= maxChance;
  return { middle, within, drift: trends ? (slopeOf(values) * (values.length - 1)) / middle : 0 };
}
