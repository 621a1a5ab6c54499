/**
 * The accounts of several captures, each once and in the order of ids, a stretch at a time: what exports and analyses read, however many there
 * are. Each capture is read along its key, so that no engine sorts a large table.
 */
import type { Sql } from '@palier/kit/state/sql';
import type { AccountRow, Tables } from '../database/tables.ts';

export interface WalkedAccount {
  readonly account: AccountRow;
  /** Places in the list of captures. */
  readonly seenIn: readonly number[];
}

export interface Merged {
  /** Id → the pages that have it. */
  readonly seen: ReadonlyMap<string, readonly number[]>;
  /** Where the next pages begin; null: there is nothing more. */
  readonly upTo: string | null;
}

/** Of all captures together; one statement names the accounts of a stretch. */
const stretchRows = 2000;
const leastRows = 50;

/** `captureIds`: at most a few hundred. */
export async function* walk(
  { query }: Sql<Tables>,
  captureIds: readonly string[],
): AsyncGenerator<readonly WalkedAccount[]> {
  const most = Math.max(leastRows, Math.floor(stretchRows / Math.max(1, captureIds.length)));
  for (let after: string | null = ''; after !== null; ) {
    const from: string = after;
    const pages = await Promise.all(
      captureIds.map(async (id) => {
        const ids = query.selectFrom('capture_chatters').select('account_id').where('capture_id', '=', id);
        const rows = await ids.where('account_id', '>', from).orderBy('account_id').limit(most).execute();
        return rows.map(({ account_id }) => account_id);
      }),
    );
    const { seen, upTo } = merge(pages, most);
    after = upTo;
    if (seen.size === 0) continue;
    const accounts = query
      .selectFrom('accounts')
      .selectAll()
      .where('id', 'in', [...seen.keys()])
      .orderBy('id');
    yield (await accounts.execute()).map((account) => ({ account, seenIn: seen.get(account.id) ?? [] }));
  }
}

/** Pages of sorted ids, of at most `most` each: what is complete of them together. Pure. */
export function merge(pages: readonly (readonly string[])[], most: number): Merged {
  const ends = pages.flatMap((page) => (page.length < most ? [] : (page.at(-1) as string)));
  const upTo = ends.length === 0 ? null : ends.reduce((a, b) => (a < b ? a : b));
  const seen = new Map<string, number[]>();
  for (const [place, page] of pages.entries()) {
    for (const id of page) {
      if (upTo !== null && id > upTo) break;
      const places = seen.get(id);
      if (places === undefined) seen.set(id, [place]);
      else places.push(place);
    }
  }
  return { seen, upTo };
}
