/** Puts jobs into the tables: many at once, inside whatever transaction the caller has. */
import type { Compilable } from 'kysely';
import type { Steps, Transaction } from '../../state/sql/index.ts';
import { codes } from '../states/states.ts';
import { among, type Ground, keptRow, portionsOf } from './ground.ts';
import { insertJobs, type PlacedJob } from './insert.ts';
import { enterLane, tierOfLane } from './lanes.ts';
import { turnsOf } from './turns.ts';

export interface NewJob {
  readonly name: string;
  readonly version: number;
  /** JSON. */
  readonly payload: string;
  readonly priority: number;
  readonly delayMs: number;
  readonly group?: string;
  readonly lane?: string;
  readonly key?: string;
  readonly trace?: string;
}

export interface Added {
  readonly id: number;
  /** False: a live job has the key already, and this is its number. */
  readonly added: boolean;
}

/** In the order of `jobs`. */
export function* addJobs(ground: Ground, tx: Transaction, jobs: readonly NewJob[]): Steps<Added[]> {
  const added: Added[] = [];
  for (const some of portionsOf(jobs, lettersOf)) added.push(...(yield* addSome(ground, tx, some)));
  return added;
}

/** Whether one statement is enough, which is a transaction by itself. */
export function isPlain({ terms }: Ground, jobs: readonly NewJob[]): boolean {
  return (
    !terms.fair &&
    jobs.every(({ key, lane }) => key === undefined && lane === undefined) &&
    (jobs.length === 1 || portionsOf(jobs, lettersOf).length === 1)
  );
}

function lettersOf({ payload }: NewJob): number {
  return payload.length;
}

/** The one statement of plain jobs; its answer has their numbers. */
export function insertPlain(ground: Ground, jobs: readonly NewJob[]): Compilable<{ id: number }> {
  return insertJobs(
    ground,
    jobs.map((job) => placed(job, 0, false)),
  );
}

function* addSome(ground: Ground, tx: Transaction, jobs: readonly NewJob[]): Steps<Added[]> {
  const places = ground.terms.fair ? yield* turnsOf(ground, tx, jobs) : undefined;
  const blocked = yield* blockedOf(ground, tx, jobs);
  const rows = yield* tx.all(
    insertJobs(
      ground,
      jobs.map((job, i) => placed(job, places?.[i] ?? 0, blocked.has(i))),
    ),
  );
  // Numbers are given in the order of the rows; an engine may answer them in another.
  const ids = rows.map(({ id }) => id).toSorted((a, b) => a - b);
  const losers = yield* claimKeys(ground, tx, jobs, ids);
  return ids.map((id) => ({ id: losers.get(id) ?? id, added: !losers.has(id) }));
}

function placed(job: NewJob, place: number, blocked: boolean): PlacedJob {
  const { name, version, payload, priority, delayMs, group = null, lane = null, key = null, trace = null } = job;
  const delayed = delayMs > 0;
  const state = delayed ? codes.delayed : blocked ? codes.blocked : codes.ready;
  const tier = delayed ? 0 : blocked ? tierOfLane(lane as string) : priority;
  return { state, tier, place, delayMs, name, priority, version, payload, flow: group, lane, job_key: key, trace };
}

function* blockedOf(ground: Ground, tx: Transaction, jobs: readonly NewJob[]): Steps<Set<number>> {
  const blocked = new Set<number>();
  const laned = [...jobs.entries()].filter(([, { lane, delayMs }]) => lane !== undefined && delayMs <= 0);
  laned.sort(([, a], [, b]) => ((a.lane as string) < (b.lane as string) ? -1 : 1));
  for (const [i, { lane }] of laned) {
    if (!(yield* enterLane(ground, tx, lane as string))) blocked.add(i);
  }
  return blocked;
}

/** The numbers of those whose key another live job has, with its number; their rows are taken back. */
function* claimKeys(
  ground: Ground,
  tx: Transaction,
  jobs: readonly NewJob[],
  ids: readonly number[],
): Steps<Map<number, number>> {
  const { db, engine } = ground;
  const losers = new Map<number, number>();
  const keyed = [...jobs.entries()].filter(([, { key }]) => key !== undefined);
  keyed.sort(([, a], [, b]) => ((a.key as string) < (b.key as string) ? -1 : 1));
  for (const [i, { key, lane, delayMs }] of keyed) {
    const id = ids[i] as number;
    const holder = yield* holderOf(ground, tx, key as string, id);
    if (holder === id) continue;
    losers.set(id, holder);
    if (lane !== undefined && delayMs <= 0) yield* leaveIfEntered(ground, tx, id, lane);
  }
  if (losers.size > 0) {
    yield* tx.run(db.deleteFrom('palier_jobs').where(among(engine, 'id', [...losers.keys()])));
  }
  return losers;
}

function* holderOf({ sql, db, queue }: Ground, tx: Transaction, key: string, id: number): Steps<number> {
  const insert = db.insertInto('palier_job_keys').values({ queue, job_key: key, job: id });
  const select = db.selectFrom('palier_job_keys').select('job').where('queue', '=', queue).where('job_key', '=', key);
  return (yield* keptRow(tx, sql.words.insertUnlessThere(insert, ['queue', 'job_key']), select)).job;
}

function* leaveIfEntered(ground: Ground, tx: Transaction, id: number, lane: string): Steps<void> {
  const row = yield* tx.first(ground.db.selectFrom('palier_jobs').select('state').where('id', '=', id));
  if (row?.state !== codes.ready) return;
  const { db, queue } = ground;
  yield* tx.run(
    db
      .updateTable('palier_job_lanes')
      .set(({ eb }) => ({ held: eb('held', '-', 1) }))
      .where('queue', '=', queue)
      .where('lane', '=', lane),
  );
}
