/**
 * Where the edge lies, from probes that kept or broke the limits: one probe near the edge flips on noise, so what is estimated is the level
 * at which a probe breaks them as often as it keeps them.
 *
 * By how much a limit was kept or broken tells more than that it was: near the edge the logarithm of the figure's share of its limit is taken
 * as a line over the logarithm of the level, y = slope · (ln level − ln edge) + noise, the noise logistic with a deviation of width · slope.
 * Further off (a processor that is full, a p95 that is nothing until it leaps) only the side counts, and where nothing but the sides is known
 * what is left is the logistic curve P(kept) = λ + (1 − 2λ) / (1 + (level/edge)^(1/width)). λ is a probe that was spoiled by something else.
 *
 * Bayes on a grid over edge, width and slope, as in adaptive psychophysics, which asks the same question of an eye: Watson, Pelli, "QUEST",
 * Perception & Psychophysics 33 (1983); Kontsevich, Tyler, Vision Research 39 (1999); censored figures: Tobin, Econometrica 26 (1958).
 * Cost does not grow with the evidence, any order of levels is allowed, and the interval is honest with two probes as with fifty.
 */
import type { Estimate } from '@palier/protocol';
import { widening } from './widening.ts';

/** One probe that told something. */
export interface Observation {
  readonly level: number;
  readonly kept: boolean;
  /** The figure that breaks first as a share of its limit, 1 at the limit, above it broken; null: only the side is known. */
  readonly share: number | null;
  /** Probes of one run share its minute: what slowed the machine then slowed them all. */
  readonly run: number;
}

export interface Edge {
  /** The median, and the central 95 %; wider where runs disagree by more than their probes do. */
  readonly estimate: Estimate;
  /** The level below which the edge lies with this probability, as far as the probes by themselves tell. */
  quantile(share: number): number;
}

const points = 120;
/** Of the highest weight: what lies outside all together does not move an end of the interval. */
const negligible = 1e-5;
/** From an edge as sharp as a wall to one that blurs over half the level. */
const widths = [0.004, 0.008, 0.015, 0.03, 0.06, 0.12];
/** From a figure that grows with the root of the load to one that leaps: beyond the last the figures are all beyond `line`. */
const slopes = [0.35, 0.6, 1, 1.7, 3, 6, 16, 64];
/** Of fewer no line is drawn: then only the sides count. */
const leastForLine = 3;
/** Between these shares of a limit its figure is taken for a line. */
const line = { low: Math.log(0.7), high: Math.log(1.12) };
const spoiled = 0.03;
const spoiledDensity = spoiled / (line.high - line.low);
/** How far outside what was probed the edge may lie. */
const margin = 1.5;

/** At least one observation of each kind is needed for an estimate that means anything. Levels are above 0. */
export function estimateEdge(observations: readonly Observation[]): Edge {
  const told = observations.map(toldBy);
  const levels = observations.map(({ level }) => level);
  const isLine = told.filter(({ is }) => is === 'there').length >= leastForLine;
  const shapes = (isLine ? slopes : slopes.slice(-1)).flatMap((slope) => widths.map((width) => ({ slope, width })));
  const everywhere = { low: Math.log(Math.min(...levels) / margin), high: Math.log(Math.max(...levels) * margin) };
  // Once coarsely, to see where it may lie, and once more there.
  const { low, step, weights, slope } = posterior(told, shapes, mattersIn(posterior(told, shapes, everywhere)));
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
  const value = quantile(0.5);
  const wider = widening(residuals(told, slope));
  const end = (share: number): number => value * (quantile(share) / value) ** wider;
  return { estimate: { value, low: end(0.025), high: end(0.975) }, quantile };
}

interface Shape {
  readonly slope: number;
  readonly width: number;
}

interface Span {
  readonly low: number;
  readonly high: number;
}

interface Posterior {
  /** Of the first point, and from one to the next; logarithms of levels. */
  readonly low: number;
  readonly step: number;
  /** Of each point, over all shapes; the highest of a single shape is 1. */
  readonly weights: readonly number[];
  /** Of the likeliest shape. */
  readonly slope: number;
}

function posterior(told: readonly Told[], shapes: readonly Shape[], { low, high }: Span): Posterior {
  const step = (high - low) / (points - 1);
  const grid = shapes.map((shape) => likelihoods(told, low, step, shape));
  const tops = grid.map((row) => Math.max(...row));
  const top = Math.max(...tops);
  const weights = Array.from({ length: points }, (_, i) =>
    grid.reduce((sum, row) => sum + Math.exp((row[i] as number) - top), 0),
  );
  return { low, step, weights, slope: shapes[tops.indexOf(top)]?.slope ?? 1 };
}

/** Where the edge may lie at all. */
function mattersIn({ low, step, weights }: Posterior): Span {
  const least = Math.max(...weights) * negligible;
  const first = weights.findIndex((weight) => weight >= least);
  const last = weights.findLastIndex((weight) => weight >= least);
  return { low: low + (first - 1) * step, high: low + (last + 1) * step };
}

/** What an observation says of y: where it is, or on which side of a bound. */
interface Told {
  readonly logLevel: number;
  readonly y: number;
  readonly is: 'there' | 'below' | 'above';
  readonly run: number;
}

function toldBy({ level, kept, share, run }: Observation): Told {
  const logLevel = Math.log(level);
  const y = share === null || share <= 0 ? null : Math.log(share);
  if (y === null || y < 0 !== kept) return { logLevel, y: 0, is: kept ? 'below' : 'above', run };
  if (y < line.low) return { logLevel, y: line.low, is: 'below', run };
  if (y > line.high) return { logLevel, y: line.high, is: 'above', run };
  return { logLevel, y, is: 'there', run };
}

/** Beyond so many deviations e^x is no number. */
const farBelow = 700;
/** So many factors, each above 0.02 and below 200, are a number still. */
const factorsOfALogarithm = 100;

/**
 * At each point of the grid, its logarithm. The whole cost of an estimate is here, so neither an exponential nor a logarithm is taken for each
 * of its points: from one point to the next e^−x changes by one factor, and logarithms are taken of products.
 */
function likelihoods(told: readonly Told[], low: number, step: number, { slope, width }: Shape): Float64Array {
  const logarithms = new Float64Array(points);
  const product = new Float64Array(points).fill(1);
  const toNext = Math.exp(-step / width);
  for (const [n, { logLevel, y, is }] of told.entries()) {
    // Where this one alone would put the edge.
    const own = logLevel - y / slope;
    const first = Math.max(0, Math.ceil((own - low - farBelow * width) / step));
    let against = Math.exp((own - low - first * step) / width);
    for (let i = 0; i < points; i++) {
      const isBelow = i < first ? 0 : 1 / (1 + against);
      if (i >= first) against *= toNext;
      const side = is === 'above' ? 1 - isBelow : isBelow;
      (product[i] as number) *=
        is === 'there'
          ? spoiledDensity + ((1 - spoiled) * isBelow * (1 - isBelow)) / (width * slope)
          : spoiled + (1 - 2 * spoiled) * side;
    }
    if (n % factorsOfALogarithm === factorsOfALogarithm - 1 || n === told.length - 1) {
      for (let i = 0; i < points; i++) logarithms[i] = (logarithms[i] as number) + Math.log(product[i] as number);
      product.fill(1);
    }
  }
  return logarithms;
}

/** What the line does not explain, run by run; its height does not matter. */
function residuals(told: readonly Told[], slope: number): readonly (readonly number[])[] {
  const byRun = Map.groupBy(
    told.filter(({ is }) => is === 'there'),
    ({ run }) => run,
  );
  return [...byRun.values()].map((some) => some.map(({ logLevel, y }) => y - slope * logLevel));
}
