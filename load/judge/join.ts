/** Windows that follow one another, seen as one: counts and times add up, shares are means over the time. */
import { mergeHistograms } from '@palier/base/histogram';
import type { ErrorCounts, GeneratorHealth, LoadErrorClass, RouteResult, WindowResult } from '@palier/protocol';

/** Takes at least one; its name is the first one's. */
export function joinWindows(parts: readonly WindowResult[]): WindowResult {
  const [first, last] = [parts[0] as WindowResult, parts[parts.length - 1] as WindowResult];
  if (first === last) return first;
  const sum = (of: (part: WindowResult) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const names = [...new Set(parts.flatMap(({ routes }) => Object.keys(routes)))];
  return {
    window: { name: first.window.name, startMs: first.window.startMs, endMs: last.window.endMs, judged: true },
    total: joinRoutes(parts.map(({ total }) => total)),
    routes: Object.fromEntries(
      names.map((name) => [name, joinRoutes(parts.flatMap(({ routes }) => routes[name] ?? []))]),
    ),
    generator: joinHealth(parts),
    userMs: sum((part) => part.userMs),
    waitMs: sum((part) => part.waitMs),
    thinkMs: sum((part) => part.thinkMs),
    sendsDue: sum((part) => part.sendsDue),
    sendsMade: sum((part) => part.sendsMade),
    exhausted: sum((part) => part.exhausted),
    retried: sum((part) => part.retried),
    failedStarts: sum((part) => part.failedStarts),
    arrivals: sum((part) => part.arrivals),
    refusedArrivals: sum((part) => part.refusedArrivals),
    droppedMessages: sum((part) => part.droppedMessages),
  };
}

function joinRoutes(parts: readonly RouteResult[]): RouteResult {
  const examples: Partial<Record<LoadErrorClass, string>> = {};
  for (const part of parts) Object.assign(examples, { ...part.examples, ...examples });
  const sum = (of: (part: RouteResult) => number): number => parts.reduce((total, part) => total + of(part), 0);
  return {
    requests: sum((part) => part.requests),
    ended: sum((part) => part.ended),
    endedWell: sum((part) => part.endedWell),
    errors: addErrors(parts.map(({ errors }) => errors)),
    examples,
    response: mergeHistograms(parts.map(({ response }) => response)).snapshot(),
    service: mergeHistograms(parts.map(({ service }) => service)).snapshot(),
    sentBytes: sum((part) => part.sentBytes),
    receivedBytes: sum((part) => part.receivedBytes),
    slowest: parts.flatMap(({ slowest }) => slowest ?? []).toSorted((a, b) => b.responseMs - a.responseMs)[0] ?? null,
  };
}

export function addErrors(parts: readonly ErrorCounts[]): ErrorCounts {
  const sum: Partial<Record<LoadErrorClass, number>> = {};
  for (const part of parts) {
    for (const [kind, count] of Object.entries(part)) {
      sum[kind as LoadErrorClass] = (sum[kind as LoadErrorClass] ?? 0) + count;
    }
  }
  return sum;
}

function joinHealth(parts: readonly WindowResult[]): GeneratorHealth {
  const spanMs = parts.reduce((sum, { window }) => sum + window.endMs - window.startMs, 0);
  const mean = (of: (health: GeneratorHealth) => number): number =>
    parts.reduce((sum, { window, generator }) => sum + of(generator) * (window.endMs - window.startMs), 0) / spanMs;
  return {
    lag: mergeHistograms(parts.map(({ generator }) => generator.lag)).snapshot(),
    loopUtilisation: mean((health) => health.loopUtilisation),
    gcShare: mean((health) => health.gcShare),
    cpuCores: mean((health) => health.cpuCores),
    longestStallMs: Math.max(...parts.map(({ generator }) => generator.longestStallMs)),
  };
}
