/**
 * Turns of groups: start-time fair queueing (Goyal, Vin, Cheng, 1997). Each group's jobs stand one turn apart, from where the queue has come on;
 * a claim takes the earliest and asks for nothing else.
 */
import type { Steps, Transaction } from '../../state/sql/index.ts';
import { type Ground, keptRow } from './ground.ts';

/** One job moves its group on by so much: room for shares of it, should groups ever have weights. */
const turn = 1000;

export interface InGroup {
  readonly group?: string;
  readonly delayMs: number;
}

/** Where each of the jobs stands. Those without a group, and those that are delayed, stand where the queue has come on. */
export function* turnsOf(ground: Ground, tx: Transaction, jobs: readonly InGroup[]): Steps<number[]> {
  const { db, queue } = ground;
  const row = yield* tx.first(db.selectFrom('palier_queues').select('reached').where('id', '=', queue));
  const from = row?.reached ?? 0;
  const now = jobs.map(({ group, delayMs }) => (delayMs > 0 ? undefined : group));
  const next = new Map<string, number>();
  // In one order, so that two that add to the same groups do not wait for each other crosswise.
  for (const group of [...new Set(now)].toSorted()) {
    if (group === undefined) continue;
    const tail = Math.max(from, yield* tailOf(ground, tx, group));
    next.set(group, tail);
    const moved = { tail: tail + now.filter((one) => one === group).length * turn };
    yield* tx.run(db.updateTable('palier_job_groups').set(moved).where('queue', '=', queue).where('flow', '=', group));
  }
  return now.map((group) => {
    if (group === undefined) return from;
    const place = next.get(group) as number;
    next.set(group, place + turn);
    return place;
  });
}

/** Its row stays locked until the end of the transaction: who adds to the same group waits for that. */
function* tailOf(ground: Ground, tx: Transaction, group: string): Steps<number> {
  const { sql, db, queue } = ground;
  const insert = db.insertInto('palier_job_groups').values({ queue, flow: group, tail: 0 });
  const select = db.selectFrom('palier_job_groups').select('tail').where('queue', '=', queue).where('flow', '=', group);
  const there = sql.words.insertUnlessThere(insert, ['queue', 'flow']);
  return (yield* keptRow(tx, there, ground.engine === 'sqlite' ? select : select.forUpdate())).tail;
}
