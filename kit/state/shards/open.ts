/** Opens the shards of a Redis Cluster by its URL. */
import { kitError } from '../../errors.ts';
import { parseAddress, shownUrl } from '../address.ts';
import type { StateSurroundings } from '../surroundings.ts';
import type { Shards } from './shards.ts';

/** `url`: `redis+cluster://…`. Connects when something is asked. Throws PALIER_STATE_URL, PALIER_SHARDS_NONE for another kind. */
export async function openShards(url: string, around: StateSurroundings): Promise<Shards> {
  const address = parseAddress(url);
  if (address.kind !== 'cluster') {
    throw kitError('PALIER_SHARDS_NONE', { where: shownUrl(url), why: 'its URL is of another kind' });
  }
  const { ShardsRedis } = await import('./shards-redis.ts');
  return new ShardsRedis(address, around);
}
