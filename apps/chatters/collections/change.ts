/** What a user does with collections, each only with the own ones: save, delete, delete all. */
import type { Clock } from '@palier/base/clock';
import type { Sql, Steps } from '@palier/kit/state/sql';
import { fail, underWay } from '../capture/desk.ts';
import type { CollectionState, Tables } from '../database/tables.ts';
import { chattersError } from '../errors.ts';
import { type CollectionOptions, collectionDefaults } from './options.ts';
import { takeUser } from './start.ts';

export interface ChangeDesk {
  readonly sql: Sql<Tables>;
  readonly clock: Clock;
}

/** What is to go at once is over since this moment. */
const longAgoMs = 0;
const kept: readonly CollectionState[] = ['active', 'saved'];

/** Kept until it is deleted. One more than ten drops, of the others, the one that began first. Throws NOT_FOUND. */
export async function save(
  { sql }: ChangeDesk,
  userId: string,
  id: string,
  { mostSaved }: CollectionOptions = collectionDefaults,
): Promise<void> {
  const { query } = sql;
  await sql.transaction(function* (tx): Steps<void> {
    yield* takeUser(sql, tx, userId);
    const own = query.selectFrom('collections').select(['id', 'state']).where('user_id', '=', userId);
    const wanted = yield* tx.first(own.where('id', '=', id).where('state', 'in', kept));
    if (wanted === undefined) throw chattersError('NOT_FOUND', { what: `collection ${id.slice(0, 30)}` });
    yield* tx.run(query.updateTable('collections').set({ state: 'saved' }).where('id', '=', id));
    const saved = yield* tx.all(own.where('state', '=', 'saved').orderBy('created_at', 'desc').orderBy('id'));
    const others = saved.filter((one) => one.id !== id);
    const over = others.slice(mostSaved - 1).map((one) => one.id);
    if (over.length === 0) return;
    const gone = { state: 'expired', expires_at: longAgoMs } as const;
    yield* tx.run(query.updateTable('collections').set(gone).where('id', 'in', over));
  });
}

/** It is gone for the user at once; its rows go with the next cleaning. Throws NOT_FOUND. */
export async function remove(desk: ChangeDesk, userId: string, id: string): Promise<void> {
  const gone = { state: 'expired', expires_at: longAgoMs } as const;
  const own = desk.sql.query.updateTable('collections').set(gone).where('user_id', '=', userId);
  const { numUpdatedRows } = await own.where('id', '=', id).where('state', 'in', kept).executeTakeFirst();
  if (Number(numUpdatedRows) !== 1) throw chattersError('NOT_FOUND', { what: `collection ${id.slice(0, 30)}` });
  await endCaptures(desk, id);
}

/** All of the user's, saved ones too. */
export async function purge(desk: ChangeDesk, userId: string): Promise<void> {
  const own = desk.sql.query.selectFrom('collections').select('id').where('user_id', '=', userId);
  const rows = await own.where('state', 'in', kept).execute();
  for (const { id } of rows) await remove(desk, userId, id);
}

/** What is still being read of a collection that goes is worked on no more. */
export async function endCaptures(desk: ChangeDesk, collectionId: string): Promise<void> {
  const captures = desk.sql.query.selectFrom('captures').select('id').where('collection_id', '=', collectionId);
  const rows = await captures.where('state', 'in', underWay).execute();
  for (const { id } of rows) await fail(desk, id, 'Its collection was deleted.');
}
