/** Counts of one route and of one window, filled while the load runs. Times are milliseconds in, microseconds in histograms. */
import { Histogram } from '@palier/base/histogram';
import type { GeneratorHealth, LoadErrorClass, RouteResult, Window, WindowResult } from '@palier/protocol';
import { mergeRoutes } from '../merge.ts';
import type { Traced } from '../user/trace.ts';

/** Longer examples are cut. */
const maxExampleChars = 300;
/** Nobody saw the trace of these. */
const neverSent: ReadonlySet<LoadErrorClass> = new Set(['connect', 'missing-value']);

/** 32 digits; null for a request without a trace of ours. */
export type TraceIdOf = (of: Traced) => string | null;

export class RouteTally {
  readonly #traceIdOf: TraceIdOf;
  #requests = 0;
  #ended = 0;
  #endedWell = 0;
  readonly #errors: Partial<Record<LoadErrorClass, number>> = {};
  readonly #examples: Partial<Record<LoadErrorClass, string>> = {};
  readonly #response = new Histogram();
  readonly #service = new Histogram();
  #sentBytes = 0;
  #receivedBytes = 0;
  #slowestMs = -1;
  #slowest: Traced | null = null;

  constructor(traceIdOf: TraceIdOf) {
    this.#traceIdOf = traceIdOf;
  }

  request(sentBytes: number, receivedBytes: number): void {
    this.#requests++;
    this.#sentBytes += sentBytes;
    this.#receivedBytes += receivedBytes;
  }

  /** Something ended now, to whichever window it belongs. */
  endedNow(isWell: boolean): void {
    this.#ended++;
    if (isWell) this.#endedWell++;
  }

  took(responseMs: number, serviceMs: number, of: Traced): void {
    if (responseMs > this.#slowestMs) {
      this.#slowestMs = responseMs;
      this.#slowest = of;
    }
    this.#response.record(responseMs * 1000);
    this.#service.record(serviceMs * 1000);
  }

  error(kind: LoadErrorClass, text: string, of: Traced): void {
    this.#errors[kind] = (this.#errors[kind] ?? 0) + 1;
    if (this.#examples[kind] !== undefined) return;
    const example = text.length > maxExampleChars ? `${text.slice(0, maxExampleChars - 1)}…` : text;
    const traceId = neverSent.has(kind) ? null : this.#traceIdOf(of);
    this.#examples[kind] = traceId === null ? example : `${example} (trace ${traceId})`;
  }

  result(): RouteResult {
    return {
      requests: this.#requests,
      ended: this.#ended,
      endedWell: this.#endedWell,
      errors: this.#errors,
      examples: this.#examples,
      response: this.#response.snapshot(),
      service: this.#service.snapshot(),
      sentBytes: this.#sentBytes,
      receivedBytes: this.#receivedBytes,
      slowest: this.#slowest === null ? null : { responseMs: this.#slowestMs, traceId: this.#traceIdOf(this.#slowest) },
    };
  }
}

export class WindowTally {
  readonly judged: boolean;
  readonly early: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly lag: Histogram = new Histogram();
  userMs = 0;
  waitMs = 0;
  thinkMs = 0;
  sendsDue = 0;
  sendsMade = 0;
  exhausted = 0;
  retried = 0;
  failedStarts = 0;
  arrivals = 0;
  refusedArrivals = 0;
  droppedMessages = 0;
  /** The figures of the generator itself, once the window is over. */
  health: Omit<GeneratorHealth, 'lag'> = { loopUtilisation: 0, gcShare: 0, cpuCores: 0, longestStallMs: 0 };
  readonly #window: Window;
  readonly #traceIdOf: TraceIdOf;
  readonly #routes: (RouteTally | undefined)[] = [];

  constructor(window: Window, traceIdOf: TraceIdOf) {
    this.#window = window;
    this.#traceIdOf = traceIdOf;
    this.judged = window.judged;
    this.early = window.early ?? false;
    this.startMs = window.startMs;
    this.endMs = window.endMs;
  }

  route(route: number): RouteTally {
    return (this.#routes[route] ??= new RouteTally(this.#traceIdOf));
  }

  result(names: readonly string[]): WindowResult {
    const routes: Record<string, RouteResult> = {};
    for (const [i, tally] of this.#routes.entries()) {
      if (tally !== undefined) routes[names[i] as string] = tally.result();
    }
    return {
      window: this.#window,
      total: mergeRoutes(Object.values(routes)),
      routes,
      generator: { lag: this.lag.snapshot(), ...this.health },
      userMs: this.userMs,
      waitMs: this.waitMs,
      thinkMs: this.thinkMs,
      sendsDue: this.sendsDue,
      sendsMade: this.sendsMade,
      exhausted: this.exhausted,
      retried: this.retried,
      failedStarts: this.failedStarts,
      arrivals: this.arrivals,
      refusedArrivals: this.refusedArrivals,
      droppedMessages: this.droppedMessages,
    };
  }
}
