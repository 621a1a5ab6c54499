/**
 * From two figures, each with its interval, to their difference with its interval and the chance of it.
 *
 * The interval of the difference is put together from the two intervals (MOVER: Zou and Donner, Statistics in Medicine 27, 2008; for two
 * shares it is Newcombe's method 10, Statistics in Medicine 17, 1998), so each figure may have the lopsided interval that becomes it. The
 * chance is that at which the interval would just touch zero. Many figures are corrected by the false discovery rate (Benjamini and
 * Hochberg, Journal of the Royal Statistical Society B 57, 1995), since slower means slower at every quantile of every route: a correction
 * that takes each figure for a matter of its own sees a change of all of them no better than one of a single figure. Where nothing changed
 * both keep the same promise, and the rate is kept by figures that move together too (Benjamini and Yekutieli, Annals of Statistics 29,
 * 2001). Figures of more weight get more of it (Genovese, Roeder and Wasserman, Biometrika 93, 2006).
 */
import { studentT, studentTail } from '../judge/index.ts';

/** A figure of one run. Latencies, rates and amounts as logarithms, so that differences are ratios; shares as they are. */
export interface Figure {
  readonly value: number;
  /** The ends of its interval, `t` standard errors to each side. */
  low(t: number): number;
  high(t: number): number;
  /** Degrees of freedom of its standard error. */
  readonly degrees: number;
}

export interface Change {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Of a difference so large, up or down, if there were none. */
  readonly chance: number;
}

/** Beyond it every chance is nought. */
const mostErrors = 60;

export function changeBetween(before: Figure, after: Figure, confidence: number): Change {
  const degrees = commonDegrees(before, after);
  const value = after.value - before.value;
  const low = (t: number): number => value - Math.hypot(after.value - after.low(t), before.high(t) - before.value);
  const high = (t: number): number => value + Math.hypot(after.high(t) - after.value, before.value - before.low(t));
  const t = studentT(1 - confidence, degrees);
  const holdsZero = (errors: number): boolean => (value > 0 ? low(errors) <= 0 : high(errors) >= 0);
  return { value, low: low(t), high: high(t), chance: studentTail(errorsToZero(holdsZero), degrees) };
}

/**
 * The least change for the worse that shows in 8 of 10 comparisons, in the figure's own measure: one that lies so far beyond the chance
 * which makes it news that chance seldom brings it back. `rises`: whether a larger figure is the worse one.
 */
export function leastVisible(before: Figure, after: Figure, chance: number, rises: boolean): number {
  const degrees = commonDegrees(before, after);
  // One-sided 80 % is two-sided 60 %.
  const errors = studentT(chance, degrees) + studentT(0.4, degrees);
  return rises
    ? Math.hypot(after.high(errors) - after.value, before.value - before.low(errors))
    : Math.hypot(after.value - after.low(errors), before.high(errors) - before.value);
}

/** One of many: a chance, and how much it weighs among them. */
export interface Weighed {
  readonly chance: number;
  readonly weight: number;
}

/**
 * Each chance as it is among so many: if everything at most this large is called news, so much of the news is false on average; if nothing
 * changed, it is the chance that there is any news at all.
 */
export function amongMany(tests: readonly Weighed[]): readonly number[] {
  const corrected = tests.map(() => 1);
  const share = chanceForOne(tests);
  const order = tests
    .map((test, index) => ({ due: test.chance / share(test), index }))
    .toSorted((a, b) => b.due - a.due);
  let least = 1;
  for (const [place, { due, index }] of order.entries()) {
    least = Math.min(least, due / (order.length - place));
    corrected[index] = least;
  }
  return corrected;
}

/** By how much the chance of one of them is divided if it is the only one that changed: its weight's part of the whole. */
export function chanceForOne(tests: readonly Weighed[]): (test: Weighed) => number {
  const whole = tests.reduce((sum, { weight }) => sum + weight, 0);
  return ({ weight }) => weight / whole;
}

/** So many standard errors until the interval holds zero. */
function errorsToZero(holdsZero: (errors: number) => boolean): number {
  if (holdsZero(0)) return 0;
  if (!holdsZero(mostErrors)) return mostErrors;
  let [below, above] = [0, mostErrors];
  for (let i = 0; i < 40; i++) {
    const middle = (below + above) / 2;
    if (holdsZero(middle)) above = middle;
    else below = middle;
  }
  return above;
}

/** Welch and Satterthwaite's degrees of freedom. */
function commonDegrees(a: Figure, b: Figure): number {
  const [va, vb] = [a, b].map((figure) => ((figure.high(1) - figure.low(1)) / 2) ** 2) as [number, number];
  const spread = va ** 2 / a.degrees + vb ** 2 / b.degrees;
  return spread > 0 && Number.isFinite(spread) ? (va + vb) ** 2 / spread : Math.min(a.degrees, b.degrees);
}
