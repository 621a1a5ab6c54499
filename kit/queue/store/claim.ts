/**
 * Takes jobs for a worker, many in one go: the first of the index, passing by what another worker takes at this moment.
 *
 * PostgreSQL does it in one statement. Elsewhere a look that locks nothing comes first; from what it found on, rows are read with their locks
 * and then marked by their primary key: who settles locks by the primary key, too, so that the two never wait for each other crosswise
 * (MySQL bug 111637). What is all there is MariaDB marks by its keys at once, and is not asked again for what the look has read.
 *
 * InnoDB leaves the entries of what has been taken in the index until its next purge, about a second later, and a read that locks locks each of
 * them in passing: before the first job, and behind the last one. At 15 000 jobs a second such a claim took 20 to 50 ms longer. A plain
 * read passes them by at a tenth of that; so it comes first, and what locks reads no further than that has seen.
 */
import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Steps, Transaction } from '../../state/sql/index.ts';
import { codeAfter, codes } from '../states/states.ts';
import { among, changed, type Ground, heldUnder } from './ground.ts';
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
  /** The last one was given all that it asked for: there is likely more than this one takes, too. */
  readonly isBehind: boolean;
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
const names = sql.join(columns.map((column) => sql.ref(column)));

/** Where a job stands among those of its state. */
export type Standing = Pick<JobRow, 'tier' | 'place' | 'id'>;
type Seen = Claimed & Standing;

/** In the order of their turns; their `attempt` counts this one. A paused queue gives none. */
export async function claimJobs(ground: Ground, claim: Claim): Promise<Claimed[]> {
  const rows = await claimed(ground, claim);
  return rows.toSorted((a, b) => a.priority - b.priority || a.turn - b.turn || a.id - b.id);
}

/** Where the first stand that can be claimed, in the order of their turns. Locks nothing. */
export async function claimable(ground: Ground, state: Claim['state'], most: number): Promise<readonly Standing[]> {
  const first = inTurn(openJobs(ground, state)).select(['tier', 'place', 'id']).limit(most);
  return (await ground.sql.run<Standing>(first)).rows;
}

async function claimed(ground: Ground, claim: Claim): Promise<readonly Claimed[]> {
  const { sql: on, engine, terms } = ground;
  const isFree = terms.maxRunning === Infinity;
  if (engine === 'postgres' && isFree) return (await on.run(claimAtOnce(ground, claim))).rows as Claimed[];
  if (engine === 'mariadb' && isFree && !claim.isBehind) {
    const seen = await look(ground, claim);
    // All there are, or others have them: nobody is passed by.
    if (seen.length < claim.most) return claimKeys(ground, claim, seen);
    return on.transaction((tx) => claimSteps(ground, tx, claim, seen));
  }
  const seen = await claimable(ground, claim.state, engine === 'mariadb' ? claim.most : 1);
  if (seen.length === 0) return [];
  return on.transaction((tx) => claimSteps(ground, tx, claim, seen));
}

/** With all that is wanted of them. Locks nothing. */
async function look(ground: Ground, { state, most }: Claim): Promise<readonly Seen[]> {
  const first = inTurn(openJobs(ground, state)).select([
    ...columns,
    'tier',
    'place',
    'place as turn',
    ground.now().as('now'),
  ]);
  return (await ground.sql.run<Seen>(first.limit(most))).rows;
}

/**
 * Marks what was seen and still is so, by its keys and in one statement, of which a transaction has four. One that is not answered is as one of
 * which the answer was lost: the worker finds what it has at its next beats.
 *
 * All of it must still be untouched to be marked where it was seen untouched; nothing else of a job that waits ever changes, so it need not be read
 * again. Where others were faster, or some had been begun before, what was marked is read.
 */
async function claimKeys(ground: Ground, claim: Claim, seen: readonly Seen[]): Promise<readonly Claimed[]> {
  if (seen.length === 0) return [];
  const areUntouched = seen.every(
    ({ attempt, crashes, cancel, saved }) => attempt === 0 && crashes === 0 && cancel === 0 && saved === null,
  );
  const marked = changed(await ground.sql.run({ compile: () => markKeys(ground, claim, seen, areUntouched) }));
  if (marked === 0) return [];
  if (areUntouched && marked === seen.length) return seen.map((row) => Object.assign(row, { attempt: 1 }));
  const turns = new Map(seen.map(({ id, place }) => [id, place]));
  const { rows } = await ground.sql.run({ compile: () => readKeys(ground, claim, seen) });
  return rows.map((row) => Object.assign(row, { turn: turns.get(row.id) ?? 0 }));
}

function* claimSteps(ground: Ground, tx: Transaction, claim: Claim, seen: readonly Standing[]): Steps<Claimed[]> {
  const most = ground.terms.maxRunning === Infinity ? claim.most : yield* roomFor(ground, tx, claim.most);
  if (most <= 0) return [];
  const rows = yield* tx.all(lockedOf(ground, claim.state, most, seen));
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  yield* tx.run(
    ground.db
      .updateTable('palier_jobs')
      .set(({ eb }) => ({
        state: sql.lit(codeAfter('claim')),
        tier: sql.lit(0),
        place: ground.engine === 'mariadb' ? sql.lit(claim.number) : claim.number,
        attempt: eb('attempt', '+', sql.lit(1)),
      }))
      .where(among(ground.engine, 'id', ids)),
  );
  return rows.map((row) => Object.assign(row, { attempt: row.attempt + 1 }));
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function openJobs({ db, queue }: Ground, state: Claim['state']) {
  const open = db.selectFrom('palier_queues').select('id').where('id', '=', queue).where('paused', '=', 0);
  return db.selectFrom('palier_jobs').where('queue', '=', open).where('state', '=', codes[state]);
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function inTurn(jobs: ReturnType<typeof openJobs>) {
  return jobs.orderBy('tier').orderBy('place').orderBy('id');
}

function lockedOf(ground: Ground, state: Claim['state'], most: number, seen: readonly Standing[]): Compilable<Claimed> {
  const [first] = seen;
  if (ground.engine === 'mariadb' && first !== undefined) {
    return { compile: () => rangeFrom(ground, state, Math.min(most, seen.length), first) };
  }
  const select = inTurn(openJobs(ground, state)).select([...columns, 'place as turn', ground.now().as('now')]);
  return ground.sql.words.lockFree(select.limit(most)) as Compilable<Claimed>;
}

/** All literals, as in all that has keys: it is not prepared anew each time. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function markKeys({ db, queue }: Ground, { state, number }: Claim, seen: readonly Standing[], areUntouched: boolean) {
  return sql`UPDATE palier_jobs FORCE INDEX (PRIMARY)
    SET state = ${sql.lit(codeAfter('claim'))}, tier = 0, place = ${sql.lit(number)}, attempt = attempt + 1
    WHERE ${keysOf(seen)} AND queue + 0 = ${sql.lit(queue)} AND state + 0 = ${sql.lit(codes[state])}
      ${areUntouched ? untouched : sql``}
      AND EXISTS (SELECT id FROM palier_queues WHERE id = ${sql.lit(queue)} AND paused = 0)`.compile(db);
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function readKeys({ db, engine, now }: Ground, { number }: Claim, seen: readonly Standing[]) {
  return sql<Omit<Claimed, 'turn'>>`SELECT ${names}, ${now()} AS now FROM palier_jobs FORCE INDEX (PRIMARY)
    WHERE ${keysOf(seen)} AND ${heldUnder(engine, [number])}`.compile(db);
}

const untouched = sql`AND attempt = 0 AND crashes = 0 AND cancel = 0 AND saved IS NULL`;

function keysOf(seen: readonly Standing[]): RawBuilder<boolean> {
  return among(
    'mariadb',
    'id',
    seen.map(({ id }) => id),
  );
}

/**
 * Queue and state are ranges as well, and among what is ordered by: of columns that are said to be equal to something MariaDB makes a way into
 * the index by these alone, and walks all that was taken before `first`.
 */
// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function rangeFrom({ db, queue, now }: Ground, state: Claim['state'], most: number, { tier, place, id }: Standing) {
  const code = sql.lit(codes[state]);
  return sql<Claimed>`SELECT ${names}, place AS turn, ${now()} AS now FROM palier_jobs FORCE INDEX (palier_jobs_turn)
    WHERE queue >= ${queue} AND queue <= ${queue} AND state >= ${code} AND state <= ${code}
      AND EXISTS (SELECT id FROM palier_queues WHERE id = ${queue} AND paused = 0)
      AND (tier > ${tier} OR (tier = ${tier} AND (place > ${place} OR (place = ${place} AND id >= ${id}))))
    ORDER BY queue, state, tier, place, id LIMIT ${most} FOR UPDATE SKIP LOCKED`.compile(db);
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

/**
 * The picks as lists, which the engine takes for ten rows: it goes by the primary key to each. Told that there are 500, it walks the table to
 * find them, of 17 000 jobs, say.
 */
function claimAtOnce(ground: Ground, { state, most, number }: Claim): { compile(): ReturnType<typeof compiled> } {
  return { compile: () => compiled(ground, state, most, number) };
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function compiled({ db, queue, now }: Ground, state: Claim['state'], most: number, number: number) {
  const answer = sql.join(columns.map((column) => sql.ref(`palier_jobs.${column}`)));
  return sql<Claimed>`WITH picks AS (SELECT id AS picked, place AS turn FROM palier_jobs
      WHERE queue = (SELECT id FROM palier_queues WHERE id = ${queue} AND paused = 0) AND state = ${sql.lit(codes[state])}
      ORDER BY tier, place, id LIMIT ${most} FOR UPDATE SKIP LOCKED)
    UPDATE palier_jobs SET state = ${sql.lit(codeAfter('claim'))}, tier = 0, place = ${number}, attempt = attempt + 1
    FROM unnest(ARRAY(SELECT picked FROM picks), ARRAY(SELECT turn FROM picks)) AS lists (pick, turn)
    WHERE palier_jobs.id = pick
    RETURNING ${answer}, turn, ${now()} AS now`.compile(db);
}
