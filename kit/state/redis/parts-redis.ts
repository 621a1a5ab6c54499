/** What stands behind a Redis address: how its nodes are known and reached, whoever uses it. */
import type { Address } from '../address.ts';
import type { CheckedStateOptions } from '../options.ts';
import { sentinelParts } from '../sentinel/sentinel-redis.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { clusterParts } from './cluster/cluster-redis.ts';
import type { KvRedisParts } from './kv-redis.ts';
import { standaloneParts } from './standalone-redis.ts';

export function redisParts(
  address: Exclude<Address, { readonly kind: 'sqlite' }>,
  { maxWaiting, frozenAfterMs, ca }: CheckedStateOptions,
  around: StateSurroundings,
): KvRedisParts {
  const link = { ...address, maxWaiting, frozenAfterMs, ...(ca === undefined ? {} : { ca }) };
  switch (address.kind) {
    case 'redis':
      return standaloneParts(address.nodes[0], link, around);
    case 'sentinel':
      return sentinelParts(address, link, around);
    case 'cluster':
      return clusterParts(address.nodes, link, around);
  }
}
