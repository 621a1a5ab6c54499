/**
 * By how much an interval is to be wider because its values come in groups that differ: the root of the design effect 1 + (m − 1) · ρ (Kish,
 * Survey Sampling, 1965), where m values make a group and ρ is the share of the variance that lies between the groups, by analysis of
 * variance; and, as far as the groups are what counts, Student's quantile for their number instead of the normal one.
 */
import { studentT } from '../../judge/index.ts';

/** 95 % to both sides. */
const normal = 1.96;
const outside = 0.05;

/** At least 1; 1 where nothing tells. */
export function widening(groups: readonly (readonly number[])[]): number {
  const all = groups.flat();
  const within = all.length - groups.length;
  const between = groups.length - 1;
  if (between < 1 || within < 1) return 1;
  const mean = meanOf(all);
  const squares = groups.map((group) => group.reduce((sum, value) => sum + (value - meanOf(group)) ** 2, 0));
  const meanWithin = squares.reduce((sum, one) => sum + one, 0) / within;
  const meanBetween = groups.reduce((sum, group) => sum + group.length * (meanOf(group) - mean) ** 2, 0) / between;
  // Groups of unequal size count as so many each.
  const size = (all.length - groups.reduce((sum, { length }) => sum + length ** 2, 0) / all.length) / between;
  const variance = Math.max(0, (meanBetween - meanWithin) / size);
  if (variance === 0) return 1;
  const correlation = variance / (variance + meanWithin);
  const few = studentT(outside, between) / normal - 1;
  return Math.sqrt(1 + (size - 1) * correlation) * (1 + few * correlation);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
