/**
 * Figures added up: routes, the balancer's view, Little's law, the cost of watching.
 */
import { type Histogram, mergeHistograms } from '@palier/base/histogram';
import type {
  ArrivalReport,
  GeneratorHealth,
  LittlesLaw,
  LoadErrorClass,
  QuantileInterval,
  Quantiles,
  RouteReport,
  RouteResult,
  Scenario,
  ScenarioReport,
  ServiceSeries,
  WindowResult,
} from '@palier/protocol';
import { type JudgedWindow, serviceSamples } from './evidence.ts';
import { addErrors } from './join.ts';
import type { JudgeOptions } from './options.ts';
import { quantileInterval, type Slowness } from './statistics/slowness.ts';

/** How much slow requests come together, by either time; null where no interval is wanted. */
export type BothSlowness = { readonly response: Slowness; readonly service: Slowness } | null;

/** All requests of the windows as one report; `route` is its name. */
export function totalReport(
  windows: readonly WindowResult[],
  route: string,
  durationMs: number,
  slowness: BothSlowness,
  options: JudgeOptions,
): RouteReport {
  const results = windows.map((window) => window.total);
  return routeReport(route, results, durationMs, slowness, options);
}

/** The routes of the windows, the most used first. */
export function routeReports(
  windows: readonly WindowResult[],
  durationMs: number,
  slowness: BothSlowness,
  options: JudgeOptions,
): readonly RouteReport[] {
  const byRoute = new Map<string, RouteResult[]>();
  for (const window of windows) {
    for (const [route, result] of Object.entries(window.routes)) {
      const list = byRoute.get(route);
      if (list === undefined) byRoute.set(route, [result]);
      else list.push(result);
    }
  }
  return [...byRoute]
    .map(([route, results]) => routeReport(route, results, durationMs, slowness, options))
    .filter((report) => report.requests > 0)
    .toSorted((a, b) => b.requests - a.requests);
}

function routeReport(
  route: string,
  results: readonly RouteResult[],
  durationMs: number,
  slowness: BothSlowness,
  options: JudgeOptions,
): RouteReport {
  const response = mergeHistograms(results.map((result) => result.response));
  const service = mergeHistograms(results.map((result) => result.service));
  const sum = (of: (result: RouteResult) => number): number => results.reduce((all, result) => all + of(result), 0);
  const examples: Partial<Record<LoadErrorClass, string>> = {};
  for (const result of results) Object.assign(examples, { ...result.examples, ...examples });
  return {
    route,
    requests: sum(({ requests }) => requests),
    requestsPerSecond: durationMs === 0 ? 0 : (1000 * sum(({ ended }) => ended)) / durationMs,
    goodPerSecond: durationMs === 0 ? 0 : (1000 * sum(({ endedWell }) => endedWell)) / durationMs,
    errors: addErrors(results.map((result) => result.errors)),
    examples,
    responseMs: quantilesOf(response, slowness?.response ?? null, options),
    serviceMs: quantilesOf(service, slowness?.service ?? null, options),
    response: response.snapshot(),
    service: service.snapshot(),
    slowest: results.flatMap(({ slowest }) => slowest ?? []).toSorted((a, b) => b.responseMs - a.responseMs)[0] ?? null,
  };
}

function quantilesOf(times: Histogram, slowness: Slowness | null, options: JudgeOptions): Quantiles {
  const at = (q: number): number => times.quantile(q) / 1000;
  const interval = (q: number): QuantileInterval | null => {
    if (slowness === null || times.count === 0) return null;
    const found = quantileInterval(times, 0, q, options.confidence, slowness);
    return Number.isFinite(found.high) ? found : null;
  };
  return {
    mean: times.mean / 1000,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: times.count < options.minRequestsForP99 ? null : at(0.99),
    max: times.max / 1000,
    intervals:
      slowness === null
        ? null
        : {
            p50: interval(0.5),
            p90: interval(0.9),
            p95: interval(0.95),
            p99: times.count < options.minRequestsForP99 ? null : interval(0.99),
          },
  };
}

/** Of an open model: what was offered, what began. */
export function arrivalReport({ arrivals }: Scenario, windows: readonly JudgedWindow[]): ArrivalReport | null {
  if (arrivals === null) return null;
  const seconds = windows.reduce((sum, window) => sum + window.durationMs, 0) / 1000;
  const offered = windows.reduce((sum, { result }) => sum + result.arrivals, 0);
  const refused = windows.reduce((sum, { result }) => sum + result.refusedArrivals, 0);
  const perSecond = (count: number): number => (seconds === 0 ? 0 : count / seconds);
  return {
    offeredPerSecond: perSecond(offered),
    achievedPerSecond: perSecond(offered - refused),
    offered,
    refused,
    maxConcurrent: arrivals.maxConcurrent,
    spacing: arrivals.recorded === null ? arrivals.spacing : 'recorded',
  };
}

/** X from what ended, R from the response times of the requests that belong to the windows: neither is derived from N. */
export function littlesLaw(windows: readonly JudgedWindow[]): LittlesLaw {
  const spanMs = Math.max(
    1,
    windows.reduce((sum, window) => sum + window.durationMs, 0),
  );
  const add = (read: (result: WindowResult) => number): number =>
    windows.reduce((sum, { result }) => sum + read(result), 0);
  const ended = add(({ total }) => total.ended);
  const responseMs = meanResponseMs(windows.map(({ result }) => result));
  const thinkMs = add((result) => result.thinkMs);
  return {
    users: add((result) => result.userMs) / spanMs,
    requestsPerSecond: (1000 * ended) / spanMs,
    responseMs,
    thinkMs: ended === 0 ? 0 : thinkMs / ended,
    usersByLaw: (ended * responseMs + thinkMs) / spanMs,
  };
}

/** Of what has a response time; failed connects and resets have none. */
export function meanResponseMs(windows: readonly WindowResult[]): number {
  const add = (of: (window: WindowResult) => number): number => windows.reduce((sum, one) => sum + of(one), 0);
  const timed = add(({ total }) => total.response.count);
  return timed === 0 ? 0 : add(({ total }) => total.response.sum) / 1000 / timed;
}

export function serviceSeries(windows: readonly JudgedWindow[], services: readonly string[]): readonly ServiceSeries[] {
  return services.map((service) => {
    const samples = windows.flatMap((window) => serviceSamples(window.samples, service));
    const byRoute = Map.groupBy(
      samples.flatMap((sample) => sample.routes),
      (route) => route.route,
    );
    const routes = [...byRoute].map(([route, parts]) => {
      const latency = mergeHistograms(parts.map((part) => part.latency));
      const errors: Record<string, number> = {};
      for (const part of parts) {
        for (const [reason, count] of Object.entries(part.errors)) errors[reason] = (errors[reason] ?? 0) + count;
      }
      return {
        route,
        requests: parts.reduce((sum, part) => sum + part.requests, 0),
        errors,
        p50Ms: latency.quantile(0.5) / 1000,
        p95Ms: latency.quantile(0.95) / 1000,
        maxMs: latency.max / 1000,
      };
    });
    return {
      service,
      routes: routes.filter((route) => route.requests > 0).toSorted((a, b) => b.requests - a.requests),
    };
  });
}

/** Means over the judged windows. */
export function observerCores(windows: readonly JudgedWindow[]): {
  readonly generator: number;
  readonly balancer: number | null;
} {
  const spanMs = windows.reduce((sum, window) => sum + window.durationMs, 0);
  const used = windows.reduce((sum, { result, durationMs }) => sum + result.generator.cpuCores * durationMs, 0);
  const balancer = windows.flatMap(({ samples }) => samples.flatMap((sample) => sample.balancer?.cpuCores ?? []));
  return {
    generator: spanMs === 0 ? 0 : used / spanMs,
    balancer: balancer.length === 0 ? null : balancer.reduce((sum, cores) => sum + cores, 0) / balancer.length,
  };
}

/** How well the generators were: means over the judged windows, all delays and the worst standstill; what ran out over the whole run. */
export function generatorHealth(
  windows: readonly JudgedWindow[],
  all: readonly WindowResult[],
  processes: number,
): ScenarioReport['generator'] {
  const spanMs = windows.reduce((sum, window) => sum + window.durationMs, 0);
  const mean = (read: (health: GeneratorHealth) => number): number =>
    windows.reduce((sum, { result, durationMs }) => sum + read(result.generator) * durationMs, 0) / Math.max(1, spanMs);
  return {
    lag: mergeHistograms(windows.map(({ result }) => result.generator.lag)).snapshot(),
    loopUtilisation: mean((health) => health.loopUtilisation),
    gcShare: mean((health) => health.gcShare),
    cpuCores: mean((health) => health.cpuCores),
    longestStallMs: Math.max(0, ...windows.map(({ result }) => result.generator.longestStallMs)),
    processes,
    exhausted: all.reduce((sum, window) => sum + window.exhausted, 0),
  };
}
