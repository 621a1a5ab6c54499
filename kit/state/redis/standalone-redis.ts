/** One Redis server (or what stands behind one address). */
import { Deadlines } from '../deadlines.ts';
import { HealthWatch } from '../health-watch.ts';
import type { StateSurroundings } from '../surroundings.ts';
import type { KvRedisParts } from './kv-redis.ts';
import { type LinkOptions, type Node, RedisLink } from './link-redis.ts';

export function standaloneParts(node: Node, link: LinkOptions, around: StateSurroundings): KvRedisParts {
  const deadlines = new Deadlines(around.clock, around.timers);
  const health = new HealthWatch(around.clock);
  const only = new RedisLink(node, link, around, deadlines, (event) => health.see(event));
  const router = {
    linkFor: () => only,
    links: () => [only],
    slotOf: () => 0,
    nodeOf: () => only.node,
    // READONLY: the server became a replica. The address may soon lead to another one; until then the call is repeated here.
    redirect: () => undefined,
    drained: () => only.drained(),
    close: () => only.close(),
  };
  return { engine: 'redis', router, deadlines, health, link };
}
