/** Opens a shared state by its URL; a driver's library is loaded only when its URL is used. */
import { parseAddress } from './address.ts';
import type { Kv } from './kv.ts';
import { checkedStateOptions, type StateOptions } from './options.ts';
import type { StateSurroundings } from './surroundings.ts';

/**
 * Keys and values at `url` (forms: `address.ts`). Does not wait for a server: calls do, until their deadlines. Throws PALIER_STATE_URL,
 * PALIER_STATE_OPTION, and PALIER_STATE_OPEN for a file that cannot be opened.
 */
export async function openKv(url: string, around: StateSurroundings, options: StateOptions = {}): Promise<Kv> {
  const address = parseAddress(url);
  const checked = checkedStateOptions(options);
  if (address.kind === 'sqlite') {
    const { KvSqlite } = await import('./sqlite/kv-sqlite.ts');
    return new KvSqlite({ ...checked, path: address.path }, around);
  }
  const link = { ...address, maxWaiting: checked.maxWaiting, frozenAfterMs: checked.frozenAfterMs };
  switch (address.kind) {
    case 'redis':
      return (await import('./redis/standalone-redis.ts')).openStandalone(address.nodes[0], link, checked, around);
    case 'sentinel':
      return (await import('./redis/sentinel-redis.ts')).openSentinel(address, link, checked, around);
    case 'cluster':
      return (await import('./redis/cluster-redis.ts')).openCluster(address.nodes, link, checked, around);
  }
}
