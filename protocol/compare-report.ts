/**
 * The result of `palier compare`: what changed between two runs, and how sure that is. What `--json` writes.
 */
import type { Estimate, LimitOutcome } from './limit-report.ts';
import type { Verdict } from './report.ts';
import type { LoadModel } from './system/scenario.ts';

/**
 * `worse`: at least one figure, whatever else got better. `unchanged`: no change was proved, and one that is large enough to matter would
 * have shown. `inconclusive`: it might not have shown. `not-comparable`: the runs differ in what would have to be the same.
 */
export type CompareOutcome = 'worse' | 'better' | 'unchanged' | 'inconclusive' | 'not-comparable';

/** The most important first: the outcome over several scenarios is the first that occurs. */
export const compareOutcomeOrder: readonly CompareOutcome[] = [
  'worse',
  'not-comparable',
  'inconclusive',
  'better',
  'unchanged',
];

export interface CompareReport {
  readonly kind: 'palier-compare';
  readonly version: number;
  readonly outcome: CompareOutcome;
  readonly before: ComparedRun;
  readonly after: ComparedRun;
  /** In what else the runs differ; those that forbid a comparison first. */
  readonly differences: readonly Difference[];
  readonly scenarios: readonly ComparedScenario[];
  /** So many figures were compared. */
  readonly comparisons: number;
  /** The chance of one false alarm or more among all of them, 0…1, if nothing changed. */
  readonly maxFalseAlarm: number;
}

export interface ComparedRun {
  /** As the user named it. */
  readonly file: string;
  readonly system: string;
  readonly startedAt: string;
  readonly verdict: Verdict;
}

/** Something that is not the same in both runs and that may be the reason for a change. */
export interface Difference {
  /** `processor`, `limits`, `users`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** True: figures under these two conditions say nothing about each other. */
  readonly forbids: boolean;
}

export interface ComparedScenario {
  readonly name: string;
  readonly outcome: CompareOutcome;
  /** Sentences, the most important first. */
  readonly reasons: readonly string[];
  readonly differences: readonly Difference[];
  /** Empty when it is not comparable. */
  readonly figures: readonly ComparedFigure[];
}

export interface ComparedFigure {
  /** All requests, those of one route, or what one service used. */
  readonly scope: 'total' | 'route' | 'service';
  /** The route or service; `all requests` of the total. */
  readonly of: string;
  readonly figure: 'p50' | 'p95' | 'p99' | 'throughput' | 'errors' | 'cpu' | 'memory';
  /** Of before and after; of `cpu` the processor time of one request. */
  readonly unit: 'ms' | 'per-second' | 'percent' | 'bytes';
  readonly before: number;
  readonly after: number;
  /** Percent of before, with its 95 % interval; of errors: percentage points. An end without a bound is null. */
  readonly change: { readonly value: number; readonly low: number | null; readonly high: number | null };
  /**
   * Of so much difference between two runs that do not differ, corrected for the number of figures (Benjamini and Hochberg): the share of
   * false news if every figure with at most this chance were called news.
   */
  readonly chance: number;
  /** The least change, in the same unit, that matters. */
  readonly least: number;
  /** The least change for the worse, in the same unit, that would show in 8 of 10 comparisons of such runs; null: none. */
  readonly visible: number | null;
  readonly outcome: 'worse' | 'better' | 'no-change-proved';
}

/** What `palier compare` writes of two results of `palier limit`. */
export interface LimitCompareReport {
  readonly kind: 'palier-compare-limit';
  readonly version: number;
  readonly outcome: CompareOutcome;
  /** Sentences, the most important first. */
  readonly reasons: readonly string[];
  readonly before: ComparedLimitRun;
  readonly after: ComparedLimitRun;
  readonly model: LoadModel;
  /** In what else the searches differ; those that forbid a comparison first. */
  readonly differences: readonly Difference[];
  /** Empty unless both limits were found. */
  readonly figures: readonly ComparedLimit[];
}

export interface ComparedLimitRun {
  /** As the user named it. */
  readonly file: string;
  readonly system: string;
  readonly scenario: string;
  readonly startedAt: string;
  readonly outcome: LimitOutcome;
}

export interface ComparedLimit {
  /** `level`: users, or arrivals a second. */
  readonly figure: 'requests-per-second' | 'level';
  readonly before: Estimate;
  readonly after: Estimate;
  /** Percent of before, with its 95 % interval. */
  readonly change: Estimate;
  /** The least change, percent, that matters. */
  readonly least: number;
  readonly outcome: ComparedFigure['outcome'];
}
