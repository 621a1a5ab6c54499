/**
 * From two figures, each with its interval, to their difference with its interval and the chance of it.
 *
 * The interval of the difference is put together from the two intervals (MOVER: Zou and Donner, Statistics in Medicine 27, 2008; for two
 * shares it is Newcombe's method 10, Statistics in Medicine 17, 1998), so each figure may have the lopsided interval that becomes it. The
 * chance is that at which the interval would just touch zero. Many figures are corrected by Holm's method (Scandinavian Journal of
 * Statistics 6, 1979).
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

/** Each chance as it is among so many: times the number of those that are not smaller, and never below a smaller one's. */
export function amongMany(chances: readonly number[]): readonly number[] {
  const order = chances.map((chance, index) => ({ chance, index })).toSorted((a, b) => a.chance - b.chance);
  const corrected = chances.map(() => 1);
  let least = 0;
  for (const [rank, { chance, index }] of order.entries()) {
    least = Math.min(1, Math.max(least, chance * (chances.length - rank)));
    corrected[index] = least;
  }
  return corrected;
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
