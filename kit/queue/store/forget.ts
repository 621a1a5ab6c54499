/** Takes off what is of no use any more, a little at a time: ended jobs whose time is over, lanes and groups in which nothing is. */
import { codes, endedStates } from '../states/states.ts';
import { among, changed, type Ground } from './ground.ts';

/** Rows of one statement, so that it locks nothing for long. */
const atOnce = 500;
/** Statements of one call: 20 000 jobs every few seconds are forgotten as fast as they are done. */
const mostRounds = 40;

/** Answers how many ended jobs it took off. */
export async function forgetEnded(ground: Ground): Promise<number> {
  let forgotten = 0;
  for (const state of endedStates) {
    for (let round = 0; round < mostRounds; round++) {
      const some = await forgetSome(ground, codes[state]);
      forgotten += some;
      if (some < atOnce) break;
    }
  }
  return forgotten;
}

async function forgetSome({ sql, db, queue, engine, now }: Ground, code: number): Promise<number> {
  const over = db
    .selectFrom('palier_jobs_ended')
    .select('id')
    .where('queue', '=', queue)
    .where('state', '=', code)
    .where('keep_until', '<', (await sql.run(db.selectNoFrom(now().as('now')))).rows[0]?.now ?? 0)
    .orderBy('keep_until')
    .limit(atOnce);
  const ids = (await sql.run(over)).rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  return changed(await sql.run(db.deleteFrom('palier_jobs_ended').where(among(engine, 'id', ids))));
}

/** A lane with nobody in it has nobody who waits for it; a group whose turns are behind the queue's begins where the queue is. */
export async function forgetEmpty({ sql, db, queue }: Ground): Promise<void> {
  const lanes = db.selectFrom('palier_job_lanes').select('lane').where('queue', '=', queue).where('held', '=', 0);
  const empty = (await sql.run(lanes.limit(atOnce))).rows.map(({ lane }) => lane);
  if (empty.length > 0) {
    const off = db.deleteFrom('palier_job_lanes').where('queue', '=', queue).where('lane', 'in', empty);
    await sql.run(off.where('held', '=', 0));
  }
  const [at] = (await sql.run(db.selectFrom('palier_queues').select('reached').where('id', '=', queue))).rows;
  if (at === undefined || at.reached === 0) return;
  const groups = db.selectFrom('palier_job_groups').select('flow').where('queue', '=', queue);
  const behind = (await sql.run(groups.where('tail', '<=', at.reached).limit(atOnce))).rows.map(({ flow }) => flow);
  if (behind.length === 0) return;
  const off = db.deleteFrom('palier_job_groups').where('queue', '=', queue).where('flow', 'in', behind);
  await sql.run(off.where('tail', '<=', at.reached));
}
