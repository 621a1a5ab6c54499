/** The settings as the replicas share them: in the database, remembered at each replica, and forgotten at all when somebody changes one. */
import type { Bus } from '@palier/kit/state';
import type { Database } from '../database/open.ts';
import { openHeardMemo } from '../web/heard-memo.ts';
import type { MemoMaker } from '../web/memo.ts';
import { isSettingKey, type Settings } from './known.ts';

export interface SharedSettings extends AsyncDisposable {
  all(): Promise<Settings>;
  /** One was set, or taken back. Nobody waits for the others to hear it. */
  changed(): void;
}

/** For a database that somebody changed by hand. */
const rememberedMs = 300_000;

/** Throws what `Bus.subscribe` throws. */
export async function openSettings(
  { query }: Pick<Database, 'query'>,
  bus: Bus,
  memo: MemoMaker,
): Promise<SharedSettings> {
  const remembered = await openHeardMemo<Settings>('settings', bus, memo, { ttlMs: rememberedMs, maxEntries: 1 });
  const load = async (): Promise<Settings> => {
    const rows = await query.selectFrom('configurations').select(['key', 'value']).execute();
    // One that a newer version knows is passed by.
    return Object.fromEntries(rows.filter(({ key }) => isSettingKey(key)).map(({ key, value }) => [key, value]));
  };
  return {
    all: () => remembered.get('all', load),
    changed: () => remembered.changed(),
    [Symbol.asyncDispose]: () => remembered[Symbol.asyncDispose](),
  };
}
