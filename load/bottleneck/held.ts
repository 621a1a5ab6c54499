/**
 * A load that was held for a while, in the figures by which a change is judged, each with its interval. Pure.
 */
import type { CriterionResult, Estimate, LoadSecond } from '@palier/protocol';
import { batchMeans, studentT } from '../judge/index.ts';
import { type BrokenFigure, brokenFigureOf, errorsOf } from './broken.ts';

export interface HeldLoad {
  /** Answers without an error. */
  readonly perSecond: Estimate;
  /** Mean response time, failures included. */
  readonly responseMs: Estimate;
  /** Of the limit that is to be kept again; null where nothing tells of it. */
  readonly broken: BrokenFigure | null;
}

/** `batchMeans` needs so many seconds for an interval. */
export const leastHeldSeconds = 15;
const confidence = 0.95;

/**
 * The seconds in the order of time, without those in which the load settled. Null: too few for an interval (15), or a second in which
 * nothing was answered, of which there is no response time, in more than half of them. `criterion`: the limit that the load breaks, as these
 * seconds were judged; null: none is known.
 *
 * Seconds depend on their neighbours (a queue that is long stays long), so their means are taken in batches.
 */
export function heldLoadOf(seconds: readonly LoadSecond[], criterion: CriterionResult | null = null): HeldLoad | null {
  const good = seconds.map((second) => second.requests - errorsOf(second));
  const times = seconds
    .filter(({ response }) => response.count > 0)
    .map(({ response }) => response.sum / response.count / 1000);
  const perSecond = estimateOf(good);
  if (perSecond === null || times.length * 2 < seconds.length) return null;
  return { perSecond, responseMs: estimateOf(times) ?? unknown(times), broken: brokenFigureOf(seconds, criterion) };
}

function estimateOf(values: readonly number[]): Estimate | null {
  const found = batchMeans(values);
  if (found === null) return null;
  const half = studentT(1 - confidence, found.degrees) * found.standardError;
  return { value: found.mean, low: Math.max(0, found.mean - half), high: found.mean + half };
}

/** A mean of too few to say how far it may be off. */
function unknown(values: readonly number[]): Estimate {
  const value = values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);
  return { value, low: 0, high: Number.MAX_VALUE };
}
