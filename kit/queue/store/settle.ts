/**
 * Ends attempts, many in one go, each only if it is still the worker's: by the number of its claim. What is not answered back was given to
 * somebody else meanwhile, and nothing of it is done.
 *
 * A batch that was not answered may be sent again as it was, no more added to it: all its claims were made before it was first sent, so
 * that a job that somebody claimed since is under none of them.
 */
import type { Compilable } from 'kysely';
import type { Steps, Transaction } from '../../state/sql/index.ts';
import { codeAfter, codes, type JobEvent, transitions } from '../states/states.ts';
import { among, bounded, changed, type Ground, heldUnder, lettersIn, portionsOf } from './ground.ts';
import { insertKept, type KeptJob } from './insert.ts';
import { leaveLane, reached } from './lanes.ts';
import type { JobRow } from './tables.ts';

export interface Settlement {
  readonly id: number;
  /** Its name, to be told. */
  readonly job?: string;
  readonly claim: number;
  readonly event: Extract<JobEvent, 'finish' | 'again' | 'againLater' | 'giveUp' | 'park' | 'release' | 'cancel'>;
  readonly delayMs?: number;
  /** JSON. */
  readonly result?: string;
  readonly reason?: string;
  readonly error?: string;
  /** How long the ended job is kept; 0: not at all. */
  readonly keepMs: number;
  readonly lane?: string;
  readonly key?: string;
}

const maxReason = 200;
const maxError = 4000;

/** The numbers of those that were still the worker's. */
export async function settleJobs(ground: Ground, batch: readonly Settlement[]): Promise<ReadonlySet<number>> {
  if (batch.every(isPlain)) {
    const { rows } = await ground.sql.run(deleteRows(ground, batch).returning('id'));
    return new Set(rows.map(({ id }) => id));
  }
  return ground.sql.transaction((tx) => settleSteps(ground, tx, batch));
}

/** The same inside the caller's transaction: its effects and the completion are one. */
export function* settleSteps(ground: Ground, tx: Transaction, batch: readonly Settlement[]): Steps<Set<number>> {
  const accepted = new Set<number>();
  const isEnd = ({ event }: Settlement) => codeAfter(event) >= codes.done;
  yield* end(
    ground,
    tx,
    batch.filter((one) => isEnd(one)),
    accepted,
  );
  const given = batch.filter(({ event }) => event === 'release');
  if (given.length > 0) yield* giveBack(ground, tx, given, accepted);
  for (const one of batch) if (!isEnd(one) && one.event !== 'release') yield* putBack(ground, tx, one, accepted);
  yield* letGo(ground, tx, batch, accepted);
  return accepted;
}

function isPlain({ event, keepMs, key, lane }: Settlement): boolean {
  return event === 'finish' && keepMs === 0 && key === undefined && lane === undefined;
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function deleteRows({ db, engine }: Ground, batch: readonly Settlement[]) {
  const ids = batch.map(({ id }) => id);
  const claims = batch.map(({ claim }) => claim);
  return db
    .deleteFrom('palier_jobs')
    .where(among(engine, 'id', ids))
    .where(heldUnder(engine, claims));
}

function* end(ground: Ground, tx: Transaction, batch: readonly Settlement[], accepted: Set<number>): Steps<void> {
  const kept = new Map(batch.filter(({ keepMs }) => keepMs > 0).map((one) => [one.id, one]));
  const forgotten = batch.filter(({ keepMs }) => keepMs <= 0);
  if (forgotten.length > 0) {
    for (const { id } of yield* tx.all(deleteRows(ground, forgotten).returning('id'))) accepted.add(id);
  }
  if (kept.size === 0) return;
  const rows = yield* tx.all(deleteRows(ground, [...kept.values()]).returningAll() as Compilable<JobRow>);
  if (rows.length === 0) return;
  for (const { id } of rows) accepted.add(id);
  yield* insertEnded(
    ground,
    tx,
    rows.map((row) => endedRow(row, kept.get(row.id) as Settlement)),
  );
}

export type Ending = Pick<Settlement, 'keepMs' | 'result' | 'reason' | 'error'> & { readonly event: JobEvent };

/** What is kept of a job. */
export function endedRow(row: JobRow, { event, keepMs, result, reason, error }: Ending): KeptJob {
  const { id, queue, name, priority, attempt, crashes, added_at, version, payload, saved, flow, lane, job_key, trace } =
    row;
  return {
    id,
    queue,
    name,
    priority,
    attempt,
    crashes,
    added_at,
    version,
    payload,
    saved,
    flow,
    lane,
    job_key,
    trace,
    state: codeAfter(event),
    keepMs: Math.round(keepMs),
    result: result ?? null,
    reason: reason === undefined ? null : bounded(reason, maxReason),
    error: error === undefined ? row.error : bounded(error, maxError),
  };
}

export function* insertEnded(ground: Ground, tx: Transaction, rows: readonly KeptJob[]): Steps<void> {
  for (const some of portionsOf(rows, lettersIn)) yield* tx.run(insertKept(ground, some));
}

/** Unstarted ones, in one statement: a stock may be large. None of it is told apart; that one was not its own any more is no matter. */
function* giveBack(ground: Ground, tx: Transaction, batch: readonly Settlement[], accepted: Set<number>): Steps<void> {
  const ids = batch.map(({ id }) => id);
  const claims = batch.map(({ claim }) => claim);
  yield* tx.run(
    ground.db
      .updateTable('palier_jobs')
      .set(({ eb, ref }) => ({
        state: codeAfter('release'),
        tier: ref('priority'),
        place: ground.terms.fair ? reached(ground) : 0,
        due_at: ground.now(),
        attempt: eb('attempt', '-', 1),
      }))
      .where(among(ground.engine, 'id', ids))
      .where(heldUnder(ground.engine, claims)),
  );
  for (const id of ids) accepted.add(id);
}

/** Back among those that are to be done. */
function* putBack(ground: Ground, tx: Transaction, one: Settlement, accepted: Set<number>): Steps<void> {
  const { db, engine } = ground;
  const delayMs = one.event === 'againLater' ? (one.delayMs ?? 0) : 0;
  const delayed = delayMs > 0;
  const result = yield* tx.run(
    db
      .updateTable('palier_jobs')
      .set(({ ref }) => ({
        state: codeAfter(delayed ? 'againLater' : 'again'),
        tier: delayed ? 0 : ref('priority'),
        place: delayed ? ground.later(delayMs) : ground.terms.fair ? reached(ground) : 0,
        due_at: ground.later(delayMs),
        ...(one.error === undefined ? {} : { error: bounded(one.error, maxError) }),
      }))
      .where('id', '=', one.id)
      .where(heldUnder(engine, [one.claim])),
  );
  if (changed(result) === 1) accepted.add(one.id);
}

/** Keys of those that ended, places in lanes of those that are no longer on their way. */
function* letGo(
  ground: Ground,
  tx: Transaction,
  batch: readonly Settlement[],
  accepted: ReadonlySet<number>,
): Steps<void> {
  const places = new Map<string, number>();
  for (const { id, event, lane, key } of batch) {
    if (!accepted.has(id)) continue;
    const { to } = transitions[event];
    if (key !== undefined && codes[to] >= codes.done) yield* freeKey(ground, tx, key, id);
    if (lane !== undefined && to !== 'ready') places.set(lane, (places.get(lane) ?? 0) + 1);
  }
  for (const [lane, count] of [...places].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    yield* leaveLane(ground, tx, lane, count);
  }
}

export function* freeKey({ db, queue }: Ground, tx: Transaction, key: string, id: number): Steps<void> {
  yield* tx.run(
    db.deleteFrom('palier_job_keys').where('queue', '=', queue).where('job_key', '=', key).where('job', '=', id),
  );
}
