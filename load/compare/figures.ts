/**
 * The figures of one run, each with the interval that its seconds allow.
 */
import { Histogram } from '@palier/base/histogram';
import type { ComparedFigure, RouteReport, ScenarioReport, SeriesPoint } from '@palier/protocol';
import type { BatchMeans } from '../judge/index.ts';
import type { Figure } from './change.ts';
import { type Clumping, clumpingOf, inStretches, judgedPoints, meanOver } from './judged.ts';
import { type Mix, mixedErrors, mixedTimes } from './mix.ts';
import type { CompareOptions } from './options.ts';
import { shareAbove } from './tail.ts';
import { density, type Times, timesOf } from './times.ts';

export interface NamedFigure extends Pick<ComparedFigure, 'scope' | 'of' | 'figure' | 'unit'> {
  /** In its unit; errors in percent. */
  readonly shown: number;
  /** Its logarithm; of errors the share itself, 0…1. */
  readonly estimate: Figure;
}

/**
 * Everything that can be told with an interval; empty when fewer than 15 seconds were judged. With a mix the times of all requests are
 * those that this run would have had with it.
 */
export function figuresOf(scenario: ScenarioReport, options: CompareOptions, mix: Mix | null): readonly NamedFigure[] {
  const seconds = secondsOf(scenario);
  if (seconds === null) return [];
  // A single route is the total once more, and each further figure costs the others certainty.
  const routes = scenario.routes.length < 2 ? [] : scenario.routes;
  const all = timesOf(scenario.total);
  const errors = mix === null ? errorShareOf(scenario.total) : mixedErrors(scenario.routes, mix);
  const total = mix === null ? all : mixedTimes(scenario.routes, mix);
  return [
    ...requestFigures(scenario.total, { scope: 'total', share: 1, seconds, times: total, all, errors }, options),
    ...routes.flatMap((route) => {
      const share = route.requests / Math.max(1, scenario.total.requests);
      return requestFigures(
        route,
        { scope: 'route', share, seconds, times: timesOf(route), all, errors: errorShareOf(route) },
        options,
      );
    }),
    ...serviceFigures(scenario, seconds),
  ];
}

const quantiles = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
type QuantileName = keyof typeof quantiles;

/** What the judged seconds tell: they are of all requests, and a route is seen through them. */
interface Seconds {
  readonly rate: BatchMeans;
  /** How much requests that took longer than the quantile come together. */
  readonly slow: Readonly<Record<QuantileName, Clumping>>;
  readonly failed: Clumping;
}

interface Part {
  readonly scope: 'total' | 'route';
  /** Of all requests, 0…1: of a route's fewer requests fewer come together. */
  readonly share: number;
  readonly seconds: Seconds;
  /** Its own, and those of all requests, which the seconds are of. */
  readonly times: Times;
  readonly all: Times;
  /** The share of failed requests, 0…1. */
  readonly errors: number;
}

/** Null for fewer than 15. */
function secondsOf(scenario: ScenarioReport): Seconds | null {
  const points = judgedPoints(scenario);
  const rate = meanOver(points.map((stretch) => stretch.map(({ requestsPerSecond }) => requestsPerSecond)));
  const { p50, p95 } = scenario.total.responseMs;
  const spread = p50 > 0 ? p95 / p50 : 1;
  const times = Histogram.from(scenario.total.response);
  const clumping = (hits: (point: SeriesPoint) => number): Clumping | null =>
    clumpingOf(
      points.map((stretch) =>
        stretch.map((point) => ({
          trials: (point.requestsPerSecond * point.spanMs) / 1000,
          hits: (hits(point) * point.spanMs) / 1000,
        })),
      ),
    );
  const slower = (name: QuantileName): Clumping | null => {
    const ms = Math.max(1, times.quantile(quantiles[name])) / 1000;
    return clumping((point) => {
      const above = point.p50Ms === null ? 1 - quantiles[name] : shareAbove(point, ms, spread);
      return point.requestsPerSecond * above;
    });
  };
  const [p50s, p95s, p99s] = [slower('p50'), slower('p95'), slower('p99')];
  const failed = clumping(({ errorsPerSecond }) => errorsPerSecond);
  if (rate === null || p50s === null || p95s === null || p99s === null || failed === null) return null;
  return { rate, slow: { p50: p50s, p95: p95s, p99: p99s }, failed };
}

function requestFigures(report: RouteReport, part: Part, options: CompareOptions): readonly NamedFigure[] {
  if (report.requests === 0) return [];
  const about = { scope: part.scope, of: report.route };
  const names = (Object.keys(quantiles) as QuantileName[]).filter(
    (name) => report.requests >= (name === 'p99' ? options.minRequestsForP99 : options.minRequestsForP95),
  );
  const times = names.flatMap((figure): readonly NamedFigure[] => {
    const estimate = quantileFigure(figure, part);
    return estimate === null ? [] : [{ ...about, figure, unit: 'ms', shown: Math.exp(estimate.value), estimate }];
  });
  const errors = errorFigure(report, part);
  // How often a route was asked for is the generator's draw.
  const throughput: readonly NamedFigure[] =
    part.scope === 'route'
      ? []
      : [
          {
            ...about,
            figure: 'throughput',
            unit: 'per-second',
            shown: report.requestsPerSecond,
            estimate: throughputFigure(report, part),
          },
        ];
  return [
    ...times,
    ...throughput,
    { ...about, figure: 'errors', unit: 'percent', shown: 100 * errors.value, estimate: errors },
  ];
}

/** By order statistics: the times that the share above them can no longer be told from 1 − q. Null when nothing was answered. */
function quantileFigure(name: QuantileName, { share, seconds, times, all }: Part): Figure | null {
  if (times.answered === 0) return null;
  const above = 1 - quantiles[name];
  const { effect, degrees } = seconds.slow[name];
  // When the system is slow all times grow in proportion. Where a quantile stands among more of its like (a route's own times lie closer
  // together than those of all routes), the same growth lifts more of them over it.
  const steeper = Math.max(1, density(times, above) / density(all, above)) ** 2;
  const independent = times.n / (1 + (effect - 1) * share * steeper);
  return {
    value: times.logAt(above),
    low: (t) => times.logAt(scoreInterval(above, independent, t).high),
    high: (t) => times.logAt(scoreInterval(above, independent, t).low),
    degrees,
  };
}

function throughputFigure(report: RouteReport, { seconds: { rate } }: Part): Figure {
  const error = rate.standardError / Math.max(1e-9, rate.mean);
  return symmetric(Math.log(Math.max(1e-9, report.requestsPerSecond)), error, rate.degrees);
}

function errorShareOf({ errors, requests }: RouteReport): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0) / Math.max(1, requests);
}

function errorFigure(report: RouteReport, { share, seconds, errors: value }: Part): Figure {
  const { effect, degrees } = seconds.failed;
  const independent = report.requests / (1 + (effect - 1) * share);
  return {
    value,
    low: (t) => scoreInterval(value, independent, t).low,
    high: (t) => scoreInterval(value, independent, t).high,
    degrees,
  };
}

/**
 * Over the replicas of each service together; what was not seen or not used is left out. Processor time is that of one request: a system
 * that answers fewer of them uses less, and is no better for it.
 */
function serviceFigures(scenario: ScenarioReport, { rate }: Seconds): readonly NamedFigure[] {
  const services = new Set(scenario.replicas.map(({ service }) => service));
  const named = [...services].flatMap((of) => [cpuFigure(scenario, of, rate), memoryFigure(scenario, of)]);
  return named.filter((figure) => figure !== null);
}

function cpuFigure(scenario: ScenarioReport, of: string, rate: BatchMeans): NamedFigure | null {
  const cpu = meanOfService(scenario, of, ({ cpuCores }) => cpuCores);
  if (cpu === null || rate.mean <= 0) return null;
  const shown = (1000 * cpu.mean) / rate.mean;
  const estimate = symmetric(Math.log(shown), Math.hypot(cpu.error, rate.standardError / rate.mean), cpu.degrees);
  return { scope: 'service', of, figure: 'cpu', unit: 'ms', shown, estimate };
}

function memoryFigure(scenario: ScenarioReport, of: string): NamedFigure | null {
  const memory = meanOfService(scenario, of, ({ rssBytes }) => rssBytes);
  if (memory === null) return null;
  const estimate = symmetric(Math.log(memory.mean), memory.error, memory.degrees);
  return { scope: 'service', of, figure: 'memory', unit: 'bytes', shown: memory.mean, estimate };
}

/** Its relative standard error with it; null when it was not seen or nothing was used. */
function meanOfService(
  scenario: ScenarioReport,
  service: string,
  read: (point: Point) => number | null,
): { readonly mean: number; readonly error: number; readonly degrees: number } | null {
  const seen = inStretches(scenario, sums(scenario, service, read), ({ atMs }) => atMs - 500);
  const found = meanOver(seen.map((stretch) => stretch.map(({ value }) => value)));
  if (found === null || found.mean <= 0) return null;
  return { mean: found.mean, error: found.standardError / found.mean, degrees: found.degrees };
}

type Point = ScenarioReport['replicas'][number]['points'][number];

/** At each moment over all replicas that told it. */
function sums(
  scenario: ScenarioReport,
  service: string,
  read: (point: Point) => number | null,
): readonly { readonly atMs: number; readonly value: number }[] {
  const byMoment = new Map<number, number>();
  for (const replica of scenario.replicas) {
    if (replica.service !== service) continue;
    for (const point of replica.points) {
      const value = read(point);
      if (value !== null) byMoment.set(point.atMs, (byMoment.get(point.atMs) ?? 0) + value);
    }
  }
  return [...byMoment].map(([atMs, value]) => ({ atMs, value })).toSorted((a, b) => a.atMs - b.atMs);
}

function symmetric(value: number, error: number, degrees: number): Figure {
  return { value, low: (t) => value - t * error, high: (t) => value + t * error, degrees };
}

/** Wilson's interval of a share (Journal of the American Statistical Association 22, 1927): never outside 0…1, good at few hits. */
function scoreInterval(share: number, n: number, t: number): { readonly low: number; readonly high: number } {
  const z2 = t * t;
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (t / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
