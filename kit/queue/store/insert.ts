/**
 * Writes new jobs in the form that each engine takes fastest, one statement for all. PostgreSQL: a list a column (`unnest`), which is one text
 * and a dozen parameters for any number of rows; elsewhere rows of values.
 */
import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Ground } from './ground.ts';

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

const types: Readonly<Record<keyof PlacedJob, string>> = {
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
const columns = Object.keys(types) as (keyof PlacedJob)[];

function unnested({ db, queue, now }: Ground, jobs: readonly PlacedJob[]): Compilable<{ id: number }> {
  const list = (column: keyof PlacedJob): RawBuilder<unknown> =>
    sql`${jobs.map((job) => job[column])}::${sql.raw(types[column])}[]`;
  const names = sql.join(columns.map((column) => sql.ref(column)));
  return {
    compile: () =>
      sql<{ id: number }>`INSERT INTO palier_jobs
        (queue, state, tier, place, name, priority, version, payload, flow, lane, job_key, trace, added_at, due_at)
        SELECT ${queue}::integer, state, tier, CASE WHEN "delayMs" > 0 THEN at + "delayMs" ELSE place END,
          name, priority, version, payload, flow, lane, job_key, trace, at, at + "delayMs"
        FROM (SELECT ${now()} AS at) AS clock, unnest(${sql.join(columns.map(list))}) AS jobs (${names})
        RETURNING id`.compile(db),
  };
}
