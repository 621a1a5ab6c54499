/**
 * The result of `palier prove` and `palier load`: what `--json` writes and the HTML report draws.
 */
import type { HistogramSnapshot } from '@palier/base/histogram';
import type { ErrorCounts, GeneratorHealth, LoadErrorClass, SlowRequest } from './load.ts';
import type { LoadModel } from './system/scenario.ts';
import type { ReplicaState, SystemEvent } from './sample.ts';

/**
 * `pass`: every criterion judged and kept. `fail`: one broken. `inconclusive`: none broken, some lack evidence.
 * `invalid`: the measurement itself cannot be trusted.
 */
export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'invalid';

/** The worst first: the verdict over several scenarios is the first that occurs. */
export const verdictOrder: readonly Verdict[] = ['invalid', 'fail', 'inconclusive', 'pass'];

export interface RunReport {
  readonly kind: 'palier-run';
  readonly version: number;
  readonly verdict: Verdict;
  readonly system: string;
  readonly command: 'prove' | 'load';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** 1: full length. Less: holds were shortened by this factor, ramps and think time were not. */
  readonly timeScale: number;
  readonly conditions: Conditions;
  readonly scenarios: readonly ScenarioReport[];
}

/** Under what conditions the figures were taken. */
export interface Conditions {
  readonly palierVersion: string;
  readonly nodeVersion: string;
  readonly platform: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Sentences: who was pinned where, with what priority, or why not. */
  readonly pinning: readonly string[];
  /** Sentences, one a service: whether its allotment was enforced (cgroup) or only judged against. */
  readonly allotments: readonly string[];
  /** Where the load came from and went to, in words. */
  readonly target: string;
}

export interface ScenarioReport {
  readonly name: string;
  readonly description: string;
  readonly verdict: Verdict;
  /**
   * `lower`: the measurement went wrong in a way that can only have made the figures look better, and a limit was broken all the same: the
   * system is at least as bad as this report says. Only a `fail` is ever a lower bound. `exact`: the figures are what was seen.
   */
  readonly bound: 'exact' | 'lower';
  /** Sentences that explain the verdict, the most important first. */
  readonly reasons: readonly string[];
  /** Sentences: what to do next. */
  readonly advice: readonly string[];
  readonly model: LoadModel;
  readonly startedAtEpochMs: number;
  readonly durationMs: number;
  readonly phases: readonly Phase[];
  readonly criteria: readonly CriterionResult[];
  readonly validity: readonly ValidityCheck[];
  /** For each judged hold; none where everything is judged together. */
  readonly steadiness: readonly Steadiness[];
  /** The largest relative error of any quantile for the way in which times are counted, 0…1; beside it stands the interval's chance error. */
  readonly quantileError: number;
  /** Over the judged windows. */
  readonly total: RouteReport;
  readonly routes: readonly RouteReport[];
  /** Routes that a user was to ask for, and nobody did in the whole run: what stands before them failed, or no task with them was drawn. */
  readonly neverReached: readonly string[];
  /** Over the whole run, ramps and warm-up included. */
  readonly overall: RouteReport;
  /** Over the whole run: users whose start failed and who were replaced; requests sent once more since the server had closed the connection. */
  readonly failedStarts: number;
  readonly retried: number;
  /** Over the whole run: messages over WebSockets that came faster than a user read them, and were dropped unread. */
  readonly droppedMessages: number;
  /** Of an open model: over the judged windows; null in a closed one. */
  readonly arrivals: ArrivalReport | null;
  /** N = X(R + Z) over the judged windows; in an open model N is the tasks under way at once, and Z is 0. */
  readonly littlesLaw: LittlesLaw;
  readonly series: readonly SeriesPoint[];
  readonly replicas: readonly ReplicaSeries[];
  readonly services: readonly ServiceSeries[];
  readonly events: readonly SystemEvent[];
  /** How well the generators themselves were, over the judged windows; `exhausted` over the whole run. */
  readonly generator: GeneratorHealth & {
    /** How many processes played. */
    readonly processes: number;
    /** Connections that could not be opened for want of descriptors or ports. */
    readonly exhausted: number;
  };
  /** Cores used by Palier itself, mean over the judged windows. */
  readonly observerCores: { readonly generator: number; readonly balancer: number | null };
}

export interface ArrivalReport {
  /** Tasks that were to begin, a second. */
  readonly offeredPerSecond: number;
  /** Tasks that began, a second. */
  readonly achievedPerSecond: number;
  /** Arrivals, and those that nobody was free for: `maxConcurrent` tasks were under way. */
  readonly offered: number;
  readonly refused: number;
  readonly maxConcurrent: number;
  readonly spacing: 'poisson' | 'even' | 'recorded';
}

export interface Phase {
  readonly name: string;
  readonly kind: 'ramp' | 'hold';
  /** Milliseconds since the start of the load. */
  readonly startMs: number;
  readonly endMs: number;
  readonly fromLevel: number;
  readonly toLevel: number;
  /** The part that is judged, or null. */
  readonly judged: { readonly startMs: number; readonly endMs: number } | null;
}

export type CriterionOutcome = 'kept' | 'broken' | 'unproved' | 'unseen';

export interface CriterionResult {
  /** `p95 response time`, `CPU of api`, `cache hit rate`. */
  readonly title: string;
  /** `kept`; `broken`; `unproved`: too little evidence; `unseen`: the metric was never seen. */
  readonly outcome: CriterionOutcome;
  readonly limit: number;
  readonly direction: 'below' | 'above';
  /** Null when unseen, and when what was asked for never came: `sentence` tells, such as that most requests had no answer. */
  readonly value: number | null;
  /**
   * Where there is one: the 95 % confidence interval of a quantile or a mean; for an error share its two one-sided 95 % bounds, since "at
   * most so many errors" is a one-sided statement.
   */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly unit: 'ms' | 'percent' | 'per-second' | 'ratio' | 'number' | 'bytes';
  /** How many observations it stands on. */
  readonly samples: number;
  /** One sentence: what was seen, against what, and, if unproved, how much longer it would take. */
  readonly sentence: string;
}

/** Whether a hold was in a steady state, by the mean response time of its seconds. */
export interface Steadiness {
  readonly hold: string;
  /** `unknown`: too short to tell. `never steady`: its first half is unlike its second, and no part of it is known to be steady. */
  readonly state: 'steady' | 'drifting up' | 'drifting down' | 'never steady' | 'unknown';
  /** How much of its start was not judged: what the scenario wants, or the warm-up that was seen, if that was longer. */
  readonly cutMs: number;
  /** How much of its start was seen to be warm-up (MSER, White 1997), at most half of it; null: cannot be told. */
  readonly warmUpMs: number | null;
  /** Of the response time, 0 when steady; null: cannot be told. */
  readonly percentPerMinute: number | null;
  /** The same over the part that was looked at. */
  readonly percentOverall: number | null;
  /** Where more was cut than the scenario wants: the p95 with that stretch, of the seconds in which the requests ended. */
  readonly uncutP95Ms: number | null;
  readonly sentence: string;
}

export interface ValidityCheck {
  readonly title: string;
  readonly ok: boolean;
  /** One sentence with the figure and its bound. */
  readonly sentence: string;
}

export interface RouteReport {
  readonly route: string;
  /** Those that were due in the judged time or waited for when it began: the times and errors are theirs. */
  readonly requests: number;
  /** What ended within the judged time, and what of it without an error. Never more than the system answered. */
  readonly requestsPerSecond: number;
  /** Null in reports of before it was told. */
  readonly goodPerSecond: number | null;
  readonly errors: ErrorCounts;
  readonly examples: Readonly<Partial<Record<LoadErrorClass, string>>>;
  readonly responseMs: Quantiles;
  readonly serviceMs: Quantiles;
  readonly response: HistogramSnapshot;
  readonly service: HistogramSnapshot;
  /** Names the trace by which the slowest request can be followed through the system. */
  readonly slowest: SlowRequest | null;
}

/** Milliseconds; p99 is null when fewer than 1000 samples stand behind it. */
export interface Quantiles {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number | null;
  readonly max: number;
  /** Null for the whole run, whose ramps are no one load. */
  readonly intervals: QuantileIntervals | null;
}

/**
 * 95 % confidence intervals by order statistics, widened by how much slow requests come together and by the histogram's own error. Null
 * where the requests are too few for an upper end.
 */
export interface QuantileIntervals {
  readonly p50: QuantileInterval | null;
  readonly p90: QuantileInterval | null;
  readonly p95: QuantileInterval | null;
  readonly p99: QuantileInterval | null;
}

/** Milliseconds. */
export interface QuantileInterval {
  readonly low: number;
  readonly high: number;
}

export interface LittlesLaw {
  /** Mean number of users that were present. */
  readonly users: number;
  /** Answers and errors that came within the judged time. */
  readonly requestsPerSecond: number;
  /** Mean response time, and mean time that a user thought after each request, milliseconds. */
  readonly responseMs: number;
  readonly thinkMs: number;
  /** X(R + Z): what the figures say the number of users was. */
  readonly usersByLaw: number;
}

/** One second (or, in long runs, several merged: at most 3600 points). Times in milliseconds since the start of the load. */
export interface SeriesPoint {
  /** The end of the span, and its length. */
  readonly atMs: number;
  readonly spanMs: number;
  readonly users: number;
  /** Of an open model. */
  readonly arrivalsPerSecond: number;
  readonly refusedPerSecond: number;
  readonly inFlight: number;
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
  /** By class, in the whole span of the point. */
  readonly errors: ErrorCounts;
  /** Response times of what was finished in the span; null when it is too few for the quantile: 1, 20, 100. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly generator: Omit<GeneratorHealth, 'lag'> & { readonly lagP99Ms: number };
}

export interface ReplicaSeries {
  readonly service: string;
  readonly replica: string;
  /** Percentages are of the allotment; null without one. */
  readonly allotment: { readonly cpuCores: number | null; readonly memoryBytes: number | null };
  readonly points: readonly ReplicaPoint[];
}

export interface ReplicaPoint {
  readonly atMs: number;
  readonly state: ReplicaState;
  readonly cpuCores: number | null;
  readonly rssBytes: number | null;
  readonly throttledShare: number | null;
  readonly loopUtilisation: number | null;
  readonly requestsPerSecond: number | null;
  readonly inFlight: number | null;
}

/** What the balancer and the metrics pages told of a service, over the judged windows. */
export interface ServiceSeries {
  readonly service: string;
  readonly routes: readonly {
    readonly route: string;
    readonly requests: number;
    readonly errors: Readonly<Record<string, number>>;
    readonly p50Ms: number;
    readonly p95Ms: number;
    readonly maxMs: number;
  }[];
}
