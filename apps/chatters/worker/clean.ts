/**
 * What time does: collections expire, what has expired goes, captures whose job is dead say so, consents that nobody needs are given back. Any
 * number of workers may do it at once.
 */
import { type CaptureDesk, fail, underWay } from '../capture/desk.ts';
import type { CaptureJob } from '../capture/jobs.ts';
import { endCaptures } from '../collections/change.ts';
import { type CollectionOptions, collectionDefaults } from '../collections/options.ts';

export type CleanDesk = Pick<CaptureDesk, 'sql' | 'queue' | 'consents' | 'clock'>;

/** Looked at in one go; the next one sees the others. */
const mostAtOnce = 100;
/** Rows taken off in one statement, so that it locks nothing for long. */
const rowsAtOnce = 2000;

export async function clean(desk: CleanDesk, options: CollectionOptions = collectionDefaults): Promise<void> {
  await expire(desk);
  await failDead(desk);
  await desk.consents.removeUnneeded();
  await removeExpired(desk, options.keepExpiredMs);
}

async function expire({ sql, clock }: CleanDesk): Promise<void> {
  await sql.query
    .updateTable('collections')
    .set({ state: 'expired' })
    .where('state', '=', 'active')
    .where('expires_at', '<', clock.epochMs())
    .execute();
}

/** A job without attempts left, or one that killed its workers: its capture would be under way for ever. */
async function failDead(desk: CleanDesk): Promise<void> {
  const dead = await desk.queue.list('dead', mostAtOnce);
  if (dead.length === 0) return;
  const whyById = new Map(
    dead.map(({ payload, reason, error }) => {
      const last = error === undefined ? '' : ` (${error.split('\n')[0]})`;
      return [(payload as CaptureJob).captureId, `It could not be completed: ${reason ?? 'given up'}${last}.`];
    }),
  );
  const captures = desk.sql.query
    .selectFrom('captures')
    .select('id')
    .where('id', 'in', [...whyById.keys()]);
  const open = await captures.where('state', 'in', underWay).execute();
  for (const { id } of open) await fail(desk, id, whyById.get(id) as string);
}

async function removeExpired(desk: CleanDesk, keepExpiredMs: number): Promise<void> {
  const { query } = desk.sql;
  const beforeMs = desk.clock.epochMs() - keepExpiredMs;
  const over = query.selectFrom('collections').select('id').where('state', '=', 'expired');
  for (const { id } of await over.where('expires_at', '<', beforeMs).limit(mostAtOnce).execute()) {
    // First, so that nobody adds to what is being taken off.
    await endCaptures(desk, id);
    const captures = await query.selectFrom('captures').select('id').where('collection_id', '=', id).execute();
    for (const capture of captures) {
      await removeChatters(desk, capture.id);
      await query.deleteFrom('captures').where('id', '=', capture.id).execute();
    }
    await query.deleteFrom('collections').where('id', '=', id).execute();
  }
}

async function removeChatters({ sql: { query } }: CleanDesk, captureId: string): Promise<void> {
  const chatters = query.selectFrom('capture_chatters').select('account_id').where('capture_id', '=', captureId);
  const gone = query.deleteFrom('capture_chatters').where('capture_id', '=', captureId);
  for (;;) {
    const rows = await chatters.orderBy('account_id').limit(rowsAtOnce).execute();
    const last = rows.at(-1)?.account_id;
    if (last === undefined) return;
    await gone.where('account_id', '<=', last).execute();
  }
}
