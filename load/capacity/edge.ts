/**
 * Where the edge lies, from probes that kept or broke the limits: one probe near the edge flips on noise, so what is estimated is the
 * probability that the limits hold at a level, P(L) = λ + (1 − 2λ) / (1 + (L/edge)^(1/w)).
 *
 * Bayes on a grid over edge and width w, as in adaptive psychophysics, which asks the same question of an eye: Watson, Pelli, "QUEST",
 * Perception & Psychophysics 33 (1983); Kontsevich, Tyler, Vision Research 39 (1999). λ is a probe that was spoiled by something else.
 * Cost does not grow with the evidence, any order of levels is allowed, and the interval is honest with two probes as with fifty.
 */
import type { Estimate } from '@palier/protocol';

/** One probe that told something. */
export interface Observation {
  readonly level: number;
  readonly kept: boolean;
}

export interface Edge {
  /** The median, and the central 95 %. */
  readonly estimate: Estimate;
  /** The level below which the edge lies with this probability. */
  quantile(share: number): number;
}

const points = 400;
/** From an edge as sharp as a wall to one that blurs over ±40 % of the level. */
const widths = [0.004, 0.008, 0.015, 0.03, 0.06, 0.12];
const spoiled = 0.03;
/** How far outside what was probed the edge may lie. */
const margin = 1.5;

/** At least one observation of each kind is needed for an estimate that means anything. Levels are above 0. */
export function estimateEdge(observations: readonly Observation[]): Edge {
  const levels = observations.map(({ level }) => level);
  const low = Math.log(Math.min(...levels) / margin);
  const step = (Math.log(Math.max(...levels) * margin) - low) / (points - 1);
  const logLikelihood = widths.map((width) =>
    Array.from({ length: points }, (_, i) => likelihood(observations, low + i * step, width)),
  );
  const top = Math.max(...logLikelihood.flat());
  const weights = Array.from({ length: points }, (_, i) =>
    logLikelihood.reduce((sum, ofWidth) => sum + Math.exp((ofWidth[i] as number) - top), 0),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const quantile = (share: number): number => {
    let below = 0;
    for (const [i, weight] of weights.entries()) {
      // Inside a cell the probability is taken as even.
      if (below + weight >= share * total) return Math.exp(low + (i - 0.5 + (share * total - below) / weight) * step);
      below += weight;
    }
    return Math.exp(low + (points - 1) * step);
  };
  return { estimate: { value: quantile(0.5), low: quantile(0.025), high: quantile(0.975) }, quantile };
}

function likelihood(observations: readonly Observation[], logEdge: number, width: number): number {
  let sum = 0;
  for (const { level, kept } of observations) {
    const holds = spoiled + (1 - 2 * spoiled) / (1 + Math.exp((Math.log(level) - logEdge) / width));
    sum += Math.log(kept ? holds : 1 - holds);
  }
  return sum;
}
