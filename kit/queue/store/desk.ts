/** What people and pages do with jobs: look, list, count, call off, start anew, pause. Nothing here counts a large table. */
import { type Compilable, type RawBuilder, sql as raw } from 'kysely';
import { kitError } from '../../errors.ts';
import type { SqlEngine, Steps, Transaction } from '../../state/sql/index.ts';
import { codeAfter, codes, type JobState, isLive, liveStates, stateOf } from '../states/states.ts';
import { among, type Ground, lettersIn, portionsOf } from './ground.ts';
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
  /** The W3C `traceparent` of who added it. */
  readonly trace?: string;
}

export interface JobPage {
  readonly jobs: readonly JobView[];
  /** To be given for those after these; none: there are no more. */
  readonly next?: string;
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
/** Rows of one statement or transaction, so that it locks nothing for long. */
const atOnce = 500;
/** Looks of one call of `reviveParked`: 10 000 parked jobs, some hundred milliseconds. */
const mostLooks = 20;

export async function lookAt({ sql, db, queue }: Ground, id: number): Promise<JobView | undefined> {
  const live = db.selectFrom('palier_jobs').selectAll().where('id', '=', id).where('queue', '=', queue);
  const [row] = (await sql.run(live as Compilable<JobRow>)).rows;
  if (row !== undefined) return viewOf(row);
  const ended = db.selectFrom('palier_jobs_ended').selectAll().where('id', '=', id).where('queue', '=', queue);
  const [old] = (await sql.run(ended as Compilable<EndedRow>)).rows;
  return old === undefined ? undefined : viewOf(old);
}

/** Live ones in the order of their turns, ended ones those first that are kept the longest. Throws PALIER_QUEUE_ASK for an `after` that is none. */
export async function pageOf(
  { sql, db, queue, engine }: Ground,
  state: JobState,
  most: number,
  after: string | undefined,
): Promise<JobPage> {
  const limit = Math.max(1, Math.min(most, mostListed));
  const order = isLive(state) ? turnOrder : keptOrder;
  const from = after === undefined ? undefined : placeIn(after, order.length);
  const live = db
    .selectFrom('palier_jobs')
    .selectAll()
    .where('queue', '=', queue)
    .where('state', '=', codes[state])
    .$if(from !== undefined, (some) => some.where(beyond(engine, turnOrder, '>', from as number[])))
    .orderBy('tier')
    .orderBy('place')
    .orderBy('id')
    .limit(limit + 1);
  const ended = db
    .selectFrom('palier_jobs_ended')
    .selectAll()
    .where('queue', '=', queue)
    .where('state', '=', codes[state])
    .$if(from !== undefined, (some) => some.where(beyond(engine, keptOrder, '<', from as number[])))
    .orderBy('keep_until', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  const { rows } = await sql.run((isLive(state) ? live : ended) as Compilable<JobRow | EndedRow>);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const jobs = rows.slice(0, limit).map((row) => viewOf(row));
  if (last === undefined) return { jobs };
  return { jobs, next: order.map((column) => (last as unknown as Record<string, number>)[column]).join('.') };
}

/** The orders of the indexes, each with what makes it one row's. */
const turnOrder = ['tier', 'place', 'id'] as const;
const keptOrder = ['keep_until', 'id'] as const;

function placeIn(after: string, parts: number): number[] {
  const numbers = after.split('.').map(Number);
  if (numbers.length === parts && numbers.every((number) => Number.isSafeInteger(number))) return numbers;
  throw kitError('PALIER_QUEUE_ASK', {
    what: `the jobs after "${after.slice(0, 50)}"`,
    expected: 'as `next` of a page says',
  });
}

/** Those after (`>`) or before a place in the order of an index: in the form of which the engine makes a range of the index. */
function beyond(
  engine: SqlEngine,
  columns: readonly string[],
  sign: '>' | '<',
  place: readonly number[],
): RawBuilder<boolean> {
  const refs = columns.map((column) => raw.ref(column));
  if (engine !== 'mariadb') {
    return raw<boolean>`(${raw.join(refs)}) ${raw.raw(sign)} (${raw.join(place.map((value) => raw.lit(value)))})`;
  }
  const steps = refs.map((ref, i) => {
    const equal = refs.slice(0, i).map((one, j) => raw`${one} = ${raw.lit(place[j])} AND `);
    return raw`(${raw.join(equal, raw``)}${ref} ${raw.raw(sign)} ${raw.lit(place[i])})`;
  });
  return raw<boolean>`(${raw.join(steps, raw` OR `)})`;
}

/** What somebody must know of without looking: what is to be done, and what waits for a person or for a newer worker. */
export const meteredStates: readonly JobState[] = [...liveStates, 'dead', 'parked'];

export function depths(ground: Ground, states: readonly JobState[] = liveStates): Promise<Depth[]> {
  return Promise.all(states.map((state) => depthOf(ground, state)));
}

async function depthOf({ sql, db, queue, now }: Ground, state: JobState): Promise<Depth> {
  const table = isLive(state) ? 'palier_jobs' : 'palier_jobs_ended';
  const jobs = db.selectFrom(table).where('queue', '=', queue).where('state', '=', codes[state]);
  const some = jobs.select('id').limit(mostCounted).as('some');
  const [counted] = (await sql.run(db.selectFrom(some).select(raw<number>`COUNT(*)`.as('count')))).rows;
  const count = counted?.count ?? 0;
  const depth = { state, jobs: count, exact: count < mostCounted };
  if (count === 0 || (state !== 'ready' && state !== 'suspect')) return depth;
  const head = db
    .selectFrom('palier_jobs')
    .where('queue', '=', queue)
    .where('state', '=', codes[state])
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
    yield* insertEnded(ground, tx, [endedRow(row, { event: 'cancel', keepMs, reason: 'called off' })]);
    if (row.job_key !== null) yield* freeKey(ground, tx, row.job_key, id);
    const held = row.state === codes.ready || row.state === codes.suspect;
    if (row.lane !== null && held) yield* leaveLane(ground, tx, row.lane, 1);
    return 'cancelled';
  });
}

/** Ended jobs begin anew, with all their attempts. Their keys are not asked for again. Answers how many. */
export async function reviveJobs(ground: Ground, ids: readonly number[]): Promise<number> {
  let revived = 0;
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce);
    revived += await ground.sql.transaction((tx) => reviveSome(ground, tx, some));
  }
  return revived;
}

/** How far a walk over the parked jobs has come: when it was kept until, and its number. */
export type ParkedPlace = readonly [keepUntilMs: number, id: number];

/**
 * Parked jobs that are known now begin anew: `known` has the version of each name. Looks at 10 000 at most, `next` says where to go on; none: that
 * were all.
 */
export async function reviveParked(
  ground: Ground,
  known: ReadonlyMap<string, number>,
  after: ParkedPlace | undefined,
): Promise<{ readonly revived: number; readonly next?: ParkedPlace }> {
  const { sql, db, queue, engine } = ground;
  let revived = 0;
  let place = after;
  for (let look = 0; look < mostLooks; look++) {
    const from = place;
    const parked = db
      .selectFrom('palier_jobs_ended')
      .select(['id', 'name', 'version', 'keep_until'])
      .where('queue', '=', queue)
      .where('state', '=', codes.parked)
      .$if(from !== undefined, (some) => some.where(beyond(engine, keptOrder, '>', from as ParkedPlace)))
      .orderBy('keep_until')
      .orderBy('id')
      .limit(atOnce);
    const { rows } = await sql.run(parked);
    const mine = rows.filter(({ name, version }) => version <= (known.get(name) ?? -1));
    if (mine.length > 0) {
      revived += await reviveJobs(
        ground,
        mine.map(({ id }) => id),
      );
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < atOnce) return { revived };
    place = [last.keep_until, last.id];
  }
  return place === undefined ? { revived } : { revived, next: place };
}

function* reviveSome(ground: Ground, tx: Transaction, ids: readonly number[]): Steps<number> {
  const { db, queue, engine } = ground;
  const gone = db
    .deleteFrom('palier_jobs_ended')
    .where(among(engine, 'id', ids))
    .where('queue', '=', queue);
  const rows = yield* tx.all(gone.returningAll() as Compilable<EndedRow>);
  const jobs: object[] = [];
  for (const row of rows) {
    const room = row.lane === null || (yield* enterLane(ground, tx, row.lane));
    jobs.push(begunAnew(ground, row, room));
  }
  for (const some of portionsOf(jobs, lettersIn)) yield* tx.run(db.insertInto('palier_jobs').values(some as never));
  return rows.length;
}

function begunAnew(ground: Ground, row: EndedRow, room: boolean): object {
  const { id, queue, name, priority, added_at, version, payload, saved, error, flow, lane, trace } = row;
  return {
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
  };
}

export async function isPaused({ sql, db, queue }: Ground): Promise<boolean> {
  const { rows } = await sql.run(db.selectFrom('palier_queues').select('paused').where('id', '=', queue));
  return rows[0]?.paused === 1;
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
  const { id, name, state, priority, attempt, crashes, payload, added_at, saved, error, flow, lane, job_key, trace } =
    row;
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
    ...(trace === null ? {} : { trace }),
  };
}
