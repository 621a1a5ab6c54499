/** Delayed jobs whose time has come take their turns. */
import type { Steps, Transaction } from '../../state/sql/index.ts';
import { codeAfter, codes } from '../states/states.ts';
import { among, type Ground, locked } from './ground.ts';
import { enterLane, reached, tierOfLane } from './lanes.ts';

/** Promoted by one call; a full one is repeated at once. */
const dueAtOnce = 500;

export interface Due {
  readonly promoted: number;
  /** Until the next one, by the engine's clock; undefined when none is delayed. */
  readonly nextInMs?: number;
}

export async function promoteDue(ground: Ground): Promise<Due> {
  const next = await nextDue(ground);
  if (next === undefined) return { promoted: 0 };
  const nextInMs = next.place - next.now;
  if (nextInMs > 0) return { promoted: 0, nextInMs };
  const promoted = await ground.sql.transaction((tx) => promote(ground, tx, next.now));
  return { promoted, nextInMs: 0 };
}

async function nextDue(ground: Ground): Promise<{ readonly place: number; readonly now: number } | undefined> {
  const { rows } = await ground.sql.run(
    delayed(ground)
      .select(['place', ground.now().as('now')])
      .orderBy('place')
      .limit(1),
  );
  return rows[0];
}

/** `now` as a number: the engine's own clock could not lead an index, since it moves. */
function* promote(ground: Ground, tx: Transaction, now: number): Steps<number> {
  const rows = yield* locked(
    ground,
    tx,
    delayed(ground)
      .select(['id', 'priority', 'lane'])
      .where('place', '<=', now)
      .orderBy('place')
      .orderBy('id')
      .limit(dueAtOnce),
  );
  const free = rows.filter(({ lane }) => lane === null).map(({ id }) => id);
  if (free.length > 0) yield* makeReady(ground, tx, free);
  for (const { id, lane } of rows) {
    if (lane === null) continue;
    if (yield* enterLane(ground, tx, lane)) yield* makeReady(ground, tx, [id]);
    else {
      const blocked = { state: codeAfter('dueBlocked'), tier: tierOfLane(lane), place: 0 };
      yield* tx.run(ground.db.updateTable('palier_jobs').set(blocked).where('id', '=', id));
    }
  }
  return rows.length;
}

function* makeReady(ground: Ground, tx: Transaction, ids: readonly number[]): Steps<void> {
  yield* tx.run(
    ground.db
      .updateTable('palier_jobs')
      .set(({ ref }) => ({
        state: codeAfter('due'),
        tier: ref('priority'),
        place: ground.terms.fair ? reached(ground) : 0,
      }))
      .where(among(ground.engine, 'id', ids)),
  );
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's own type of it
function delayed({ db, queue }: Ground) {
  return db
    .selectFrom('palier_jobs')
    .where('queue', '=', queue)
    .where('state', '=', codes.delayed)
    .where('tier', '=', 0);
}
