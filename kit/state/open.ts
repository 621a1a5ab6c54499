/** Opens a shared state by its URL; a driver's library is loaded only when its URL is used. */
import { type Address, parseAddress, shownUrl } from './address.ts';
import type { Kv } from './kv.ts';
import { type CheckedStateOptions, checkedStateOptions, type StateOptions } from './options.ts';
import type { StateSurroundings } from './surroundings.ts';

/**
 * Keys and values at `url` (forms: `address.ts`). Does not wait for a server: calls do, until their deadlines. Throws PALIER_STATE_URL,
 * PALIER_STATE_OPTION, and PALIER_STATE_OPEN for a file that cannot be opened.
 */
export async function openKv(url: string, around: StateSurroundings, options: StateOptions = {}): Promise<Kv> {
  const kv = await openAt(parseAddress(url), around, checkedStateOptions(options));
  kv.health.onChange((state, reason) => {
    around.log(state === 'up' ? 'info' : 'warn', `the state is ${state}`, { at: shownUrl(url), reason });
  });
  return kv;
}

async function openAt(address: Address, around: StateSurroundings, checked: CheckedStateOptions): Promise<Kv> {
  if (address.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite/kv-sqlite.ts');
    return openSqlite({ ...checked, path: address.path }, around);
  }
  const { redisParts } = await import('./redis/parts-redis.ts');
  const { KvRedis } = await import('./redis/kv-redis.ts');
  return new KvRedis(redisParts(address, checked, around), checked, around);
}
