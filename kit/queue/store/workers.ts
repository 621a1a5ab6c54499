/** The register of workers: who is alive, and what becomes of the jobs of one that is not. */
import { type Compilable, sql as raw } from 'kysely';
import { kitError } from '../../errors.ts';
import type { Steps, Transaction } from '../../state/sql/index.ts';
import { claimsOf, maxWorkers, workerOf } from '../states/claims.ts';
import { decideCrash } from '../states/failure.ts';
import { codeAfter, codes } from '../states/states.ts';
import { among, changed, type Ground } from './ground.ts';
import { leaveLane } from './lanes.ts';
import { endedRow, freeKey, insertEnded } from './settle.ts';
import type { JobRow } from './tables.ts';

export interface WorkerBeat {
  readonly id: number;
  readonly beat: number;
}

export interface Lost {
  /** Jobs that go on elsewhere, and those that lost their worker once too often. */
  readonly freed: number;
  readonly condemned: number;
}

const maxName = 100;

/** Its number, never given before. */
export async function enrol({ sql, db, queue }: Ground, name: string): Promise<number> {
  const insert = db.insertInto('palier_job_workers').values({ queue, name: name.slice(0, maxName), beat: 0 } as never);
  const { rows } = await sql.run(insert.returning('id'));
  const id = rows[0]?.id ?? 0;
  if (id > maxWorkers)
    throw kitError('PALIER_QUEUE_OPTION', { option: 'workers', value: id, expected: `at most ${maxWorkers}` });
  return id;
}

/** One statement for all of the worker's jobs. False: it was given up for lost, and its jobs are others'. */
export async function beat({ sql, db }: Ground, worker: number): Promise<boolean> {
  const update = db
    .updateTable('palier_job_workers')
    .set(({ eb }) => ({ beat: eb('beat', '+', 1) }))
    .where('id', '=', worker);
  return changed(await sql.run(update)) === 1;
}

export async function beats({ sql, db, queue }: Ground): Promise<WorkerBeat[]> {
  return (await sql.run(db.selectFrom('palier_job_workers').select(['id', 'beat']).where('queue', '=', queue))).rows;
}

/** What the tables say that the worker has. */
export interface Held {
  readonly id: number;
  readonly place: number;
  /** 1: somebody wants it called off. */
  readonly cancel: number;
}

/** At most `most`: more than a worker may have. */
export async function heldBy({ sql, db, queue }: Ground, worker: number, most: number): Promise<readonly Held[]> {
  const { first, last } = claimsOf(worker);
  const { rows } = await sql.run(
    db
      .selectFrom('palier_jobs')
      .select(['id', 'place', 'cancel'])
      .where('queue', '=', queue)
      .where('state', '=', codes.running)
      .where('tier', '=', 0)
      .where('place', '>=', first)
      .where('place', '<=', last)
      .limit(most),
  );
  return rows;
}

/**
 * Numbers of workers that are on no register and still have jobs: one was given up for lost in the moment in which it claimed. Looks at what
 * runs, and at nothing else.
 */
export async function strays({ sql, db, queue }: Ground): Promise<number[]> {
  const { rows } = await sql.run(
    db
      .selectFrom('palier_jobs')
      .select('place')
      .where('queue', '=', queue)
      .where('state', '=', codes.running)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('palier_job_workers')
              .select('palier_job_workers.id')
              .where(raw<boolean>`palier_jobs.place BETWEEN palier_job_workers.id * ${raw.lit(claimsOf(1).first)}
                AND palier_job_workers.id * ${raw.lit(claimsOf(1).first)} + ${raw.lit(claimsOf(0).last)}`),
          ),
        ),
      )
      .limit(100),
  );
  return [...new Set(rows.map(({ place }) => workerOf(place)))];
}

/**
 * Takes a worker that beats no more off the register, and its jobs away from it. Without `beat`: one that is on none. Undefined: it beat
 * after all, or another was faster.
 */
export function buryWorker(
  ground: Ground,
  { id, beat }: Partial<WorkerBeat> & { id: number },
): Promise<Lost | undefined> {
  return ground.sql.transaction(function* (tx) {
    const { db } = ground;
    if (beat === undefined) {
      const alive = yield* tx.first(db.selectFrom('palier_job_workers').select('id').where('id', '=', id));
      if (alive !== undefined) return undefined;
    } else {
      const gone = yield* tx.run(db.deleteFrom('palier_job_workers').where('id', '=', id).where('beat', '=', beat));
      if (changed(gone) === 0) return undefined;
    }
    const rows = yield* jobsOf(ground, tx, id);
    const condemned = rows.filter(({ crashes }) => decideCrash(crashes + 1, ground.terms.maxCrashes) === 'condemn');
    yield* condemn(ground, tx, condemned);
    const freed = rows.filter((row) => !condemned.includes(row)).map((row) => row.id);
    if (freed.length > 0) {
      yield* tx.run(
        db
          .updateTable('palier_jobs')
          .set(({ eb, ref }) => ({
            state: codeAfter('crash'),
            tier: ref('priority'),
            place: 0,
            crashes: eb('crashes', '+', 1),
            due_at: ground.now(),
          }))
          .where(among(ground.engine, 'id', freed)),
      );
    }
    return { freed: freed.length, condemned: condemned.length };
  });
}

/** A worker that stops by itself, with nothing left in its hands. */
export async function resign({ sql, db }: Ground, worker: number): Promise<void> {
  await sql.run(db.deleteFrom('palier_job_workers').where('id', '=', worker));
}

function* jobsOf({ db, queue, engine }: Ground, tx: Transaction, worker: number): Steps<JobRow[]> {
  const { first, last } = claimsOf(worker);
  const select = db
    .selectFrom('palier_jobs')
    .selectAll()
    .where('queue', '=', queue)
    .where('state', '=', codes.running)
    .where('tier', '=', 0)
    .where('place', '>=', first)
    .where('place', '<=', last);
  return yield* tx.all((engine === 'sqlite' ? select : select.forUpdate()) as Compilable<JobRow>);
}

function* condemn(ground: Ground, tx: Transaction, rows: readonly JobRow[]): Steps<void> {
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  yield* tx.run(ground.db.deleteFrom('palier_jobs').where(among(ground.engine, 'id', ids)));
  const reason = (crashes: number) => `its worker was lost ${crashes} times`;
  const kept = rows.map((row) => ({ ...row, crashes: row.crashes + 1 }));
  yield* insertEnded(
    ground,
    tx,
    kept.map((row) =>
      endedRow(row, { event: 'condemn', keepMs: ground.terms.keepDeadMs, reason: reason(row.crashes) }),
    ),
  );
  for (const { id, job_key, lane } of rows) {
    if (job_key !== null) yield* freeKey(ground, tx, job_key, id);
    if (lane !== null) yield* leaveLane(ground, tx, lane, 1);
  }
}
