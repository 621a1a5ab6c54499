/** The jobs of a capture: read the list of chatters, then ask for what is known of each account. Both go on where they were. */
import { PalierError } from '@palier/base/error';
import { type ErrorRule, job, type JobKind, openQueue, type Queue, type QueueOptions } from '@palier/kit/queue';
import type { StateSurroundings } from '@palier/kit/state';
import type { Sql } from '@palier/kit/state/sql';
import type { Tables } from '../database/tables.ts';
import { chattersError } from '../errors.ts';

export interface CaptureJob {
  readonly captureId: string;
}

/** A type, since an interface is no list of jobs to the queue. */
export type CaptureJobs = {
  readonly read: JobKind<CaptureJob, void>;
  readonly enrich: JobKind<CaptureJob, void>;
};

export type CaptureQueue = Queue<CaptureJobs>;

export type CaptureQueueOptions = Pick<QueueOptions<CaptureJobs>, 'bus' | 'meters' | 'leaseMs'>;

/** Attempts of a job; what it has saved stays, so that an attempt is a beginning anew of one call, not of the capture. */
const attempts = 60;

/** Throws what `openQueue` throws. Every service that opens it says the same, but for its own meters. */
export function openCaptureQueue(
  sql: Sql<Tables>,
  around: StateSurroundings,
  options: CaptureQueueOptions,
): Promise<CaptureQueue> {
  const kind = job<CaptureJob>({
    parse,
    // With the waits between them: Twitch may be away for half an hour.
    attempts,
    backoff: { firstMs: 250, maxMs: 60_000, floor: 0.25 },
    errors: [busy],
    // Of one attempt: the largest channel takes four minutes of a user's points, and several may share them.
    timeoutMs: 20 * 60_000,
  });
  return openQueue(sql, around, {
    name: 'captures',
    jobs: { read: kind, enrich: kind },
    // A user's twenty captures do not keep another's one waiting.
    fair: true,
    // A job that is killed again and again goes on where it was: more is needed to call it poison.
    maxCrashes: 10,
    ...options,
  });
}

/** Other captures of the same user use the points meanwhile: nothing is wrong, it is only not its turn. */
const busy: ErrorRule = {
  when: (error) => error instanceof PalierError && error.code === 'TWITCH_BUSY',
  attempts: 1000,
  backoff: { firstMs: 1000, maxMs: 10_000, floor: 0.5 },
};

function parse(value: unknown): CaptureJob {
  const captureId = (value as Partial<CaptureJob> | null)?.captureId;
  if (typeof captureId === 'string' && captureId !== '') return { captureId };
  throw chattersError('REQUEST_INVALID', { what: 'captureId', is: typeof captureId, expected: 'the id of a capture' });
}
