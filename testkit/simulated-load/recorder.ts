/**
 * What a generator would have written down.
 */
import { Histogram } from '@palier/base/histogram';
import type { Random } from '@palier/base/random';
import type {
  GeneratorHealth,
  LoadErrorClass,
  LoadResult,
  LoadSecond,
  Phase,
  RouteResult,
  Window,
  WindowResult,
} from '@palier/protocol';
import type { SimulatedLoadOptions } from './options.ts';

export interface PlayedRequest {
  readonly route: string;
  readonly intendedMs: number;
  readonly lagMs: number;
  readonly tookMs: number;
  readonly error?: LoadErrorClass;
}

interface Counted {
  requests: number;
  ended: number;
  endedWell: number;
  readonly errors: Partial<Record<LoadErrorClass, number>>;
  readonly response: Histogram;
  readonly service: Histogram;
}

interface Bin {
  readonly total: Counted;
  readonly routes: Map<string, Counted>;
  readonly lag: Histogram;
  userMs: number;
  waitMs: number;
  thinkMs: number;
  arrivals: number;
  refused: number;
}

const unanswered: ReadonlySet<LoadErrorClass> = new Set(['connect', 'reset', 'malformed']);

export class Recorder {
  readonly #options: SimulatedLoadOptions;
  readonly #endMs: number;
  readonly #windows: readonly Window[];
  readonly #bins: readonly Bin[];
  readonly #seconds: readonly Bin[];

  constructor(options: SimulatedLoadOptions, endMs: number) {
    this.#options = options;
    this.#endMs = endMs;
    this.#windows = options.windows ?? windowsOf(options.phases, options.judge ?? 'holds');
    this.#bins = this.#windows.map(emptyBin);
    this.#seconds = Array.from({ length: Math.floor(endMs / 1000) }, emptyBin);
  }

  present(fromMs: number, toMs: number): void {
    this.#spread('userMs', fromMs, toMs);
  }

  thinking(fromMs: number, toMs: number): void {
    this.#spread('thinkMs', fromMs, toMs);
  }

  /** Of an open model. */
  arrival(atMs: number, refused: boolean): void {
    const window = this.#windows.findIndex(({ startMs, endMs }) => atMs >= startMs && atMs < endMs);
    for (const bin of [this.#bins[window], this.#seconds[Math.floor(atMs / 1000)]]) {
      if (bin === undefined) continue;
      bin.arrivals++;
      if (refused) bin.refused++;
    }
  }

  /** Belongs to the window of its intended send and to the second in which it ended. */
  request(request: PlayedRequest, leavesMs: number): void {
    const doneMs = request.intendedMs + request.lagMs + request.tookMs;
    this.#spread('waitMs', request.intendedMs, Math.min(doneMs, leavesMs));
    // Of a hold's early parts to the one in which it ended.
    const window = this.#windows.findIndex(
      ({ endMs, early }) => (early === true ? doneMs : request.intendedMs) < endMs,
    );
    if (window >= 0) count(this.#bins[window] as Bin, request, true);
    const ending = this.#windows.findIndex(({ startMs, endMs }) => startMs <= doneMs && doneMs < endMs);
    if (ending >= 0) countEnd(this.#bins[ending] as Bin, request);
    const second = this.#seconds[Math.floor(doneMs / 1000)];
    if (second !== undefined) count(second, request, false);
  }

  result(startedAtEpochMs: number): LoadResult {
    const { generator = {} } = this.#options;
    return {
      startedAtEpochMs,
      durationMs: this.#endMs,
      endedEarly: generator.endedEarly ?? null,
      windows: this.#windows.map((window, i): WindowResult => {
        const bin = this.#bins[i] as Bin;
        const due = bin.total.requests;
        return {
          window,
          total: resultOf(bin.total),
          routes: Object.fromEntries([...bin.routes].map(([route, counted]) => [route, resultOf(counted)])),
          generator: this.#health(bin),
          userMs: bin.userMs,
          waitMs: bin.waitMs,
          thinkMs: bin.thinkMs,
          sendsDue: due,
          sendsMade: Math.round(due * (generator.sendsMadeShare ?? 1)),
          retried: 0,
          failedStarts: 0,
          arrivals: bin.arrivals,
          refusedArrivals: bin.refused,
          droppedMessages: 0,
          exhausted: window.judged ? (generator.exhausted ?? 0) : 0,
        };
      }),
    };
  }

  seconds(random: Random): readonly LoadSecond[] {
    return this.#seconds.map((bin, i): LoadSecond => {
      const health = this.#health(bin);
      return {
        atMs: (i + 1) * 1000,
        users: Math.round(bin.userMs / 1000),
        arrivals: bin.arrivals,
        refusedArrivals: bin.refused,
        inFlight: Math.round(bin.waitMs / 1000),
        requests: bin.total.requests,
        errors: bin.total.errors,
        response: bin.total.response.snapshot(),
        service: bin.total.service.snapshot(),
        generator: { ...health, longestStallMs: health.longestStallMs * (0.3 + 0.7 * random.next()) },
      };
    });
  }

  #health(bin: Bin): GeneratorHealth {
    const { generator = {} } = this.#options;
    return {
      lag: bin.lag.snapshot(),
      loopUtilisation: generator.loopUtilisation ?? 0.22,
      gcShare: generator.gcShare ?? 0.01,
      cpuCores: generator.loopUtilisation ?? 0.24,
      longestStallMs: generator.longestStallMs ?? 9,
    };
  }

  /** Adds a stretch of a user's time to every window and second that it touches. */
  #spread(what: 'userMs' | 'waitMs' | 'thinkMs', fromMs: number, toMs: number): void {
    for (const [i, { startMs, endMs }] of this.#windows.entries()) {
      (this.#bins[i] as Bin)[what] += Math.max(0, Math.min(toMs, endMs) - Math.max(fromMs, startMs));
    }
    for (let i = Math.floor(fromMs / 1000); i * 1000 < toMs && i < this.#seconds.length; i++) {
      (this.#seconds[i] as Bin)[what] += Math.max(0, Math.min(toMs, (i + 1) * 1000) - Math.max(fromMs, i * 1000));
    }
  }
}

function windowsOf(phases: readonly Phase[], judge: 'holds' | 'everything'): readonly Window[] {
  if (judge === 'everything') {
    return [{ name: 'everything', startMs: 0, endMs: phases.at(-1)?.endMs ?? 0, judged: true }];
  }
  return phases.flatMap(({ name, startMs, endMs, judged }): readonly Window[] => {
    if (judged === null) return [{ name, startMs, endMs, judged: false }];
    return [
      { name: `warm-up of ${name}`, startMs, endMs: judged.startMs, judged: false },
      { name, startMs: judged.startMs, endMs: judged.endMs, judged: true },
    ];
  });
}

function count(bin: Bin, request: PlayedRequest, byRoute: boolean): void {
  const { route, lagMs, tookMs, error } = request;
  bin.lag.record(lagMs * 1000);
  for (const counted of byRoute ? [bin.total, ofRoute(bin, route)] : [bin.total]) {
    counted.requests++;
    if (error !== undefined) counted.errors[error] = (counted.errors[error] ?? 0) + 1;
    if (error !== undefined && unanswered.has(error)) continue;
    counted.response.record((lagMs + tookMs) * 1000);
    counted.service.record(tookMs * 1000);
  }
}

function countEnd(bin: Bin, { route, error }: PlayedRequest): void {
  for (const counted of [bin.total, ofRoute(bin, route)]) {
    counted.ended++;
    if (error === undefined) counted.endedWell++;
  }
}

function ofRoute(bin: Bin, route: string): Counted {
  let counted = bin.routes.get(route);
  if (counted === undefined) bin.routes.set(route, (counted = emptyCounted()));
  return counted;
}

function resultOf(counted: Counted): RouteResult {
  const examples: Partial<Record<LoadErrorClass, string>> = {};
  for (const kind of Object.keys(counted.errors) as LoadErrorClass[]) examples[kind] = `a simulated ${kind} error`;
  return {
    requests: counted.requests,
    ended: counted.ended,
    endedWell: counted.endedWell,
    errors: counted.errors,
    examples,
    response: counted.response.snapshot(),
    service: counted.service.snapshot(),
    sentBytes: counted.requests * 220,
    receivedBytes: counted.requests * 1800,
    slowest: null,
  };
}

function emptyBin(): Bin {
  return {
    total: emptyCounted(),
    routes: new Map(),
    lag: new Histogram(),
    userMs: 0,
    waitMs: 0,
    thinkMs: 0,
    arrivals: 0,
    refused: 0,
  };
}

function emptyCounted(): Counted {
  return { requests: 0, ended: 0, endedWell: 0, errors: {}, response: new Histogram(), service: new Histogram() };
}
