/**
 * The result of `palier limit`: the highest load that keeps a scenario's limits, what happens beyond it, why it ends there, and what a
 * larger load would need. What `--json` writes and the HTML report draws.
 *
 * A load's *level* is counted in the scenario's own model: users (closed), or arrivals a second (open).
 */
import type { Conditions, CriterionResult, ScenarioReport } from './report.ts';

/**
 * `found`: the edge lies in the interval. `not-reached`: the highest load that was tried still kept the limits, or what lies above it was
 * refused by a rate limiter. `below`: the lowest load that was tried broke them already. `invalid`: the measurement cannot be trusted, what
 * refused from the start was a rate limiter, or what was loaded died in mid-search.
 */
export type LimitOutcome = 'found' | 'not-reached' | 'below' | 'invalid';

export interface LimitReport {
  readonly kind: 'palier-limit';
  readonly version: number;
  readonly outcome: LimitOutcome;
  /** Sentences, the most important first. */
  readonly reasons: readonly string[];
  readonly system: string;
  readonly scenario: string;
  readonly service: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly conditions: Conditions;
  readonly model: ScenarioReport['model'];
  /** The pause between two tasks of a user; null in an open model. */
  readonly thinkMs: { readonly min: number; readonly max: number } | null;
  /** Null unless found. */
  readonly limit: LimitEstimate | null;
  /** What each search found, in their order, when there were several; `limit` is one of them. Searches that found none are not in it. */
  readonly limits: readonly LimitEstimate[];
  readonly probes: readonly Probe[];
  /** Null when it was not looked for. */
  readonly recovery: Recovery | null;
  readonly bottleneck: Bottleneck | null;
  /** The Universal Scalability Law over concurrency and over replicas, as far as they were measured. */
  readonly laws: readonly ScalabilityLaw[];
  readonly recommendation: Recommendation | null;
}

/** A figure with its 95 % confidence interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface LimitEstimate {
  readonly level: Estimate;
  /** Requests a second that were answered at that level. */
  readonly requestsPerSecond: Estimate;
  readonly replicas: number;
  /** The criterion that breaks first: `p95 response time`. */
  readonly brokenBy: string;
}

export type ProbePurpose = 'bracket' | 'edge' | 'overload' | 'recovery' | 'half' | 'knee' | 'intervention' | 'replicas';

/** One load that was held for a while and judged. */
export interface Probe {
  readonly purpose: ProbePurpose;
  readonly level: number;
  readonly replicas: number;
  /** What was changed for it, in words; null: nothing. */
  readonly change: string | null;
  /** Milliseconds since the start of the command. */
  readonly startMs: number;
  readonly durationMs: number;
  /** `kept` and `broken` say it of the limits; `unknown`: too little evidence; `invalid`: not to be trusted. */
  readonly outcome: 'kept' | 'broken' | 'unknown' | 'invalid';
  /** One sentence. */
  readonly reason: string;
  readonly requestsPerSecond: number;
  /** Requests that were answered within the limits' meaning: no error. */
  readonly goodPerSecond: number;
  /** Mean response time: with it Little's law counts the requests in the system, N = X·R. */
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Null when fewer than 1000 samples stand behind it. */
  readonly p99Ms: number | null;
  readonly errorPercent: number;
}

/** After the break: the load stepped down until the limits were kept again. */
export interface Recovery {
  /** The level from which it was stepped down. */
  readonly overloadLevel: number;
  /** The highest level, coming from above, at which the limits were kept again; null: it did not recover (metastable). */
  readonly recoversAtLevel: number | null;
  /** From the step down to that level until the limits were kept, milliseconds; null with the above. */
  readonly recoveryMs: number | null;
  readonly metastable: boolean;
  /** One sentence. */
  readonly sentence: string;
}

/** What a component can run out of. */
export type BottleneckKind =
  | 'cpu'
  | 'event-loop'
  | 'garbage-collection'
  | 'memory'
  | 'disk'
  | 'descriptors'
  | 'connections'
  | 'connection-setup'
  | 'pool'
  | 'lock'
  | 'downstream'
  | 'queue'
  | 'rate-limit';

export interface Bottleneck {
  /** The causes that were suspected, the strongest first; empty: not found. */
  readonly causes: readonly Cause[];
  /** Whether an intervention proved the first cause. */
  readonly proved: boolean;
  readonly interventions: readonly Intervention[];
  /** One sentence: the cause, the runner-up and its distance; or that it was not found, and what was looked at. */
  readonly sentence: string;
}

export interface Cause {
  readonly kind: BottleneckKind;
  /** The service, `balancer`, or `generator`. */
  readonly component: string;
  /** 0…1: how strongly the evidence speaks for it. */
  readonly score: number;
  /** Sentences with the figures, at half load and at the knee. */
  readonly evidence: readonly string[];
}

/** One thing changed, and what came of it. */
export interface Intervention {
  /** `one more replica of api`. */
  readonly change: string;
  readonly component: string;
  /** The kinds of bottleneck that it would relieve. */
  readonly relieves: readonly BottleneckKind[];
  readonly beforePerSecond: Estimate;
  readonly afterPerSecond: Estimate;
  /** Mean response times. */
  readonly beforeMs?: Estimate | undefined;
  readonly afterMs?: Estimate | undefined;
  /** The limit that the load had broken; undefined where no figure with an interval tells of it. */
  readonly figure?: LimitRelief | undefined;
  readonly helped: boolean;
}

/** A limit's figure without a change and with it. */
export interface LimitRelief {
  /** `p95 response time`. */
  readonly title: string;
  readonly unit: CriterionResult['unit'];
  readonly limit: number;
  readonly direction: CriterionResult['direction'];
  readonly before: Estimate;
  readonly after: Estimate;
  /** Whether the level that broke the limit without the change kept it with the change, by the figures themselves. */
  readonly kept: boolean;
}

/** X(N) = γN / (1 + α(N − 1) + βN(N − 1)). Gunther, "Guerrilla Capacity Planning", Springer 2007, chapter 6. */
export interface ScalabilityLaw {
  readonly over: 'concurrency' | 'replicas';
  readonly points: readonly {
    readonly n: number;
    readonly perSecond: number;
    readonly residual: number;
    /** The ends of its 95 % interval; missing where it has none. */
    readonly low?: number | undefined;
    readonly high?: number | undefined;
  }[];
  /** Null: refused; the sentence says why. */
  readonly fit: {
    readonly gamma: number;
    readonly alpha: number;
    readonly beta: number;
    /** Share of the variance that it explains, 0…1. */
    readonly r2: number;
    /** Where the law has its peak; null: none in sight (β = 0). */
    readonly peakN: number | null;
  } | null;
  /** One sentence. */
  readonly sentence: string;
}

/** What wanted loads need, from today's limit to ten times as much. */
export interface Recommendation {
  readonly rows: readonly RecommendationRow[];
  /** Sentences: what the table stands on. */
  readonly notes: readonly string[];
}

/** A 95 % interval of a number of replicas, both ends in it; null: no number of them suffices. */
export interface ReplicasRange {
  readonly low: number | null;
  readonly high: number | null;
}

export interface RecommendationRow {
  /** In users when there is a think time, else in requests a second. */
  readonly users: number | null;
  readonly requestsPerSecond: number;
  /** Null: the law says that no number of replicas carries it, or `untold`. */
  readonly replicas: number | null;
  /** What the intervals of the measured limits leave open; missing where it was measured, or where only a proportion is assumed. */
  readonly replicasRange?: ReplicasRange | undefined;
  /** True: the range is too wide for a number. */
  readonly untold?: boolean | undefined;
  /** Database connections of each replica, by Little's law, so that all together stay under the server's; null when unknown. */
  readonly poolSize: number | null;
  /** Shards of shared state; null when nothing shared was measured. */
  readonly shards: number | null;
  /** Whether it lies outside what was measured. */
  readonly extrapolated: boolean;
}
