/** What a service says of its jobs: their names, the types of payload and result, how often and how long each is tried. */
import type { BackoffOptions } from '@palier/base/backoff';
import { optionChecks } from '../options.ts';
import type { Steps, Transaction } from '../state/sql/index.ts';
import type { ErrorRule } from './states/failure.ts';

export interface JobOptions<Payload> {
  /**
   * Checks what comes out of the tables, and what is put into them; throws when it is not a payload. A schema's `parse` fits here. Default:
   * believed.
   */
  readonly parse?: (value: unknown) => Payload;
  /** Of the payload's form. Raise it with each change that older workers would misread. Default 0. */
  readonly version?: number;
  /** Makes a payload of an older version into one of this. Without it such a job is dead, and says so. */
  readonly upgrade?: (value: unknown, fromVersion: number) => unknown;
  /** How often it may be begun in all, when its attempts fail. Default 5. */
  readonly attempts?: number;
  /** The wait after a failed attempt. Default: at most 1 s, doubled each time up to 10 min, a quarter to all of it. */
  readonly backoff?: BackoffOptions;
  /** For errors of certain classes, the first that fits. If none does: what a PalierError says of itself (`retry`: never), else as the job. */
  readonly errors?: readonly ErrorRule[];
  /** The longest that one attempt may take. Default 60 000 ms: longer work is cut into pieces that it saves. */
  readonly timeoutMs?: number;
  /** How long a done job and its result can be looked at. Default 0: gone at once, which is also the fastest. */
  readonly keepDoneMs?: number;
  /** A smaller number goes first, whatever waits. Default 0; −1000 to 1000. */
  readonly priority?: number;
}

/** A kind of job. The types stand only in the type. */
export interface JobKind<Payload, Result> extends Required<Omit<JobOptions<Payload>, 'upgrade'>> {
  readonly upgrade: ((value: unknown, fromVersion: number) => unknown) | undefined;
  readonly result?: (result: Result) => void;
}

// oxlint-disable-next-line typescript/no-explicit-any -- any kind of job at all
export type JobKinds = Readonly<Record<string, JobKind<any, any>>>;
export type PayloadOf<Kind> = Kind extends JobKind<infer Payload, infer _> ? Payload : never;
export type ResultOf<Kind> = Kind extends JobKind<infer _, infer Result> ? Result : never;

/** One attempt at a job, as its handler sees it. */
export interface Job<Payload = unknown, Result = unknown> {
  readonly id: number;
  readonly name: string;
  readonly payload: Payload;
  /** This one: 1 is the first. */
  readonly attempt: number;
  readonly addedAtMs: number;
  /** What an earlier attempt saved last. */
  readonly saved: unknown;
  /** The `traceparent` of who added it. */
  readonly trace: string | undefined;
  /** Aborted when it was called off, took too long, its worker stops, or was given up for lost. */
  readonly signal: AbortSignal;
  /**
   * For people who look; written with the next beat, the last one only. At most 4000 bytes as JSON: what is more, or no JSON, is told in the log
   * and not written.
   */
  progress(value: unknown): void;
  /**
   * Keeps where it is, in one transaction with what it has made: the next attempt goes on from there. Throws PALIER_QUEUE_FENCED, and with it
   * ends the transaction, when the job is no longer this worker's.
   */
  save(tx: Transaction, saved: unknown): Steps<void>;
  /** Its effects and its completion in one transaction. The handler should return the same result after it. */
  finish(tx: Transaction, result: Result): Steps<void>;
}

export type Handler<Kind> = (job: Job<PayloadOf<Kind>, ResultOf<Kind>>) => Promise<ResultOf<Kind>>;

const { whole, wholes, wrong } = optionChecks('PALIER_QUEUE_OPTION');
const mostAttempts = 1000;
const mostWaitMs = 366 * 86_400_000;

/** Throws PALIER_QUEUE_OPTION. */
export function job<Payload = undefined, Result = void>(options: JobOptions<Payload> = {}): JobKind<Payload, Result> {
  const { attempts, ...counts } = wholes(options, {
    attempts: [5, 1, mostAttempts],
    version: [0, 0, 1_000_000],
    timeoutMs: [60_000, 1, 86_400_000],
    keepDoneMs: [0, 0, 366 * 86_400_000],
    priority: [0, -1000, 1000],
  });
  const { backoff = { firstMs: 1000, maxMs: 600_000, floor: 0.25 }, errors = [] } = options;
  checkBackoff('backoff', backoff);
  for (const rule of errors) {
    if (rule.attempts !== undefined) whole('errors.attempts', rule.attempts, 1, mostAttempts);
    if (rule.backoff !== undefined) checkBackoff('errors.backoff', rule.backoff);
  }
  return {
    ...counts,
    parse: options.parse ?? ((value) => value as Payload),
    upgrade: options.upgrade,
    attempts,
    backoff,
    errors,
  };
}

function checkBackoff(option: string, { firstMs, maxMs, floor }: BackoffOptions): void {
  const check = (name: string, value: number, most: number): void => {
    if (!(value >= 0 && value <= most)) throw wrong(`${option}.${name}`, value, `from 0 to ${most}`);
  };
  check('firstMs', firstMs, mostWaitMs);
  check('maxMs', maxMs, mostWaitMs);
  check('floor', floor, 1);
}
