/** What a Redis node says of its memory and its disk. Pure. */
import type { RedisReply } from '../redis/link-redis.ts';
import type { KeepingFacts } from './facts.ts';

/** `INFO memory`, `INFO persistence` and `CONFIG GET save`; null where the server refused. */
export function factsOf(node: string, memory: RedisReply, persistence: RedisReply, save: RedisReply): KeepingFacts {
  const limit = field(memory, 'maxmemory');
  const appends = field(persistence, 'aof_enabled');
  const points = Array.isArray(save) ? (save as readonly RedisReply[])[1] : undefined;
  return {
    node,
    maxMemoryBytes: limit === undefined ? undefined : Number(limit),
    policy: field(memory, 'maxmemory_policy'),
    appendsToFile: appends === undefined ? undefined : appends !== '0',
    snapshots: points === undefined || points === null ? undefined : String(points).trim() !== '',
  };
}

/** Lines `name:value` (https://redis.io/docs/latest/commands/info/). */
function field(info: RedisReply, name: string): string | undefined {
  if (info === null) return undefined;
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(String(info))?.[1];
}
