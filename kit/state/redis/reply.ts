/** A server's answer as the kit hands it on. */
import type { Reply } from '../procedure.ts';
import type { RedisReply } from './link-redis.ts';

export function bytesOf(reply: RedisReply): Buffer | undefined {
  if (reply === null) return undefined;
  return Buffer.isBuffer(reply) ? reply : Buffer.from(String(reply));
}

export function replyOf(procedure: string, reply: RedisReply): Reply {
  if (!Array.isArray(reply)) throw new TypeError(`The Lua form of ${procedure} answered no table.`);
  return (reply as readonly RedisReply[]).map((one) => (typeof one === 'number' ? one : bytesOf(one)));
}
