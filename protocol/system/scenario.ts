/**
 * Scenarios: who comes, how fast, what they do, and the limits that must hold meanwhile.
 *
 * Two models, in the field's sense (Schroeder, Wierman, Harchol-Balter, "Open Versus Closed: A Cautionary Tale", NSDI 2006). Closed:
 * users come, each does its tasks one after the other with a think time between them, so a slow system gets fewer requests. Open: tasks
 * arrive at a rate, whether or not the earlier ones are done.
 */
import type { Duration } from '@palier/base/duration';
import type { JsonValue, StepFile } from './step/step.ts';

export type ScenarioFile = ClosedScenarioFile | OpenScenarioFile;

export interface ClosedScenarioFile extends ScenarioParts {
  /** What happens over time, in order. */
  readonly stages: readonly UserStageFile[];
  /** The pause of a user between two tasks, drawn evenly from this range. Zero must be said: there is no default. */
  readonly thinkTime: Duration | readonly [Duration, Duration];
  readonly arrivals?: undefined;
}

export interface OpenScenarioFile extends ScenarioParts {
  /** Makes the model open; `{}` takes every default. */
  readonly arrivals: ArrivalsFile;
  /** What happens over time, in order; left out when the arrivals are recorded. */
  readonly stages?: readonly RateStageFile[];
  readonly thinkTime?: undefined;
}

/** What both models have. */
export interface ScenarioParts {
  /** One sentence for the report. */
  readonly description?: string;
  /** The service that the users talk to. Default: the first one with HTTP. */
  readonly service?: string;
  /** What each user does once, before its first task. A user whose start fails ends, counted, and another one takes its place. */
  readonly start?: readonly StepFile[];
  /** What users do, by name; the weights are percentages and add up to 100. */
  readonly tasks: Readonly<Record<string, TaskFile>>;
  /** Rows of values that steps can use as `{{NAME.column}}`. */
  readonly data?: Readonly<Record<string, DataFile>>;
  /** Values drawn anew for each task, used as `{{NAME}}`. */
  readonly draw?: Readonly<Record<string, DrawFile>>;
  readonly limits?: LimitsFile;
  /** What the limits are judged on: the holds (default), or everything (for a spike). */
  readonly judge?: 'holds' | 'everything';
  /** Left out of the judgement at the start of each hold. Default: 5 s. */
  readonly warmUp?: Duration;
  /** How long a request may take until it counts as an error. Default: 30 s. */
  readonly requestTimeout?: Duration;
  /** Repeats every draw. Default: 1. */
  readonly seed?: number;
}

/** `rampTo` changes the number of users, at a rate (new or leaving users a second) or within a time; `hold` keeps it. */
export type UserStageFile =
  | { readonly rampTo: number; readonly perSecond: number }
  | { readonly rampTo: number; readonly within: Duration }
  | { readonly hold: Duration };

/** `rateTo` changes the arrivals a second, evenly within a time (`0s`: at once); `hold` keeps them. The rate begins at 0. */
export type RateStageFile = { readonly rateTo: number; readonly within: Duration } | { readonly hold: Duration };

export type StageFile = UserStageFile | RateStageFile;

export interface ArrivalsFile {
  /**
   * `poisson`: independent of one another, as people are who do not know of each other; `even`: as from a clock, which hides what
   * bunches do. Default: `poisson`.
   */
  readonly spacing?: 'poisson' | 'even';
  /**
   * How many tasks may be under way at once, each by a user with a connection of its own. An arrival that finds as many is refused,
   * counted and shown. Default: 1000.
   */
  readonly maxConcurrent?: number;
  /** Instead of stages: a JSON file relative to the config file, an array of the moments of arrival, ascending, in ms since the start. */
  readonly recorded?: string;
}

export interface TaskFile {
  /** Percent of the tasks. */
  readonly weight: number;
  readonly steps: readonly StepFile[];
}

export interface DataFile {
  /** A JSON file relative to the config file, an array of objects; or the rows themselves. */
  readonly file?: string;
  readonly rows?: readonly Readonly<Record<string, JsonValue>>[];
  /** `each-user` gives each user a row of its own (more users than rows start again at the first), `random` draws one a task. Default: `each-user`. */
  readonly pick?: 'each-user' | 'random';
}

export type DrawFile = { readonly int: readonly [number, number] } | { readonly oneOf: readonly (string | number)[] };

/** What must hold. All limits are "less than" (`min`: "more than"). */
export interface LimitsFile {
  /** Response time, from the intended send, over all requests. */
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** Failed requests and checks of all requests. */
  readonly errorPercent?: number;
  /** Mean CPU of each replica, percent of its allotment; for every service, or by service name. */
  readonly cpuPercent?: number | Readonly<Record<string, number>>;
  /** Highest resident memory of each replica, percent of its allotment. */
  readonly memoryPercent?: number | Readonly<Record<string, number>>;
  /** Replicas of any service that died, ramps included. 1: none may. */
  readonly crashes?: number;
  /** Response time and errors by route name. */
  readonly routes?: Readonly<Record<string, RouteLimitsFile>>;
  /**
   * Pages of the service as a reader's browser meets them, by path: opened in headless Chromium after the load, several times, each time
   * with nothing remembered. At most 10.
   */
  readonly pages?: Readonly<Record<string, PageLimitsFile>>;
  /** Anything that a service shows on its metrics page, by a title of your own. */
  readonly metrics?: Readonly<Record<string, MetricLimitFile>>;
}

export interface RouteLimitsFile {
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  readonly errorPercent?: number;
}

/** What must hold for a page, over its visits. */
export interface PageLimitsFile {
  /** For a page that is shown to who is logged in: each visit logs in before, in a tab of its own that is not judged. */
  readonly login?: PageLoginFile;
  /** Of the median visit. */
  readonly firstContentfulPaintMs?: number;
  /** When a reader can use it (`PageVisit.interactiveMs`), of the median visit. */
  readonly interactiveMs?: number;
  /** Of the visit with the most. Default: 1, so that there may be none. */
  readonly scriptErrors?: number;
  /** Scripts and styles over the wire, of the visit with the most. */
  readonly bundleBytes?: number;
}

/**
 * The form by which a reader logs in, filled in as by hand and sent with the Enter key: whatever the system keeps of a login (a cookie, an
 * item of the browser's storage) is there afterwards.
 */
export interface PageLoginFile {
  /** The path of the page with the form. */
  readonly page: string;
  /** What is typed into its fields, by CSS selector, in this order: `{ 'input[name=login]': 'ada' }`. The login is over when the first is gone. */
  readonly fill: Readonly<Record<string, string>>;
}

/**
 * A metric of a service, added up over its replicas and over all label sets that contain the given labels:
 * `{ metric: 'db_queries_total', as: 'rate', max: 500 }`, `{ metric: 'cache_hits_total', of: 'cache_reads_total', as: 'ratio', min: 0.8 }`.
 */
export interface MetricLimitFile {
  /** Default: the scenario's service. */
  readonly service?: string;
  /** The sample's name, with labels if wanted: `http_requests_total{status="500"}`. */
  readonly metric: string;
  /** `rate`: growth a second; `ratio`: growth of `metric` by growth of `of`; `highest`, `lowest`, `mean`: of a gauge. */
  readonly as: 'rate' | 'ratio' | 'highest' | 'lowest' | 'mean';
  readonly of?: string;
  readonly max?: number;
  readonly min?: number;
}

/**
 * `closed`: users who wait for their answers and think. `open`: tasks that begin at a rate, whether or not the earlier ones are done.
 */
export type LoadModel = 'closed' | 'open';

/** A checked scenario; times in milliseconds, steps compiled, files still to be read. */
export interface Scenario<Step = StepFile> {
  readonly name: string;
  readonly description: string;
  readonly model: LoadModel;
  readonly service: string;
  /** None when the arrivals are recorded, until the recording has been read (`withRecording` of load/plan). */
  readonly stages: readonly Stage[];
  /** Null: closed. */
  readonly arrivals: Arrivals | null;
  /** Zero in an open model. */
  readonly thinkMs: { readonly min: number; readonly max: number };
  readonly start: readonly Step[];
  readonly tasks: readonly { readonly name: string; readonly weight: number; readonly steps: readonly Step[] }[];
  readonly data: Readonly<Record<string, DataFile>>;
  readonly draw: Readonly<Record<string, DrawFile>>;
  readonly limits: LimitsFile;
  readonly judge: 'holds' | 'everything';
  readonly warmUpMs: number;
  readonly requestTimeoutMs: number;
  readonly seed: number;
}

export interface Arrivals {
  readonly spacing: 'poisson' | 'even';
  readonly maxConcurrent: number;
  /** The file of recorded arrivals as it was named, or null. */
  readonly recorded: string | null;
}

/** A load's level is users in a closed model, arrivals a second in an open one. */
export interface Stage {
  readonly kind: 'ramp' | 'hold';
  readonly fromLevel: number;
  readonly toLevel: number;
  readonly durationMs: number;
}
