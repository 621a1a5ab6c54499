/**
 * Writes jobs, new ones and those that have ended, in the form that each engine takes fastest, one statement for all. PostgreSQL: a list a column
 * (`unnest`), which is one text and a dozen parameters for any number of rows; elsewhere rows of values.
 */
import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Ground } from './ground.ts';
import type { EndedRow } from './tables.ts';

export interface PlacedJob {
  readonly state: number;
  readonly tier: number;
  /** Of a delayed one it is when it is due, and not this. */
  readonly place: number;
  readonly delayMs: number;
  readonly name: string;
  readonly priority: number;
  readonly version: number;
  readonly payload: string;
  readonly flow: string | null;
  readonly lane: string | null;
  readonly job_key: string | null;
  readonly trace: string | null;
}

/** Answers their numbers. */
export function insertJobs(ground: Ground, jobs: readonly PlacedJob[]): Compilable<{ id: number }> {
  return ground.engine === 'postgres' ? unnested(ground, jobs) : valued(ground, jobs);
}

function valued({ db, queue, now, later }: Ground, jobs: readonly PlacedJob[]): Compilable<{ id: number }> {
  const rows = jobs.map(({ delayMs, place, ...job }) => {
    const due = delayMs > 0 ? later(delayMs) : now();
    return Object.assign(job, { queue, place: delayMs > 0 ? due : place, added_at: now(), due_at: due });
  });
  return db
    .insertInto('palier_jobs')
    .values(rows as never)
    .returning('id');
}

/** The types of PostgreSQL, by column. */
type Types<Row> = Readonly<Record<keyof Row & string, string>>;

const types: Types<PlacedJob> = {
  state: 'smallint',
  tier: 'integer',
  place: 'bigint',
  delayMs: 'bigint',
  name: 'text',
  priority: 'integer',
  version: 'integer',
  payload: 'text',
  flow: 'text',
  lane: 'text',
  job_key: 'text',
  trace: 'text',
};

function unnested({ db, queue, now }: Ground, jobs: readonly PlacedJob[]): Compilable<{ id: number }> {
  return {
    compile: () =>
      sql<{ id: number }>`INSERT INTO palier_jobs
        (queue, state, tier, place, name, priority, version, payload, flow, lane, job_key, trace, added_at, due_at)
        SELECT ${queue}::integer, state, tier, CASE WHEN "delayMs" > 0 THEN at + "delayMs" ELSE place END,
          name, priority, version, payload, flow, lane, job_key, trace, at, at + "delayMs"
        FROM (SELECT ${now()} AS at) AS clock, ${listed(jobs, types)}
        RETURNING id`.compile(db),
  };
}

/** Kept from now on for so long. */
export type KeptJob = Omit<EndedRow, 'ended_at' | 'keep_until'> & { readonly keepMs: number };

export function insertKept(ground: Ground, jobs: readonly KeptJob[]): Compilable<unknown> {
  const { db, engine, now, later } = ground;
  if (engine === 'postgres') return keptFromLists(ground, jobs);
  const rows = jobs.map(({ keepMs, ...job }) => Object.assign(job, { ended_at: now(), keep_until: later(keepMs) }));
  return db.insertInto('palier_jobs_ended').values(rows as never);
}

const keptTypes: Types<KeptJob> = {
  id: 'bigint',
  queue: 'integer',
  state: 'smallint',
  keepMs: 'bigint',
  name: 'text',
  priority: 'integer',
  attempt: 'integer',
  crashes: 'integer',
  added_at: 'bigint',
  version: 'integer',
  payload: 'text',
  saved: 'text',
  result: 'text',
  reason: 'text',
  error: 'text',
  flow: 'text',
  lane: 'text',
  job_key: 'text',
  trace: 'text',
};

function keptFromLists({ db, now }: Ground, jobs: readonly KeptJob[]): Compilable<unknown> {
  const columns = sql.join(
    Object.keys(keptTypes)
      .filter((column) => column !== 'keepMs')
      .map((column) => sql.ref(column)),
  );
  return {
    compile: () =>
      sql`INSERT INTO palier_jobs_ended (${columns}, ended_at, keep_until)
        SELECT ${columns}, at, at + "keepMs" FROM (SELECT ${now()} AS at) AS clock, ${listed(jobs, keptTypes)}`.compile(
        db,
      ),
  };
}

/** Rows as a table: a list a column. */
function listed<Row>(rows: readonly Row[], columns: Types<Row>): RawBuilder<unknown> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const lists = names.map((name) => sql`${rows.map((row) => row[name])}::${sql.raw(columns[name])}[]`);
  return sql`unnest(${sql.join(lists)}) AS listed (${sql.join(names.map((name) => sql.ref(name)))})`;
}
