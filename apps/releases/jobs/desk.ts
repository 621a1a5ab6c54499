/** What becomes of jobs, each step in one transaction with what it means for the release: begun, told, ended; and those that were left behind. */
import type { Steps, Transaction } from '@palier/kit/state/sql';
import type { Kysely } from 'kysely';
import type { JobsTable, ReleaseFilesTable, Tables } from '../database/schema.ts';
import { releasesError } from '../errors.ts';
import type { Shop } from '../web/shop.ts';
import { type JobStatus, type JobType, kinds, releaseAfter, statesBefore } from './states.ts';

export type Desk = Pick<Shop, 'db' | 'queue' | 'clock'>;

/** Lines that a job may write: a line for each volume, and what goes wrong. */
const maxLines = 300;
const maxLineCharacters = 500;

/** Inside the caller's transaction: the release is at work from now on, and the job is in the queue. Throws CONFLICT. */
export function* addJob(
  { db, queue, clock }: Desk,
  tx: Transaction,
  job: { readonly releaseId: string; readonly type: JobType; readonly by: string },
): Steps<JobsTable> {
  const now = nowOf(clock);
  const from = [...kinds[job.type].from];
  const taken = yield* tx.run(
    db.query
      .updateTable('releases')
      .set({ status: 'processing', updated_at: now })
      .where('id', '=', job.releaseId)
      .where('status', 'in', from),
  );
  if (taken.numAffectedRows !== 1n) {
    throw releasesError('CONFLICT', {
      what: 'The release',
      is: 'at work, or not that far',
      expected: from.join(' or '),
    });
  }
  const id = db.newId();
  const { id: queue_id } = yield* queue.adding(tx, 'pack', { jobId: id });
  const row: JobsTable = {
    id,
    release_id: job.releaseId,
    status: 'pending' satisfies JobStatus,
    job_type: job.type,
    created_by: job.by,
    created_at: now,
    queue_id,
    reason: null,
    started_at: null,
    ended_at: null,
  };
  yield* tx.run(db.query.insertInto('jobs').values(row));
  return row;
}

/** Whether it is running now: not called off before, and not at an end. */
export function* begin({ db, clock }: Desk, tx: Transaction, id: string): Steps<boolean> {
  if (yield* move(db.query, tx, id, 'running', { started_at: nowOf(clock) })) return true;
  // An attempt before this one had begun.
  const row = yield* tx.first(db.query.selectFrom('jobs').select('status').where('id', '=', id));
  return row?.status === 'running';
}

/** Whether it came to this end now; if so, the release is what that makes it. */
export function* end(
  { db, clock }: Desk,
  tx: Transaction,
  id: string,
  status: 'completed' | 'failed' | 'cancelled',
  reason: string | null = null,
): Steps<boolean> {
  const now = nowOf(clock);
  if (!(yield* move(db.query, tx, id, status, { ended_at: now, reason: reason?.slice(0, maxLineCharacters) ?? null })))
    return false;
  const job = yield* tx.first(db.query.selectFrom('jobs').select('release_id').where('id', '=', id));
  if (job === undefined) return true;
  const files = db.query.selectFrom('release_files').select('id').where('release_id', '=', job.release_id).limit(1);
  const packed = (yield* tx.first(files)) !== undefined;
  yield* tx.run(
    db.query
      .updateTable('releases')
      .set({ status: releaseAfter(status, packed), updated_at: now })
      .where('id', '=', job.release_id)
      .where('status', '=', 'processing'),
  );
  return true;
}

/** Adds to what a job tells. One that has been told too much keeps its last lines' place: they are left out. */
export async function tell({ db, clock }: Desk, jobId: string, line: string): Promise<void> {
  const { n } = await db.query
    .selectFrom('job_logs')
    .select((of) => of.fn.countAll<number | bigint>().as('n'))
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  if (Number(n) >= maxLines) return;
  const row = { id: db.newId(), job_id: jobId, line: line.slice(0, maxLineCharacters), at: nowOf(clock) };
  await db.query.insertInto('job_logs').values(row).execute();
}

/** Calls a job off: it is over at once, whoever is at work on it is told to stop, and what he makes is thrown away. Throws CONFLICT. */
export async function cancel(desk: Desk, job: Pick<JobsTable, 'id' | 'queue_id'>): Promise<void> {
  const done = await desk.db.transaction((tx) => end(desk, tx, job.id, 'cancelled'));
  if (!done) {
    throw releasesError('CONFLICT', { what: 'The job', is: 'at its end', expected: 'pending or running' });
  }
  if (job.queue_id !== null) await desk.queue.cancel(job.queue_id);
}

/** Ends the jobs that no worker will: of a job that is dead in the queue (its workers were lost, or it took too long) or gone from it. */
export async function settle(desk: Desk): Promise<number> {
  const { db, queue } = desk;
  // A hundred at a time: they are few, and the next turn comes soon.
  const open = await db.query
    .selectFrom('jobs')
    .select(['id', 'status', 'queue_id'])
    .where('status', 'in', ['pending', 'running'])
    .where('queue_id', 'is not', null)
    .orderBy('id')
    .limit(100)
    .execute();
  let settled = 0;
  for (const { id, status, queue_id } of open) {
    const seen = await queue.look(Number(queue_id));
    if (seen !== undefined && !['dead', 'cancelled', 'parked', 'done'].includes(seen.state)) continue;
    const reason = seen?.error ?? seen?.reason ?? 'it is gone from the queue';
    const ended = await db.transaction(function* (tx): Steps<boolean> {
      if (status === 'pending' && !(yield* begin(desk, tx, id))) return false;
      return yield* end(desk, tx, id, 'failed', `The job could not be done: ${reason}`);
    });
    if (ended) settled++;
  }
  return settled;
}

/** The files of a release, for its owner. */
export function filesOf(query: Kysely<Tables>, releaseId: string): Promise<ReleaseFilesTable[]> {
  return query.selectFrom('release_files').selectAll().where('release_id', '=', releaseId).orderBy('id').execute();
}

function* move(
  query: Kysely<Tables>,
  tx: Transaction,
  id: string,
  to: JobStatus,
  more: Partial<JobsTable>,
): Steps<boolean> {
  const update = query
    .updateTable('jobs')
    .set({ status: to, ...more })
    .where('id', '=', id)
    .where('status', 'in', statesBefore(to));
  return (yield* tx.run(update)).numAffectedRows === 1n;
}

function nowOf(clock: Desk['clock']): string {
  return new Date(clock.epochMs()).toISOString();
}
