/**
 * Which node of a Cluster has which slot, as `CLUSTER SLOTS` tells it. Pure.
 */
import type { Node, RedisReply } from '../link-redis.ts';

export const slotCount = 16_384;

export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly primary: Node;
}

/**
 * `CLUSTER SLOTS` as ranges: each entry is `[from, to, [host, port, id, …], …replicas]`; an empty host means the one that was asked
 * (https://redis.io/docs/latest/commands/cluster-slots/). What is malformed is left out.
 */
export function slotRanges(reply: RedisReply, asked: Node): readonly SlotRange[] {
  if (!Array.isArray(reply)) return [];
  return (reply as readonly RedisReply[]).flatMap((entry) => {
    if (!Array.isArray(entry)) return [];
    const [from, to, node] = entry as readonly RedisReply[];
    if (typeof from !== 'number' || typeof to !== 'number' || !Array.isArray(node)) return [];
    if (from < 0 || to >= slotCount || from > to) return [];
    const [host, port] = node as readonly RedisReply[];
    const name = host === null || host === undefined ? '' : String(host);
    return [{ from, to, primary: { host: name === '' || name === '?' ? asked.host : name, port: Number(port) } }];
  });
}

export function nodeName({ host, port }: Node): string {
  return `${host}:${port}`;
}

export function sameNode(one: Node, other: Node): boolean {
  return one.host === other.host && one.port === other.port;
}
