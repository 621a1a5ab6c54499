/** What people and pages do with jobs: look, list, count, call off, start anew, pause. Nothing here counts a large table. */
import { type Compilable, sql as raw } from 'kysely';
import type { Steps, Transaction } from '../../state/sql/index.ts';
import { codeAfter, codes, type JobState, isLive, liveStates, stateOf } from '../states/states.ts';
import { among, type Ground } from './ground.ts';
import { enterLane, leaveLane, reached, tierOfLane } from './lanes.ts';
import { endedRow, freeKey, insertEnded } from './settle.ts';
import type { EndedRow, JobRow } from './tables.ts';

export interface JobView {
  readonly id: number;
  readonly name: string;
  readonly state: JobState;
  readonly priority: number;
  readonly attempt: number;
  readonly crashes: number;
  readonly payload: unknown;
  readonly addedAtMs: number;
  /** Ready since, or due at; not of ended ones. */
  readonly dueAtMs?: number;
  readonly endedAtMs?: number;
  readonly progress?: unknown;
  readonly saved?: unknown;
  readonly result?: unknown;
  readonly reason?: string;
  readonly error?: string;
  readonly group?: string;
  readonly lane?: string;
  readonly key?: string;
}

/** `exact` false: there are more; they were not counted. */
export interface Depth {
  readonly state: JobState;
  readonly jobs: number;
  readonly exact: boolean;
  /** How long the one whose turn is next has been waiting; of ready and suspect ones. */
  readonly waitingMs?: number;
}

/** The most that is counted: a look at an index of so many rows takes milliseconds. */
const mostCounted = 10_000;
const mostListed = 1000;
/** Parked jobs begun anew by one call. */
const revivedAtOnce = 500;

export async function lookAt({ sql, db, queue }: Ground, id: number): Promise<JobView | undefined> {
  const live = db.selectFrom('palier_jobs').selectAll().where('id', '=', id).where('queue', '=', queue);
  const [row] = (await sql.run(live as Compilable<JobRow>)).rows;
  if (row !== undefined) return viewOf(row);
  const ended = db.selectFrom('palier_jobs_ended').selectAll().where('id', '=', id).where('queue', '=', queue);
  const [old] = (await sql.run(ended as Compilable<EndedRow>)).rows;
  return old === undefined ? undefined : viewOf(old);
}

/** Live ones in the order of their turns, ended ones the newest first. */
export async function listJobs({ sql, db, queue }: Ground, state: JobState, most: number): Promise<JobView[]> {
  const limit = Math.min(most, mostListed);
  const code = codes[state];
  const select = isLive(state)
    ? db
        .selectFrom('palier_jobs')
        .selectAll()
        .where('queue', '=', queue)
        .where('state', '=', code)
        .orderBy('tier')
        .orderBy('place')
        .orderBy('id')
        .limit(limit)
    : db
        .selectFrom('palier_jobs_ended')
        .selectAll()
        .where('queue', '=', queue)
        .where('state', '=', code)
        .orderBy('keep_until', 'desc')
        .limit(limit);
  const { rows } = await sql.run(select as Compilable<JobRow | EndedRow>);
  return rows.map((row) => viewOf(row));
}

export async function depths(ground: Ground): Promise<Depth[]> {
  return Promise.all(liveStates.map((state) => depthOf(ground, state)));
}

async function depthOf({ sql, db, queue, now }: Ground, state: (typeof liveStates)[number]): Promise<Depth> {
  const jobs = db.selectFrom('palier_jobs').where('queue', '=', queue).where('state', '=', codes[state]);
  const some = jobs.select('id').limit(mostCounted).as('some');
  const [counted] = (await sql.run(db.selectFrom(some).select(raw<number>`COUNT(*)`.as('count')))).rows;
  const count = counted?.count ?? 0;
  const depth = { state, jobs: count, exact: count < mostCounted };
  if (count === 0 || (state !== 'ready' && state !== 'suspect')) return depth;
  const head = jobs
    .select(['due_at', now().as('now')])
    .orderBy('tier')
    .orderBy('place')
    .orderBy('id')
    .limit(1);
  const [first] = (await sql.run(head)).rows;
  return first === undefined ? depth : { ...depth, waitingMs: Math.max(0, first.now - first.due_at) };
}

/** `asked`: it runs, and its worker will be told. */
export function cancelJob(ground: Ground, id: number, keepMs: number): Promise<'cancelled' | 'asked' | 'gone'> {
  const { db, queue, engine } = ground;
  return ground.sql.transaction(function* (tx) {
    const select = db.selectFrom('palier_jobs').selectAll().where('id', '=', id).where('queue', '=', queue);
    const row = yield* tx.first((engine === 'sqlite' ? select : select.forUpdate()) as Compilable<JobRow>);
    if (row === undefined) return 'gone';
    if (row.state === codes.running) {
      yield* tx.run(db.updateTable('palier_jobs').set({ cancel: 1 }).where('id', '=', id));
      return 'asked';
    }
    yield* tx.run(db.deleteFrom('palier_jobs').where('id', '=', id));
    yield* insertEnded(ground, tx, [endedRow(ground, row, { event: 'cancel', keepMs, reason: 'called off' })]);
    if (row.job_key !== null) yield* freeKey(ground, tx, row.job_key, id);
    const held = row.state === codes.ready || row.state === codes.suspect;
    if (row.lane !== null && held) yield* leaveLane(ground, tx, row.lane, 1);
    return 'cancelled';
  });
}

/** Ended jobs begin anew, with all their attempts. Their keys are not asked for again. Answers how many. */
export function reviveJobs(ground: Ground, ids: readonly number[]): Promise<number> {
  const { db, queue, engine } = ground;
  return ground.sql.transaction(function* (tx) {
    const gone = db
      .deleteFrom('palier_jobs_ended')
      .where(among(engine, 'id', ids))
      .where('queue', '=', queue);
    const rows = yield* tx.all(gone.returningAll() as Compilable<EndedRow>);
    for (const row of rows) yield* revive(ground, tx, row);
    return rows.length;
  });
}

/** Parked jobs with names that are known now. */
export async function reviveParked(ground: Ground, known: readonly string[]): Promise<number> {
  if (known.length === 0) return 0;
  const { sql, db, queue } = ground;
  const parked = db
    .selectFrom('palier_jobs_ended')
    .select('id')
    .where('queue', '=', queue)
    .where('state', '=', codes.parked)
    .where('name', 'in', [...known])
    .limit(revivedAtOnce);
  const { rows } = await sql.run(parked);
  return rows.length === 0
    ? 0
    : reviveJobs(
        ground,
        rows.map(({ id }) => id),
      );
}

function* revive(ground: Ground, tx: Transaction, row: EndedRow): Steps<void> {
  const { id, queue, name, priority, added_at, version, payload, saved, error, flow, lane, trace } = row;
  const room = lane === null || (yield* enterLane(ground, tx, lane));
  yield* tx.run(
    ground.db.insertInto('palier_jobs').values({
      id,
      queue,
      name,
      priority,
      added_at,
      version,
      payload,
      saved,
      error,
      flow,
      lane,
      trace,
      job_key: null,
      state: codeAfter(room ? 'revive' : 'reviveBlocked'),
      tier: room ? priority : tierOfLane(lane as string),
      place: ground.terms.fair ? reached(ground) : 0,
      due_at: ground.now(),
      attempt: 0,
      crashes: 0,
      cancel: 0,
    } as never),
  );
}

export async function setPaused({ sql, db, queue }: Ground, paused: boolean): Promise<void> {
  await sql.run(
    db
      .updateTable('palier_queues')
      .set({ paused: paused ? 1 : 0 })
      .where('id', '=', queue),
  );
}

function viewOf(row: JobRow | EndedRow): JobView {
  const { id, name, state, priority, attempt, crashes, payload, added_at, saved, error, flow, lane, job_key } = row;
  const ended = 'ended_at' in row ? row : undefined;
  const live = ended === undefined ? (row as JobRow) : undefined;
  return {
    id,
    name,
    state: stateOf(state),
    priority,
    attempt,
    crashes,
    payload: payload === '' ? undefined : JSON.parse(payload),
    addedAtMs: added_at,
    ...(live === undefined ? {} : { dueAtMs: live.due_at }),
    ...(live?.progress == null ? {} : { progress: JSON.parse(live.progress) }),
    ...(ended === undefined ? {} : { endedAtMs: ended.ended_at }),
    ...(ended?.result == null ? {} : { result: JSON.parse(ended.result) }),
    ...(ended?.reason == null ? {} : { reason: ended.reason }),
    ...(saved === null ? {} : { saved: JSON.parse(saved) }),
    ...(error === null ? {} : { error }),
    ...(flow === null ? {} : { group: flow }),
    ...(lane === null ? {} : { lane }),
    ...(job_key === null ? {} : { key: job_key }),
  };
}
