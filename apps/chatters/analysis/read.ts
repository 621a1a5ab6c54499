/** What an analysis reads of a collection: which captures are in it, and the accounts of those that are done. */
import type { Sql } from '@palier/kit/state/sql';
import { walk } from '../collections/walk.ts';
import type { Tables } from '../database/tables.ts';
import type { SeenAccount } from './find/account.ts';
import type { SummarisedChannel } from './summary.ts';

export interface DoneCaptures {
  readonly ids: readonly string[];
  readonly channels: readonly SummarisedChannel[];
  /** Another one when another capture is done. */
  readonly version: string;
}

/** A collection of more is read in part: the newest ones. */
const mostCaptures = 200;

export async function doneCaptures({ query }: Sql<Tables>, collectionId: string): Promise<DoneCaptures> {
  const captures = query.selectFrom('captures').selectAll().where('collection_id', '=', collectionId);
  const done = captures.where('state', '=', 'done').orderBy('created_at', 'desc').limit(mostCaptures);
  const rows = await done.execute();
  const channels = new Map<string, SummarisedChannel>();
  for (const { broadcaster_id: id, broadcaster_login: login } of rows) {
    channels.set(id, { id, login, captures: (channels.get(id)?.captures ?? 0) + 1 });
  }
  const lastMs = rows.reduce((latest, { done_at: atMs }) => Math.max(latest, atMs ?? 0), 0);
  return { ids: rows.map(({ id }) => id), channels: [...channels.values()], version: `${rows.length}-${lastMs}` };
}

export async function readSeen(sql: Sql<Tables>, captureIds: readonly string[]): Promise<SeenAccount[]> {
  const seen: SeenAccount[] = [];
  for await (const stretch of walk(sql, captureIds)) {
    const ids = stretch.map(({ account }) => account.id);
    const names = sql.query
      .selectFrom('account_names')
      .select(['account_id', (row) => row.fn.countAll<number>().as('names')]);
    const several = names
      .where('account_id', 'in', ids)
      .groupBy('account_id')
      .having((row) => row.fn.countAll(), '>', 1);
    const renames = new Map((await several.execute()).map((row) => [row.account_id, Number(row.names) - 1]));
    for (const { account } of stretch) {
      const { id, login, created_at: createdMs } = account;
      seen.push({ id, login, createdMs, renames: renames.get(id) ?? 0 });
    }
  }
  return seen;
}
