/**
 * Recurring jobs: every worker looks, one of them adds. The moment that was due is exchanged for the next one in the transaction that adds the
 * job, so that two cannot both; moments that nobody was there for are made up for once. A job that is still live is not added again.
 */
import { type Added, addJobs, type NewJob } from '../store/add.ts';
import { changed, type Ground } from '../store/ground.ts';
import { nextAfter, patternOf, recurrenceIn, type Recurrence } from './times.ts';

export interface Planned {
  readonly name: string;
  readonly recurrence: Recurrence;
  readonly job: NewJob;
}

/** Written down when the first worker comes that knows them; one whose recurrence was changed begins anew. */
export async function enter({ sql, db, queue, now }: Ground, planned: readonly Planned[]): Promise<void> {
  for (const { name, recurrence } of planned) {
    const pattern = patternOf(recurrence);
    const { rows } = await sql.run(db.selectNoFrom(now().as('now')));
    const due_at = nextAfter(recurrence, rows[0]?.now ?? 0);
    if (due_at === undefined) continue;
    const insert = db.insertInto('palier_job_schedules').values({ queue, name, pattern, due_at });
    await sql.run(sql.words.insertUnlessThere(insert, ['queue', 'name']));
    await sql.run(
      db
        .updateTable('palier_job_schedules')
        .set({ pattern, due_at })
        .where('queue', '=', queue)
        .where('name', '=', name)
        .where('pattern', '<>', pattern),
    );
  }
}

/**
 * Adds what is due. When it recurs, the table says: whoever entered it last, and not a worker of an older version that still runs. A due moment
 * that lies beyond the next one was written while the engine's clock was ahead, and is set right.
 *
 * Answers what was added, and in how many milliseconds the next one is due.
 */
export async function fire(
  ground: Ground,
  planned: readonly Planned[],
): Promise<{ readonly added: readonly Added[]; readonly nextInMs: number }> {
  const { sql, db, queue } = ground;
  const added: Added[] = [];
  let nextInMs = Infinity;
  const { rows } = await sql.run(
    db
      .selectFrom('palier_job_schedules')
      .select(['name', 'pattern', 'due_at', ground.now().as('now')])
      .where('queue', '=', queue),
  );
  for (const { name, pattern, due_at, now } of rows) {
    const plan = planned.find((one) => one.name === name);
    if (plan === undefined) continue;
    const next = nextAfter(recurrenceIn(pattern), now) ?? Number.MAX_SAFE_INTEGER;
    nextInMs = Math.min(nextInMs, next - now);
    if (due_at > now && next >= due_at) continue;
    const one = await sql.transaction(function* (tx) {
      const exchange = db
        .updateTable('palier_job_schedules')
        .set({ due_at: next })
        .where('queue', '=', queue)
        .where('name', '=', name)
        .where('due_at', '=', due_at);
      if (changed(yield* tx.run(exchange)) === 0 || due_at > now) return [];
      return yield* addJobs(ground, tx, [plan.job]);
    });
    added.push(...one);
  }
  return { added, nextInMs };
}
