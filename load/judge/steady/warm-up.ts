/**
 * Where a warm-up ends: the MSER rule (White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69,
 * 1997): cut so much that the standard error of the mean of what is left is the smallest, and no more than that takes. It is applied to the mean of each second, which
 * is a batch mean already. On noise alone the rule cuts by chance, so a cut stands only when the cut part differs from the rest by a rank
 * test (Mann and Whitney, Annals of Mathematical Statistics 18, 1947) and by a size that matters.
 */
import { neighbourCorrelation } from '../statistics/batch.ts';
import { normalTail } from './normal.ts';

/** One false alarm in a thousand: the cut was chosen among many, which makes chance look like cause. */
const maxChance = 0.001;
/** A difference of the medians below a tenth is not worth a word. */
const leastDifference = 0.1;
/** Times the median. */
const clipAt = 3;
const fewestLeft = 10;
/** Times the smallest squared error: the rule by itself goes on cutting for the sake of some values that happen to be alike. */
export const nearlySmallest: number = 1.5;

/** How many of the values (in the order of time) belong to the warm-up; null when more than half may, so that it cannot be told. */
export function warmUpLength(values: readonly number[]): number | null {
  // A standstill in one second would rule the sums of squares.
  const most = clipAt * medianOf(values);
  const cut = mserCut(values.map((value) => Math.min(value, most)));
  if (cut === 0) return 0;
  const [before, after] = [values.slice(0, cut), values.slice(cut)];
  if (after.length < fewestLeft) return 0;
  const [was, is] = [medianOf(before), medianOf(after)];
  if (Math.abs(was - is) < leastDifference * is || chanceOfSame(before, after) > maxChance) return 0;
  return cut >= Math.floor(values.length / 2) ? null : cut;
}

/** The first d in 0…n/2 for which Σ(x − mean)² / (n − d)² over what follows is the smallest, but for what chance makes of it. */
export function mserCut(values: readonly number[]): number {
  let [sum, squares] = [0, 0];
  const errors: number[] = [];
  // The mean of all is taken off first: small variances of large values would drown.
  const shift = values.reduce((total, value) => total + value, 0) / Math.max(1, values.length);
  for (let cut = values.length - 1; cut >= 0; cut--) {
    const value = (values[cut] as number) - shift;
    sum += value;
    squares += value * value;
    const left = values.length - cut;
    if (cut <= values.length / 2) errors[cut] = Math.max(0, squares - (sum * sum) / left) / (left * left);
  }
  const most = nearlySmallest * Math.min(...errors);
  return Math.max(
    0,
    errors.findIndex((error) => error <= most),
  );
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

const centred = (values: readonly number[]): readonly number[] => {
  const middle = medianOf(values);
  return values.map((value) => value - middle);
};

/** Two-sided, by the normal approximation; few values cannot tell and give a large chance. `b` is taken to be steady. */
function chanceOfSame(a: readonly number[], b: readonly number[]): number {
  let u = 0;
  for (const x of a) for (const y of b) u += x > y ? 1 : x === y ? 0.5 : 0;
  const pairs = a.length * b.length;
  // Neighbours that are alike tell less: as in a first-order autoregressive series, and an estimate from few is too low. A warm-up that
  // ends within `a` is alike because it ends, which is no noise; then the rest alone tells.
  const noise = Math.min(neighbourCorrelation(b), neighbourCorrelation([...centred(a), ...centred(b)]));
  const alike = Math.max(0, noise) + 1 / Math.sqrt(a.length + b.length);
  const inflation = (1 + Math.min(0.9, alike)) / (1 - Math.min(0.9, alike));
  const spread = Math.sqrt((inflation * pairs * (a.length + b.length + 1)) / 12);
  return 2 * normalTail((Math.abs(u - pairs / 2) - 0.5) / spread);
}
