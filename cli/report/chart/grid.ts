/**
 * One grid of moments for all curves of a scenario, so that they line up and a day's run stays small.
 */

/** More cannot be told apart on a screen. */
const maxPoints = 600;

export interface Grid {
  readonly stepMs: number;
  /** The end of each step. */
  readonly atMs: readonly number[];
}

export function gridOf(durationMs: number): Grid {
  const stepMs = 1000 * Math.max(1, Math.ceil(durationMs / 1000 / maxPoints));
  return { stepMs, atMs: Array.from({ length: Math.ceil(durationMs / stepMs) }, (_, i) => (i + 1) * stepMs) };
}

/** One value a step, null where there is none: the highest of the step, or the mean. */
export function onGrid<T extends { readonly atMs: number }>(
  grid: Grid,
  points: readonly T[],
  how: 'highest' | 'mean',
  read: (point: T) => number | null,
): readonly (number | null)[] {
  const sums = grid.atMs.map(() => ({ count: 0, sum: 0, highest: Number.NEGATIVE_INFINITY }));
  for (const point of points) {
    const value = read(point);
    // A point stands for the time before it.
    const cell = sums[Math.min(sums.length - 1, Math.max(0, Math.ceil(point.atMs / grid.stepMs) - 1))];
    if (value === null || cell === undefined) continue;
    cell.count++;
    cell.sum += value;
    cell.highest = Math.max(cell.highest, value);
  }
  return sums.map(({ count, sum, highest }) => (count === 0 ? null : how === 'mean' ? sum / count : highest));
}
