/** Begins a capture: its row, its collection and its job are there together, or none of them. */
import type { Clock } from '@palier/base/clock';
import type { Entropy } from '@palier/base/entropy';
import type { Sql, Steps, Transaction } from '@palier/kit/state/sql';
import { underWay } from '../capture/desk.ts';
import type { CaptureQueue } from '../capture/jobs.ts';
import type { Tables } from '../database/tables.ts';
import { chattersError } from '../errors.ts';
import { type CollectionOptions, collectionDefaults } from './options.ts';

export interface CollectionDesk {
  readonly sql: Sql<Tables>;
  readonly queue: CaptureQueue;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

export interface Broadcaster {
  readonly id: string;
  readonly login: string;
}

/**
 * Into the user's active collection, or a new one when there is none or it is full. Of a channel that is being captured for the user already: that capture. Throws CAPTURES_MANY.
 * Whether the user may see the channel is Twitch's to say; the capture fails with its words.
 */
export function startCapture(
  { sql, queue, clock, entropy }: CollectionDesk,
  userId: string,
  broadcaster: Broadcaster,
  options: CollectionOptions = collectionDefaults,
): Promise<string> {
  const { query } = sql;
  const nowMs = clock.epochMs();
  const [captureId, collectionId] = [entropy(16).toString('base64url'), entropy(16).toString('base64url')];
  return queue.transaction(function* (tx): Steps<string> {
    yield* takeUser(sql, tx, userId);
    const captures = query.selectFrom('captures').select(['id', 'broadcaster_id']).where('user_id', '=', userId);
    const running = yield* tx.all(captures.where('state', 'in', underWay));
    const same = running.find((one) => one.broadcaster_id === broadcaster.id);
    if (same !== undefined) return same.id;
    const most = options.mostUnderWay;
    if (running.length >= most) throw chattersError('CAPTURES_MANY', { count: running.length, most });
    const active = query.selectFrom('collections').select('id').where('user_id', '=', userId);
    const open = active.where('state', '=', 'active').where('expires_at', '>', nowMs).orderBy('created_at', 'desc');
    const newest = (yield* tx.first(open.limit(1)))?.id;
    const full = newest !== undefined && (yield* isFull(sql, tx, newest, options.mostInCollection));
    const collection = newest === undefined || full ? collectionId : newest;
    if (collection === collectionId) {
      const times = { created_at: nowMs, expires_at: nowMs + options.activeForMs };
      const row = { id: collection, user_id: userId, state: 'active', ...times } as const;
      yield* tx.run(query.insertInto('collections').values(row));
    }
    const names = { id: captureId, collection_id: collection, user_id: userId };
    const channel = { broadcaster_id: broadcaster.id, broadcaster_login: broadcaster.login };
    const counts = { expected: 0, chatters: 0, new_accounts: 0, enriched: 0, done_at: null, reason: null };
    const row = { ...names, ...channel, ...counts, state: 'waiting', created_at: nowMs } as const;
    yield* tx.run(query.insertInto('captures').values(row));
    yield* queue.adding(tx, 'read', { captureId }, { group: userId });
    return captureId;
  });
}

/** Whether the collection has so many captures, or more. */
function* isFull({ query }: Sql<Tables>, tx: Transaction, id: string, most: number): Steps<boolean> {
  const captures = query.selectFrom('captures').select('id').where('collection_id', '=', id);
  return (yield* tx.all(captures.limit(most))).length === most;
}

/** What one user does at two replicas at once is done one after the other. */
export function* takeUser({ query }: Sql<Tables>, tx: Transaction, userId: string): Steps<void> {
  const same = query.updateTable('users').set((row) => ({ login: row.ref('login') }));
  yield* tx.run(same.where('id', '=', userId));
}
