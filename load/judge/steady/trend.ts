/**
 * Whether values drift: Mann and Kendall's rank test (Mann, Econometrica 13, 1945) on the medians of batches that hardly depend on each
 * other (a standstill in one second is no trend), and how fast: Theil and Sen's slope (Sen, Journal of the American Statistical Association 63, 1968). A drift is one that chance does not
 * explain and that changes the figure by a share that matters.
 */
import { batchCountFor, batchesOf } from '../statistics/batch.ts';
import { normalTail } from './normal.ts';
import { medianOf } from './warm-up.ts';

/** Three seconds in each of ten batches; fewer seconds are neither steady nor drifting. */
export const fewestForDrift = 30;
/** So seldom is a steady run called drifting. */
const maxChance = 0.005;
/** Over the whole stretch, as a share of the median. Less is not what anybody would act upon. */
const leastDrift = 0.1;

/** The change over the whole stretch as a share of the median, 0.2: a fifth more; 0 when steady. */
export function driftOf(values: readonly number[]): number {
  if (values.length < fewestForDrift) return 0;
  // The trend itself would be taken for correlation.
  const batches = batchesOf(values, batchCountFor(withoutTrend(values)), medianOf);
  const middle = medianOf(batches);
  if (middle <= 0 || chanceOfTrend(batches) > maxChance) return 0;
  const drift = (slopeOf(batches) * batches.length) / middle;
  return Math.abs(drift) < leastDrift ? 0 : drift;
}

/** What is left of a line by least squares. */
function withoutTrend(values: readonly number[]): readonly number[] {
  const middle = (values.length - 1) / 2;
  let [together, alone] = [0, 0];
  for (const [i, value] of values.entries()) {
    together += (i - middle) * value;
    alone += (i - middle) ** 2;
  }
  return values.map((value, i) => value - ((i - middle) * together) / Math.max(1, alone));
}

/** How likely such a trend is by chance: two-sided, with the correction for continuity. */
export function chanceOfTrend(values: readonly number[]): number {
  const n = values.length;
  let score = 0;
  for (const [i, value] of values.entries()) {
    for (let j = 0; j < i; j++) score += Math.sign(value - (values[j] as number));
  }
  const spread = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return spread === 0 ? 1 : 2 * normalTail(Math.max(0, Math.abs(score) - 1) / spread);
}

/** The median of the slopes between all pairs, from one value to the next. */
export function slopeOf(values: readonly number[]): number {
  const slopes: number[] = [];
  for (const [i, value] of values.entries()) {
    for (let j = 0; j < i; j++) slopes.push((value - (values[j] as number)) / (i - j));
  }
  return medianOf(slopes);
}
