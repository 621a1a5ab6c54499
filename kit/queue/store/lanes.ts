/**
 * Lanes: at most so many jobs of one lane are ready or running, over all workers. Who finds no room is blocked, and whoever gives a place back
 * lets the next one in, in the same transaction: claiming asks nobody, and jobs without a lane pay nothing.
 */
import type { Steps, Transaction } from '../../state/sql/index.ts';
import { codeAfter, codes } from '../states/states.ts';
import { type Ground, keptRow, locked } from './ground.ts';

/** At most so many are let in by one call: a lane that was widened fills up with those that end. */
const mostLetIn = 20;

/** Where the blocked of a lane stand together in the index: 31 bits of it (FNV-1a); a collision costs a look at a row. */
export function tierOfLane(lane: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < lane.length; i++) hash = Math.imul(hash ^ lane.charCodeAt(i), 0x01000193);
  return hash >>> 1;
}

/** Takes a place for one more job of the lane; false when it is full. The lane's row stays locked until the end of the transaction. */
export function* enterLane(ground: Ground, tx: Transaction, lane: string): Steps<boolean> {
  const held = yield* lockLane(ground, tx, lane);
  if (held >= ground.terms.perLane) return false;
  yield* setHeld(ground, tx, lane, held + 1);
  return true;
}

/** Gives `places` back, and lets in who waits. */
export function* leaveLane(ground: Ground, tx: Transaction, lane: string, places: number): Steps<number> {
  let held = Math.max(0, (yield* lockLane(ground, tx, lane)) - places);
  const room = Math.min(mostLetIn, ground.terms.perLane - held);
  const next = room <= 0 ? [] : yield* blockedOf(ground, tx, lane, room);
  for (const { id, priority } of next) {
    yield* tx.run(
      ground.db
        .updateTable('palier_jobs')
        .set({
          state: codeAfter('unblock'),
          tier: priority,
          place: ground.terms.fair ? reached(ground) : 0,
          due_at: ground.now(),
        })
        .where('id', '=', id),
    );
    held++;
  }
  yield* setHeld(ground, tx, lane, held);
  return next.length;
}

function blockedOf(
  ground: Ground,
  tx: Transaction,
  lane: string,
  most: number,
): Steps<{ id: number; priority: number }[]> {
  return locked(
    ground,
    tx,
    ground.db
      .selectFrom('palier_jobs')
      .select(['id', 'priority'])
      .where('queue', '=', ground.queue)
      .where('state', '=', codes.blocked)
      .where('tier', '=', tierOfLane(lane))
      .where('lane', '=', lane)
      .orderBy('place')
      .orderBy('id')
      .limit(most),
  );
}

function* lockLane({ sql, db, queue, engine }: Ground, tx: Transaction, lane: string): Steps<number> {
  const insert = db.insertInto('palier_job_lanes').values({ queue, lane, held: 0 });
  const select = db.selectFrom('palier_job_lanes').select('held').where('queue', '=', queue).where('lane', '=', lane);
  const there = sql.words.insertUnlessThere(insert, ['queue', 'lane']);
  return (yield* keptRow(tx, there, engine === 'sqlite' ? select : select.forUpdate())).held;
}

function* setHeld({ db, queue }: Ground, tx: Transaction, lane: string, held: number): Steps<void> {
  yield* tx.run(db.updateTable('palier_job_lanes').set({ held }).where('queue', '=', queue).where('lane', '=', lane));
}

/** How far the turns of the queue have come. */
export function reached({ db, queue }: Ground): never {
  return db.selectFrom('palier_queues').select('reached').where('id', '=', queue) as never;
}
