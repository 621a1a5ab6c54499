/**
 * Several generators seen as one. Counts and times add up, histograms merge without loss; of utilisation, garbage collection and stalls
 * the worst counts, since one starved generator spoils the whole.
 */
import { mergeHistograms } from '@palier/base/histogram';
import {
  type ErrorCounts,
  type GeneratorHealth,
  type LoadErrorClass,
  type LoadResult,
  type LoadSecond,
  loadErrorClasses,
  type RouteResult,
  type SlowRequest,
  type WindowResult,
} from '@palier/protocol';

/** The results of generators that played shares of one plan: the windows are the same. Takes at least one. */
export function mergeLoadResults(results: readonly LoadResult[]): LoadResult {
  const [first] = results;
  if (first === undefined) throw new RangeError('There are no results; at least one is needed to merge.');
  return {
    startedAtEpochMs: Math.min(...results.map((result) => result.startedAtEpochMs)),
    durationMs: Math.max(...results.map((result) => result.durationMs)),
    windows: first.windows.map((_, i) => mergeWindows(results.map((result) => result.windows[i] as WindowResult))),
    endedEarly: results.find((result) => result.endedEarly !== null)?.endedEarly ?? null,
  };
}

/** What several generators did in the same second. Takes at least one. */
export function mergeLoadSeconds(seconds: readonly LoadSecond[]): LoadSecond {
  return {
    atMs: Math.max(...seconds.map((second) => second.atMs)),
    users: sum(seconds, (second) => second.users),
    arrivals: sum(seconds, (second) => second.arrivals),
    refusedArrivals: sum(seconds, (second) => second.refusedArrivals),
    inFlight: sum(seconds, (second) => second.inFlight),
    requests: sum(seconds, (second) => second.requests),
    errors: mergeErrors(seconds.map((second) => second.errors)),
    response: mergeHistograms(seconds.map((second) => second.response)).snapshot(),
    service: mergeHistograms(seconds.map((second) => second.service)).snapshot(),
    generator: mergeHealth(seconds.map((second) => second.generator)),
  };
}

/** Routes added up, as for the total of a window. */
export function mergeRoutes(routes: readonly RouteResult[]): RouteResult {
  const examples: Partial<Record<LoadErrorClass, string>> = {};
  for (const { examples: more } of routes) {
    for (const kind of loadErrorClasses) {
      const example = more[kind];
      // Any of them would do; the least makes the order of merging matter nothing.
      const known = examples[kind];
      if (example !== undefined && (known === undefined || example < known)) examples[kind] = example;
    }
  }
  return {
    requests: sum(routes, (route) => route.requests),
    ended: sum(routes, (route) => route.ended),
    endedWell: sum(routes, (route) => route.endedWell),
    errors: mergeErrors(routes.map((route) => route.errors)),
    examples,
    response: mergeHistograms(routes.map((route) => route.response)).snapshot(),
    service: mergeHistograms(routes.map((route) => route.service)).snapshot(),
    sentBytes: sum(routes, (route) => route.sentBytes),
    receivedBytes: sum(routes, (route) => route.receivedBytes),
    slowest: slowestOf(routes.map((route) => route.slowest)),
  };
}

/** The slowest of several; of equals the one with the least trace id, so that their order matters nothing. */
function slowestOf(parts: readonly (SlowRequest | null)[]): SlowRequest | null {
  let slowest: SlowRequest | null = null;
  for (const one of parts) {
    if (one === null || (slowest !== null && one.responseMs < slowest.responseMs)) continue;
    const equal = slowest !== null && one.responseMs === slowest.responseMs;
    if (!equal || (one.traceId ?? '') < (slowest?.traceId ?? '')) slowest = one;
  }
  return slowest;
}

function mergeWindows(parts: readonly WindowResult[]): WindowResult {
  const byName = new Map<string, RouteResult[]>();
  for (const { routes } of parts) {
    for (const [name, route] of Object.entries(routes)) byName.set(name, [...(byName.get(name) ?? []), route]);
  }
  return {
    window: (parts[0] as WindowResult).window,
    total: mergeRoutes(parts.map((part) => part.total)),
    routes: Object.fromEntries([...byName].map(([name, routes]) => [name, mergeRoutes(routes)])),
    generator: mergeHealth(parts.map((part) => part.generator)),
    userMs: sum(parts, (part) => part.userMs),
    waitMs: sum(parts, (part) => part.waitMs),
    thinkMs: sum(parts, (part) => part.thinkMs),
    sendsDue: sum(parts, (part) => part.sendsDue),
    sendsMade: sum(parts, (part) => part.sendsMade),
    exhausted: sum(parts, (part) => part.exhausted),
    retried: sum(parts, (part) => part.retried),
    failedStarts: sum(parts, (part) => part.failedStarts),
    arrivals: sum(parts, (part) => part.arrivals),
    refusedArrivals: sum(parts, (part) => part.refusedArrivals),
    droppedMessages: sum(parts, (part) => part.droppedMessages),
  };
}

function mergeHealth(parts: readonly GeneratorHealth[]): GeneratorHealth {
  return {
    lag: mergeHistograms(parts.map((part) => part.lag)).snapshot(),
    loopUtilisation: Math.max(...parts.map((part) => part.loopUtilisation)),
    gcShare: Math.max(...parts.map((part) => part.gcShare)),
    cpuCores: sum(parts, (part) => part.cpuCores),
    longestStallMs: Math.max(...parts.map((part) => part.longestStallMs)),
  };
}

function mergeErrors(parts: readonly ErrorCounts[]): ErrorCounts {
  const counts: Partial<Record<LoadErrorClass, number>> = {};
  for (const kind of loadErrorClasses) {
    const count = sum(parts, (part) => part[kind] ?? 0);
    if (count > 0) counts[kind] = count;
  }
  return counts;
}

function sum<T>(parts: readonly T[], of: (part: T) => number): number {
  return parts.reduce((total, part) => total + of(part), 0);
}
