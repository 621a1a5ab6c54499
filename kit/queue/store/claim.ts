/**
 * Takes jobs for a worker, many in one go: the first of the index, passing by what another worker takes at this moment.
 *
 * PostgreSQL does it in one statement. Elsewhere the rows are read with their locks and then marked by their primary key: who settles
 * locks by the primary key, too, so that the two never wait for each other crosswise (MySQL bug 111637).
 */
import { sql } from 'kysely';
import type { Steps, Transaction } from '../../state/sql/index.ts';
import { codeAfter, codes } from '../states/states.ts';
import { among, type Ground, locked } from './ground.ts';
import type { JobRow } from './tables.ts';

/** What a worker needs of a job. */
export type Claimed = Pick<
  JobRow,
  | 'id'
  | 'name'
  | 'priority'
  | 'attempt'
  | 'crashes'
  | 'added_at'
  | 'due_at'
  | 'version'
  | 'cancel'
  | 'payload'
  | 'saved'
  | 'flow'
  | 'lane'
  | 'job_key'
  | 'trace'
> & { readonly turn: number; readonly now: number };

export interface Claim {
  /** `suspect`: those that run alone. */
  readonly state: 'ready' | 'suspect';
  readonly most: number;
  /** Its number: `claimOf()`. */
  readonly number: number;
}

const columns = [
  'id',
  'name',
  'priority',
  'attempt',
  'crashes',
  'added_at',
  'due_at',
  'version',
  'cancel',
  'payload',
  'saved',
  'flow',
  'lane',
  'job_key',
  'trace',
] as const;

/** In the order of their turns; their `attempt` counts this one. A paused queue gives none. */
export async function claimJobs(ground: Ground, claim: Claim): Promise<Claimed[]> {
  const rows =
    ground.engine === 'postgres' && ground.terms.maxRunning === Infinity
      ? ((await ground.sql.run(claimAtOnce(ground, claim))).rows as Claimed[])
      : await ground.sql.transaction((tx) => claimSteps(ground, tx, claim));
  return rows.toSorted((a, b) => a.priority - b.priority || a.turn - b.turn || a.id - b.id);
}

/** Whether there is anything to claim: a look that locks nothing, for a queue that was empty a moment ago. */
export async function anyClaimable(ground: Ground, state: Claim['state']): Promise<boolean> {
  const { rows } = await ground.sql.run(openJobs(ground, state).select('id').limit(1));
  return rows.length > 0;
}

function* claimSteps(ground: Ground, tx: Transaction, claim: Claim): Steps<Claimed[]> {
  const most = ground.terms.maxRunning === Infinity ? claim.most : yield* roomFor(ground, tx, claim.most);
  if (most <= 0) return [];
  const select = openJobs(ground, claim.state)
    .select([...columns, 'place as turn', ground.now().as('now')])
    .orderBy('tier')
    .orderBy('place')
    .orderBy('id')
    .limit(most);
  const rows = (yield* locked(ground, tx, select)) as Claimed[];
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  yield* tx.run(
    ground.db
      .updateTable('palier_jobs')
      .set(({ eb }) => ({ state: codeAfter('claim'), tier: 0, place: claim.number, attempt: eb('attempt', '+', 1) }))
      .where(among(ground.engine, 'id', ids)),
  );
  return rows.map((row) => Object.assign(row, { attempt: row.attempt + 1 }));
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function openJobs({ db, queue }: Ground, state: Claim['state']) {
  const open = db.selectFrom('palier_queues').select('id').where('id', '=', queue).where('paused', '=', 0);
  return db.selectFrom('palier_jobs').where('queue', '=', open).where('state', '=', codes[state]);
}

/** The queue's row is locked: two workers must not both find the last place free. */
function* roomFor({ db, queue, engine, terms }: Ground, tx: Transaction, most: number): Steps<number> {
  const row = db.selectFrom('palier_queues').select('id').where('id', '=', queue);
  yield* tx.first(engine === 'sqlite' ? row : row.forUpdate());
  const running = db
    .selectFrom('palier_jobs')
    .select('id')
    .where('queue', '=', queue)
    .where('state', '=', codes.running)
    .limit(terms.maxRunning);
  return Math.min(most, terms.maxRunning - (yield* tx.all(running)).length);
}

function claimAtOnce(ground: Ground, { state, most, number }: Claim): { compile(): ReturnType<typeof compiled> } {
  return { compile: () => compiled(ground, state, most, number) };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function compiled({ db, queue, now }: Ground, state: Claim['state'], most: number, number: number) {
  const answer = sql.join(columns.map((column) => sql.ref(`palier_jobs.${column}`)));
  return sql<Claimed>`UPDATE palier_jobs SET state = ${sql.lit(codeAfter('claim'))}, tier = 0, place = ${number}, attempt = attempt + 1
    FROM (SELECT id AS picked, place AS turn FROM palier_jobs
      WHERE queue = (SELECT id FROM palier_queues WHERE id = ${queue} AND paused = 0) AND state = ${sql.lit(codes[state])}
      ORDER BY tier, place, id LIMIT ${most} FOR UPDATE SKIP LOCKED) AS picks
    WHERE palier_jobs.id = picked
    RETURNING ${answer}, turn, ${now()} AS now`.compile(db);
}
