/**
 * The Universal Scalability Law, fitted to what was measured, or refused with a reason: a law is only given when it also predicts the
 * points that it was not shown.
 *
 * X(N) = γN / (1 + α(N − 1) + βN(N − 1)): γ what one alone does, α the share that waits for its turn, β the cost of agreeing with each
 * other. Gunther, "Guerrilla Capacity Planning", Springer 2007, chapter 6. Written as N/X = a + b(N − 1) + cN(N − 1) it is linear with
 * 0 ≤ b ≤ a and c ≥ 0, so that the least squares of the relative residuals have one minimum, found exactly by trying which bounds hold.
 * Own code: the kept library (ml-levenberg-marquardt, with ml-matrix) wants a first guess and may end beside the minimum.
 */
import type { Random } from '@palier/base/random';
import type { LimitEstimate, Probe, ScalabilityLaw } from '@palier/protocol';
import { type CapacityLawOptions, lawDefaults } from './law-options.ts';

export interface LawPoint {
  readonly n: number;
  readonly perSecond: number;
  /** The ends of its 95 % interval; missing where it has none. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** What lies outside was no measurement; it is left out. */
const usableRange = { from: 1e-6, to: 1e9 } as const;

export type LawFit = NonNullable<ScalabilityLaw['fit']>;

/** The law without its quality, and where its peak lies. */
export type Curve = Omit<LawFit, 'r2'>;

/** Fits `points`, in any order, several at one n allowed. The residual of a point is (measured − law) / law; 0 when the law was refused. */
export function scalabilityLaw(
  over: ScalabilityLaw['over'],
  points: readonly LawPoint[],
  options: CapacityLawOptions = lawDefaults,
): ScalabilityLaw {
  const usable = points.filter(({ n, perSecond }) => isUsable(n) && isUsable(perSecond)).toSorted((a, b) => a.n - b.n);
  const raw = usable.length < 2 ? null : leastSquares(usable);
  const refused = refusal(over, usable, raw, options);
  if (raw === null || refused !== null) {
    const sentence = refused ?? 'No law is fitted: the points allow none.';
    return { over, points: usable.map((point) => Object.assign({}, point, { residual: 0 })), fit: null, sentence };
  }
  const fit: LawFit = { ...raw, r2: explained(usable, raw), peakN: peakOf(raw) };
  const judged = usable.map((point) => Object.assign({}, point, { residual: residual(point, fit) }));
  return { over, points: judged, fit, sentence: describe(over, judged, fit, options) };
}

/** What the law expects at n, requests a second. */
export function throughputAt({ gamma, alpha, beta }: Pick<LawFit, 'gamma' | 'alpha' | 'beta'>, n: number): number {
  return (gamma * n) / (1 + alpha * (n - 1) + beta * n * (n - 1));
}

/**
 * What the law might as well be: fitted to `count` draws of its points, each around the law as far as its interval reaches (log-normal on
 * either side). Not around the points: those that grow faster than in proportion would draw nothing but growth in proportion, and hide the
 * doubt. Empty when the law was refused, or no point has an interval.
 */
export function lawsWithin(
  { points, fit }: Pick<ScalabilityLaw, 'points' | 'fit'>,
  count: number,
  random: Random,
): readonly Curve[] {
  if (fit === null || points.every(({ low, high }) => low === undefined && high === undefined)) return [];
  const curves: Curve[] = [];
  for (let i = 0; i < count; i++) {
    const shape = leastSquares(
      points.map((point) => ({ n: point.n, perSecond: throughputAt(fit, point.n) * drawn(point, random) })),
    );
    if (shape !== null) curves.push({ ...shape, peakN: peakOf(shape) });
  }
  return curves;
}

/** Whether n lies within what the points of a law cover; outside of it nothing was measured. */
export function isMeasured({ points }: Pick<ScalabilityLaw, 'points'>, n: number): boolean {
  return n >= Math.min(...points.map((point) => point.n)) && n <= Math.max(...points.map((point) => point.n));
}

/**
 * Points over concurrency from the probes at one number of replicas. N = X·R counts the requests in the system; users who think are not
 * in it. Left out: what was changed for a trial, what came down from an overload, what was invalid or mostly failed; and where less than
 * one request was in hand on average, since the law begins at one.
 */
export function concurrencyPoints(
  probes: readonly Probe[],
  replicas: number,
  options: CapacityLawOptions = lawDefaults,
): readonly LawPoint[] {
  return probes
    .filter((probe) => probe.replicas === replicas && probe.change === null && probe.outcome !== 'invalid')
    .filter(({ purpose, errorPercent }) => purpose !== 'recovery' && errorPercent <= options.maxErrorPercent)
    .map(({ requestsPerSecond, meanMs }) => ({
      n: (requestsPerSecond * meanMs) / 1000,
      perSecond: requestsPerSecond,
    }))
    .filter(({ n }) => n >= 1);
}

/** Points over replicas: the limit that was found at each number of them; the best probe would be the luckiest. */
export function replicaPoints(limits: readonly LimitEstimate[]): readonly LawPoint[] {
  return limits.map(({ replicas, requestsPerSecond: { value, low, high } }) => {
    return { n: replicas, perSecond: value, low, high };
  });
}

/** A 95 % interval reaches as many standard deviations to either side. */
const deviations = 1.96;

/** What a measurement of the point is to its true value. */
function drawn({ perSecond, low = perSecond, high = perSecond }: LawPoint, random: Random): number {
  // Box, Muller 1958. An interval that reaches down to nothing would have no logarithm.
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const end = normal < 0 ? Math.max(low, perSecond / 100) : high;
  return Math.exp((Math.abs(normal) * Math.log(end / perSecond)) / deviations);
}

/** The law without its quality. */
type Shape = Pick<LawFit, 'gamma' | 'alpha' | 'beta'>;

function residual({ n, perSecond }: LawPoint, shape: Shape): number {
  const expected = throughputAt(shape, n);
  return (perSecond - expected) / expected;
}

function isUsable(value: number): boolean {
  return value >= usableRange.from && value <= usableRange.to;
}

/** Null when no law with γ > 0 fits at all. */
function leastSquares(points: readonly LawPoint[]): Shape | null {
  // Relative residuals: each equation N/X = … is divided by its own N/X.
  const rows = points.map(({ n, perSecond }) => {
    const weight = perSecond / n;
    return [weight, weight * (n - 1), weight * n * (n - 1)] as const;
  });
  let best: { readonly squares: number; readonly abc: readonly [number, number, number] } | null = null;
  for (const columns of boundSets) {
    const abc = solveWithin(rows, columns);
    if (abc === null) continue;
    const squares = rows.reduce((sum, [x, y, z]) => sum + (1 - abc[0] * x - abc[1] * y - abc[2] * z) ** 2, 0);
    if (best === null || squares < best.squares - 1e-12) best = { squares, abc };
  }
  if (best === null) return null;
  const [a, b, c] = best.abc;
  return { gamma: 1 / a, alpha: b / a, beta: c / a };
}

type Row = readonly [number, number, number];

/** The free directions of (a, b, c) for each choice of bounds: b is 0, free or equal to a; c is 0 or free. The simplest first. */
const boundSets: readonly (readonly Row[])[] = [
  [[1, 0, 0]],
  [[1, 1, 0]],
  [
    [1, 0, 0],
    [0, 1, 0],
  ],
  [
    [1, 0, 0],
    [0, 0, 1],
  ],
  [
    [1, 1, 0],
    [0, 0, 1],
  ],
  [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
];

/** Least squares of rows·abc = 1 over the span of `directions`; null when singular or outside the bounds. */
function solveWithin(rows: readonly Row[], directions: readonly Row[]): Row | null {
  const reduced = rows.map((row) => directions.map((direction) => dot(row, direction)));
  const matrix = directions.map((_, i) => [
    ...directions.map((__, j) => reduced.reduce((sum, row) => sum + (row[i] as number) * (row[j] as number), 0)),
    reduced.reduce((sum, row) => sum + (row[i] as number), 0),
  ]);
  const weights = gauss(matrix);
  if (weights === null) return null;
  const abc = [0, 1, 2].map((k) =>
    directions.reduce((sum, row, i) => sum + (weights[i] as number) * (row[k] as number), 0),
  );
  const [a, b, c] = abc as [number, number, number];
  return a > 0 && b >= 0 && b <= a * (1 + 1e-9) && c >= 0 ? [a, Math.min(a, b), c] : null;
}

function dot(a: Row, b: Row): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Gauss with pivots on at most 3 × 4, columns scaled to 1 before; null when singular. */
function gauss(input: readonly (readonly number[])[]): readonly number[] | null {
  const size = input.length;
  const scale = input.map((row, i) => Math.sqrt(row[i] as number) || 1);
  const m = input.map((row, i) => row.map((value, j) => value / (scale[i] as number) / (scale[j] ?? 1)));
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let i = column + 1; i < size; i++) if (Math.abs(at(m, i, column)) > Math.abs(at(m, pivot, column))) pivot = i;
    [m[column], m[pivot]] = [m[pivot] as number[], m[column] as number[]];
    if (Math.abs(at(m, column, column)) < 1e-11) return null;
    for (let i = 0; i < size; i++) {
      if (i === column) continue;
      const factor = at(m, i, column) / at(m, column, column);
      m[i] = (m[i] as number[]).map((value, j) => value - factor * at(m, column, j));
    }
  }
  return m.map((_, i) => at(m, i, size) / at(m, i, i) / (scale[i] as number));
}

function at(matrix: readonly (readonly number[])[], i: number, j: number): number {
  return (matrix[i] as readonly number[])[j] as number;
}

/** Share of the variance of the throughputs. */
function explained(points: readonly LawPoint[], shape: Shape): number {
  const mean = points.reduce((sum, { perSecond }) => sum + perSecond, 0) / points.length;
  const total = points.reduce((sum, { perSecond }) => sum + (perSecond - mean) ** 2, 0);
  const left = points.reduce((sum, { n, perSecond }) => sum + (perSecond - throughputAt(shape, n)) ** 2, 0);
  return total === 0 ? 0 : Math.max(0, 1 - left / total);
}

function peakOf({ alpha, beta }: Shape): number | null {
  return beta <= 0 ? null : Math.max(1, Math.sqrt((1 - alpha) / beta));
}

/** Why no law is given, or null. */
function refusal(
  over: ScalabilityLaw['over'],
  points: readonly LawPoint[],
  shape: Shape | null,
  options: CapacityLawOptions,
): string | null {
  const least = over === 'replicas' ? options.minReplicaPoints : options.minConcurrencyPoints;
  const distinct = distinctCount(points, over === 'replicas' ? 1 : 1 + options.sameConcurrencyShare);
  const what = over === 'replicas' ? 'numbers of replicas' : 'distinct concurrencies';
  if (distinct < least) return `No law over ${over}: ${what} measured: ${distinct}; it takes at least ${least}.`;
  const [lowest, highest] = [points[0] as LawPoint, points.at(-1) as LawPoint];
  if (over === 'concurrency' && highest.n < options.minConcurrencySpan * lowest.n) {
    return `No law over concurrency: from ${short(lowest.n)} to ${short(highest.n)} requests at once no bend can be seen; the highest should be at least ${options.minConcurrencySpan} times the lowest.`;
  }
  if (shape === null) return `No law over ${over}: the throughputs fit none with α and β of at least 0.`;
  const worst = Math.max(...points.map((point) => Math.abs(residual(point, shape))));
  const noise = Math.sqrt(mean(points.map((point) => residual(point, shape) ** 2)));
  const values = points.map(({ perSecond }) => perSecond);
  const effect = Math.max(...values) / Math.min(...values) - 1;
  if (effect < options.minEffectToNoise * noise) {
    return `No law over ${over}: the throughputs differ by ${percent(effect)} and scatter by ${percent(noise)} around the law; the noise is as large as the effect.`;
  }
  const r2 = explained(points, shape);
  if (r2 < options.minR2 || worst > options.maxResidual) {
    return `No law over ${over}: the best fit explains ${percent(r2)} of the variance and is up to ${percent(worst)} off a point; it should explain at least ${percent(options.minR2)} and be at most ${percent(options.maxResidual)} off.`;
  }
  if (points.length <= 3) return null;
  const missed = worstPrediction(points);
  if (missed <= options.maxPrediction) return null;
  return `No law over ${over}: fitted without one of the points, it misses that point by ${Number.isFinite(missed) ? percent(missed) : 'any measure'}; it should predict each within ${percent(options.maxPrediction)}.`;
}

/** The largest relative error with which an inner point is predicted from all others; the outer ones would be extrapolated. */
function worstPrediction(points: readonly LawPoint[]): number {
  let worst = 0;
  for (const point of points.slice(1, -1)) {
    const shape = leastSquares(points.filter((other) => other !== point));
    worst = Math.max(worst, shape === null ? Number.POSITIVE_INFINITY : Math.abs(residual(point, shape)));
  }
  return worst;
}

/** Neighbours within `factor` count as one; `points` sorted. */
function distinctCount(points: readonly LawPoint[], factor: number): number {
  let count = 0;
  let last = 0;
  for (const { n } of points) {
    if (n <= last * factor) continue;
    count++;
    last = n;
  }
  return count;
}

function describe(
  over: ScalabilityLaw['over'],
  points: ScalabilityLaw['points'],
  { gamma, alpha, beta, r2, peakN }: LawFit,
  { farPeak }: CapacityLawOptions,
): string {
  const [from, to] = [(points[0] as LawPoint).n, (points.at(-1) as LawPoint).n];
  const worst = Math.max(...points.map((point) => Math.abs(point.residual)));
  const untested =
    distinctCount(points, 1) <= 3 ? '; three points determine it, so nothing is left to test it with' : '';
  const head = `Over ${over}: γ = ${short(gamma)}/s, α = ${short(alpha)}, β = ${short(beta)}; it explains ${percent(r2)} of the variance, at most ${percent(worst)} off a point${untested}`;
  const range = `${short(from)}–${short(to)}`;
  if (peakN === null || peakN > farPeak * to) return `${head}. No peak is in sight.`;
  if (isMeasured({ points }, peakN)) return `${head}. Its peak lies at ${short(peakN)}, within the measured ${range}.`;
  return `${head}. Its peak would lie at ${short(peakN)}, outside of the measured ${range}: nobody has seen it.`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Below a billionth lies only rounding. */
const short = (value: number): string => (Math.abs(value) < 1e-9 ? '0' : String(Number(value.toPrecision(3))));
const percent = (share: number): string => `${short(100 * share)} %`;
