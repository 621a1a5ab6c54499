/**
 * What passes between palier and a generator process, and what a generator measured.
 *
 * All times are milliseconds since the start of the load (`0` = first user); all latencies in histograms are microseconds.
 */
import type { HistogramSnapshot } from '@palier/base/histogram';
import type { DrawFile, Stage } from './system/scenario.ts';
import type { JsonValue } from './system/step/step.ts';

/** Everything a generator needs; made by load/plan, sent once. */
export interface GeneratorPlan<Step = PlannedStep | PlannedChannelStep> {
  readonly scenario: string;
  readonly seed: number;
  readonly target: Target;
  /** Their levels are users, or, with `arrivals`, arrivals a second. */
  readonly stages: readonly Stage[];
  /** Of an open model; null: closed. */
  readonly arrivals: PlannedArrivals | null;
  readonly thinkMs: { readonly min: number; readonly max: number };
  readonly start: readonly Step[];
  readonly tasks: readonly PlannedTask<Step>[];
  readonly data: Readonly<Record<string, PlannedData>>;
  readonly draw: Readonly<Record<string, DrawFile>>;
  /** The parts of the run to account for separately; a request belongs to the window of its intended send, or to a
   * judged one that began while it was waited for. */
  readonly windows: readonly Window[];
  readonly requestTimeoutMs: number;
  /** This generator's share when there are several: it plays the users (or arrivals) whose number modulo `of` is `index`. */
  readonly share: { readonly index: number; readonly of: number };
  /** Whether each user sends from a loopback address of its own (127.0.1.1 and on). */
  readonly ownAddresses: boolean;
}

export interface PlannedArrivals {
  readonly spacing: 'poisson' | 'even';
  /** Of all generators together: tasks under way at once; above it arrivals are refused. */
  readonly maxConcurrent: number;
  /** Milliseconds since the start, ascending, instead of what the stages' levels would give; null: by the stages. */
  readonly recordedMs: readonly number[] | null;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Put before every path; empty or `/prefix`. */
  readonly basePath: string;
  /** The Host header. */
  readonly authority: string;
  /** Null: in clear. */
  readonly tls: TargetTls | null;
}

export interface TargetTls {
  /** The name that the certificate must bear and that is sent as SNI; null when the target is an address, which it must bear then. */
  readonly servername: string | null;
  /** Whether the certificate must be one that this machine trusts. */
  readonly verify: boolean;
}

export interface PlannedTask<Step = PlannedStep | PlannedChannelStep> {
  readonly name: string;
  /** Percent. */
  readonly weight: number;
  readonly steps: readonly Step[];
}

/** A request. */
export interface PlannedStep {
  readonly kind?: undefined;
  /** The route in reports: `GET /releases/:id`. */
  readonly route: string;
  readonly method: string;
  /** May hold `{{…}}`, as every text below. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: PlannedBody | null;
  readonly take: Readonly<Record<string, string>>;
  readonly check: PlannedCheck;
}

/** A step over the user's WebSocket; each but the close has a row in reports, by its route. */
export type PlannedChannelStep = PlannedConnect | PlannedSend | PlannedExpect | PlannedHold | PlannedClose;

export interface PlannedConnect {
  readonly kind: 'connect';
  readonly route: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
}

export interface PlannedSend {
  readonly kind: 'send';
  readonly route: string;
  readonly body: Extract<PlannedBody, { readonly kind: 'text' | 'json' }>;
}

export interface PlannedExpect {
  readonly kind: 'expect';
  readonly route: string;
  /** The message that is waited for. */
  readonly message: Omit<PlannedCheck, 'status'>;
  readonly withinMs: number;
  readonly take: Readonly<Record<string, string>>;
}

export interface PlannedHold {
  readonly kind: 'hold';
  readonly route: string;
  readonly durationMs: number;
}

export interface PlannedClose {
  readonly kind: 'close';
  readonly route: string;
}

export type PlannedBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'json'; readonly json: JsonValue }
  | { readonly kind: 'form'; readonly parts: readonly PlannedPart[] };

export type PlannedPart =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly filename: string; readonly contentType: string; readonly base64: string };

export interface PlannedCheck {
  /** Empty: any 2xx. */
  readonly status: readonly number[];
  readonly contains: string | null;
  readonly json: Readonly<Record<string, JsonValue>>;
}

export interface PlannedData {
  readonly pick: 'each-user' | 'random';
  readonly rows: readonly Readonly<Record<string, JsonValue>>[];
}

export interface Window {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Whether the criteria are judged on it. */
  readonly judged: boolean;
  /**
   * An early part of a judged hold, which the judge may yet take for warm-up. With those that follow it, up to the first without this
   * mark, it is one judged window. A request that is due in an early part belongs to the part in which it ended (or to the last one), so
   * that one that was waited for when the warm-up was over is judged wherever the cut is made.
   */
  readonly early?: boolean;
}

/**
 * Why a request counts as an error: no connection; no answer in time; the connection broke; the answer is no HTTP; status 4xx or 5xx
 * that no check asked for; a check failed; the step lacks a value that an earlier answer should have given.
 */
export type LoadErrorClass = 'connect' | 'timeout' | 'reset' | 'malformed' | '4xx' | '5xx' | 'check' | 'missing-value';

export const loadErrorClasses: readonly LoadErrorClass[] = [
  'connect',
  'timeout',
  'reset',
  'malformed',
  '4xx',
  '5xx',
  'check',
  'missing-value',
];

export type ErrorCounts = Readonly<Partial<Record<LoadErrorClass, number>>>;

/** To a generator. */
export type GeneratorCommand =
  | { readonly kind: 'start'; readonly plan: GeneratorPlan }
  /** Ends the load now; the result covers what was done. */
  | { readonly kind: 'stop' };

/** From a generator. */
export type GeneratorMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'second'; readonly second: LoadSecond }
  | { readonly kind: 'result'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint: string };

/** One second of the load, for the picture and the charts: what was finished in it. */
export interface LoadSecond {
  /** End of the second. */
  readonly atMs: number;
  /** Present at its end; in an open model those who have a task under way. */
  readonly users: number;
  /** Of an open model: tasks that were to begin in it, and those of them that nobody was free for. */
  readonly arrivals: number;
  readonly refusedArrivals: number;
  readonly inFlight: number;
  readonly requests: number;
  readonly errors: ErrorCounts;
  readonly response: HistogramSnapshot;
  readonly service: HistogramSnapshot;
  readonly generator: GeneratorHealth;
}

/** How well the generator itself was. */
export interface GeneratorHealth {
  /** How late sends were against their intended time, microseconds. */
  readonly lag: HistogramSnapshot;
  /** Event-loop utilisation, 0…1. */
  readonly loopUtilisation: number;
  /** Share of time in garbage collection, 0…1. */
  readonly gcShare: number;
  /** Processor cores used. */
  readonly cpuCores: number;
  /** The longest time in which its event loop did not turn, milliseconds. */
  readonly longestStallMs: number;
}

/** What a generator measured in all. Results of several generators add up (`mergeLoadResults` of load/generator). */
export interface LoadResult {
  readonly startedAtEpochMs: number;
  readonly durationMs: number;
  readonly windows: readonly WindowResult[];
  /** Whether it ended before its plan did, and why. */
  readonly endedEarly: string | null;
}

export interface WindowResult {
  readonly window: Window;
  readonly total: RouteResult;
  readonly routes: Readonly<Record<string, RouteResult>>;
  readonly generator: GeneratorHealth;
  /**
   * For Little's law, N = X(R + Z), in user-milliseconds, each clipped at the window's edges (a wait that began before the window or ends
   * after it counts with the part that lies inside; a window's requests cannot be charged for its neighbours): `userMs` users present ×
   * time (in an open model users with a task under way: Z is 0, and N = XR the tasks at once); `waitMs` of it from an intended send to the end of its answer or error; `thinkMs` of it between an answer and the next intended
   * send. What is left over is time that the generator lost.
   */
  readonly userMs: number;
  readonly waitMs: number;
  readonly thinkMs: number;
  /** Sends that were due in the window, and those of them that were made. */
  readonly sendsDue: number;
  readonly sendsMade: number;
  /** Connections that could not be opened for want of descriptors or ports on the generator's side. */
  readonly exhausted: number;
  /** Requests sent once more on a new connection because the server had closed the idle one, as every browser does. Counted once above. */
  readonly retried: number;
  /** Users whose start failed; each ended, and another one took its place. */
  readonly failedStarts: number;
  /** Of an open model: tasks that were to begin in the window, and those of them that nobody was free for: `maxConcurrent` were under way. */
  readonly arrivals: number;
  readonly refusedArrivals: number;
  /** Messages over WebSockets that were dropped unread, the oldest first, since more had come than a user keeps. */
  readonly droppedMessages: number;
}

export interface RouteResult {
  /**
   * Finished with an answer or an error. Over a WebSocket: a connect, or an expect; a send or a hold only when it
   * went wrong.
   */
  readonly requests: number;
  /**
   * Of whatever window: answers and errors that came within [start, end) of this one, and those of them that were no errors. Rates are of
   * these: `requests` counts also what is still in hand when a judged window ends, and what the one before had in hand.
   */
  readonly ended: number;
  readonly endedWell: number;
  readonly errors: ErrorCounts;
  /** One failed example per error class: status line, failed check, or what the system said. */
  readonly examples: Readonly<Partial<Record<LoadErrorClass, string>>>;
  /**
   * From the intended send to the last byte, of everything that was answered, whatever the status; a timeout counts with the time that
   * was waited, so that a server does not look faster for not answering. Failed connects and resets have no latency.
   */
  readonly response: HistogramSnapshot;
  /** From the actual send. */
  readonly service: HistogramSnapshot;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** The one with the longest response time; null when none was answered. */
  readonly slowest: SlowRequest | null;
}

export interface SlowRequest {
  readonly responseMs: number;
  /** The trace id (W3C Trace Context) that it was sent with; null when the step sets `traceparent` itself. */
  readonly traceId: string | null;
}
