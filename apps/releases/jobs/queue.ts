/** The queue that packing goes through: in the application's own database, so that a job and what it is about are written together. */
import { job, type JobKind, openQueue, type Queue, type QueueOptions } from '@palier/kit/queue';
import type { StateSurroundings } from '@palier/kit/state';
import type { Sql } from '@palier/kit/state/sql';
import type { Tables } from '../database/schema.ts';
import { releasesError } from '../errors.ts';

export interface PackJob {
  /** In `jobs`. */
  readonly jobId: string;
}

/** A type, since an interface is no list of jobs to the queue. */
export type PackJobs = {
  readonly pack: JobKind<PackJob, void>;
  readonly settle: JobKind<undefined, void>;
};

export type PackQueue = Queue<PackJobs>;

/** Attempts of a job whose surroundings fail it: the database was away. What is wrong with a book is not tried again. */
export const packAttempts = 3;
/** Ninety-nine volumes of 250 MB, at 40 MB/s. */
const packTimeoutMs = 10 * 60_000;
/** How soon a job is seen to have failed whose workers were lost once too often: nobody else would tell. */
const settleEveryMs = 30_000;

/** Throws what `openQueue` throws. */
export function openPackQueue(
  sql: Sql<Tables>,
  around: StateSurroundings,
  options: Pick<QueueOptions<PackJobs>, 'bus' | 'meters' | 'leaseMs'>,
): Promise<PackQueue> {
  const pack = job<PackJob>({ parse, attempts: packAttempts, timeoutMs: packTimeoutMs });
  return openQueue(sql, around, {
    name: 'packing',
    jobs: { pack, settle: job<undefined>({ attempts: 1 }) },
    schedules: { settle: { everyMs: settleEveryMs, job: 'settle', payload: undefined } },
    ...options,
  });
}

function parse(value: unknown): PackJob {
  const jobId = (value as Partial<PackJob> | null)?.jobId;
  if (typeof jobId === 'string' && jobId !== '') return { jobId };
  throw releasesError('REQUEST_INVALID', { what: 'jobId', is: typeof jobId, expected: 'the id of a job' });
}
