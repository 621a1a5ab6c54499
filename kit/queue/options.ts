/** What can be set on a queue and on a worker, and why it is as it is. */
import type { Bus } from '../state/index.ts';
import type { Meters } from '../meter/index.ts';
import { optionChecks } from '../options.ts';
import type { JobKinds, PayloadOf } from './jobs.ts';
import type { Recurrence } from './schedule/times.ts';

/** A job that recurs. While the last one is live, it is not added again; moments that nobody was there for are made up for once. */
export type Schedules<Kinds extends JobKinds> = Readonly<
  Record<
    string,
    {
      [Name in keyof Kinds & string]: Recurrence & { readonly job: Name; readonly payload: PayloadOf<Kinds[Name]> };
    }[keyof Kinds & string]
  >
>;

export interface QueueOptions<Kinds extends JobKinds> {
  /** Queues of one name share their jobs. Each is paused, measured and limited by itself. Default `default`. */
  readonly name?: string;
  readonly jobs: Kinds;
  /** By name: what is added by itself, by one of the workers that know it. Default: none. */
  readonly schedules?: Schedules<Kinds>;
  /** Tells workers of new jobs at once. Default: PostgreSQL's NOTIFY; elsewhere they look, `pollMs` apart when there was nothing. */
  readonly bus?: Bus;
  readonly meters?: Meters;
  /**
   * Whether the jobs of groups (`group` of `add`) take turns: one user's thousand do not keep another's one waiting. Costs a transaction of
   * a few statements an `add` instead of one. Default false: first come, first served. The same for all who open the queue.
   */
  readonly fair?: boolean;
  /** How many jobs of one lane (`lane` of `add`) are under way at once, over all workers. Default 1. The same for all who open it. */
  readonly perLane?: number;
  /** How many jobs run at once, over all workers. Default: no limit; with one, claims wait for each other. At most 10 000. */
  readonly maxRunning?: number;
  /**
   * How long the jobs of a worker that beats no more stay its own. It beats three times in that time; others notice within twice of it.
   * Default 7500 ms: a pause of the event loop or of the database is mostly shorter, and the work goes on within 15 s.
   */
  readonly leaseMs?: number;
  /** How often a job may lose its worker and be begun again, alone. Default 2: the first may have been a neighbour's fault. */
  readonly maxCrashes?: number;
  /** How long dead, cancelled and parked jobs can be looked at and begun anew. Default 30 days. */
  readonly keepDeadMs?: number;
  /**
   * The longest payload, saved state or result, as JSON. Default 262 144: keep ids in a job, and data where it belongs. All three must go into one
   * packet of MariaDB (`max_allowed_packet`, 16 MiB by default).
   */
  readonly maxBytes?: number;
}

export interface WorkOptions {
  /** How many handlers of this worker run at once. Default 10: they mostly wait for others. */
  readonly concurrency?: number;
  /**
   * Jobs held in stock beyond those that run, when they are so fast that asking for each would be the work. Default 1000: half is asked for at
   * a time. What is still there at the second beat goes back. All of it is suspect when the worker is killed.
   */
  readonly stock?: number;
  /** How far ahead the stock reaches, by the rate seen. Default 50 ms: nobody else could take them in that time. */
  readonly stockMs?: number;
  /** How long to wait for the next look when there was nothing. Default 1000 ms with a bus (or NOTIFY), 100 ms without. */
  readonly pollMs?: number;
  /** At stop: how long running handlers may go on before their signal is aborted, and their jobs are given back. Default 10 000 ms. */
  readonly stopMs?: number;
  /** Shown in the register of workers. Default: none. */
  readonly name?: string;
  /** A look that is not answered, or a queue with ripe jobs that gives none, for so long is a stall: told, and begun anew. Default 15 000 ms. */
  readonly stallMs?: number;
}

export interface CheckedQueueOptions {
  readonly name: string;
  readonly bus: Bus | undefined;
  readonly meters: Meters | undefined;
  readonly fair: boolean;
  readonly perLane: number;
  readonly maxRunning: number;
  readonly leaseMs: number;
  readonly maxCrashes: number;
  readonly keepDeadMs: number;
  readonly maxBytes: number;
}

export type CheckedWorkOptions = Required<WorkOptions>;

const { whole, wholes, wrong } = optionChecks('PALIER_QUEUE_OPTION');

/**
 * Whether a text can be a name or a key, which is compared: every database stores it as it is. Half a pair of UTF-16 would become the sign for
 * what is no letter, and two keys one; PostgreSQL takes no NUL.
 */
export function isName(text: unknown, mostLetters: number): text is string {
  if (typeof text !== 'string') return false;
  return text !== '' && text.length <= mostLetters && text.isWellFormed() && !text.includes('\0');
}

/** Of queues and of jobs. */
const mostLetters = 100;

function checkName(option: string, name: string): void {
  if (isName(name, mostLetters)) return;
  throw wrong(option, JSON.stringify(name), `1 to ${mostLetters} characters, no NUL and no half of a pair among them`);
}

/** Throws PALIER_QUEUE_OPTION. */
export function checkedQueueOptions(options: QueueOptions<JobKinds>): CheckedQueueOptions {
  const { name = 'default' } = options;
  checkName('name', name);
  for (const job of Object.keys(options.jobs)) checkName('jobs', job);
  return {
    name,
    bus: options.bus,
    meters: options.meters,
    fair: options.fair ?? false,
    maxRunning: options.maxRunning === undefined ? Infinity : whole('maxRunning', options.maxRunning, 1, 10_000),
    ...wholes(options, {
      perLane: [1, 1, 10_000],
      leaseMs: [7500, 30, 3_600_000],
      maxCrashes: [2, 0, 1000],
      keepDeadMs: [30 * 86_400_000, 1, 3650 * 86_400_000],
      maxBytes: [262_144, 2, 16_000_000],
    }),
  };
}

/** `isTold`: of new jobs, so that looking is a net only. Throws PALIER_QUEUE_OPTION. */
export function checkedWorkOptions(options: WorkOptions, isTold: boolean): CheckedWorkOptions {
  return {
    name: options.name ?? '',
    ...wholes(options, {
      concurrency: [10, 1, 10_000],
      stock: [1000, 0, 5000],
      stockMs: [50, 0, 60_000],
      pollMs: [isTold ? 1000 : 100, 1, 60_000],
      stopMs: [10_000, 0, 3_600_000],
      stallMs: [15_000, 1000, 3_600_000],
    }),
  };
}
