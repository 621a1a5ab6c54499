/** What a Sentinel answers, read. Pure. */
import type { Node, RedisReply } from '../redis/link-redis.ts';
import { nodeName } from '../redis/cluster/slots.ts';
import type { Word } from './choice.ts';

/** The steps of a failover in which a replica is selected and its Sentinel does not say yet that it is primary. */
const promotingSteps = new Set(['send_slaveof_noone', 'wait_promotion']);
/**
 * Of a replica: it has been away for longer than a failover takes, so it is not the one that was just promoted. `disconnected` alone does not say
 * that: whoever is promoted is told to drop all connections (`CLIENT KILL`, sentinelSendSlaveOf), and every Sentinel calls it so for 30 to 60 ms.
 */
const awayFlags = ['s_down', 'o_down'];

/**
 * From `SENTINEL MASTER`, `SENTINEL GET-MASTER-ADDR-BY-NAME` and `SENTINEL REPLICAS`. The address is the second one's: the Sentinel that leads a failover tells the
 * new epoch beside the old address in the first one until all replicas follow, a second longer. Undefined: it knows no primary.
 */
export function wordOf(primary: RedisReply, address: RedisReply, replicas: RedisReply): Word | undefined {
  const facts = fieldsOf(primary);
  const [host, port] = Array.isArray(address) ? (address as readonly RedisReply[]).map(String) : [];
  if (host === undefined || !(Number(port) > 0)) return undefined;
  return {
    primary: { host, port: Number(port) },
    epoch: Number(facts.get('config-epoch')) || 0,
    promoting: promotingSteps.has(facts.get('failover-state') ?? ''),
    eligible: Array.isArray(replicas) ? (replicas as readonly RedisReply[]).flatMap(eligibleName) : [],
  };
}

/** `slave NAME HOST PORT @ SET HOST PORT`: who was selected, and in whose place; undefined when it is of another set. */
export function selectionOf(message: string, set: string): { readonly selected: Node; readonly of: Node } | undefined {
  const match = /^slave \S+ (\S+) (\d+) @ (\S+) (\S+) (\d+)$/.exec(message);
  if (match === null || match[3] !== set) return undefined;
  const node = (host: number, port: number): Node => ({ host: match[host] as string, port: Number(match[port]) });
  return { selected: node(1, 2), of: node(4, 5) };
}

/** `ROLE` of a primary begins with `master`. */
export function isPrimary(role: RedisReply): boolean {
  return Array.isArray(role) && String((role as readonly RedisReply[])[0]) === 'master';
}

function eligibleName(replica: RedisReply): string[] {
  const facts = fieldsOf(replica);
  const flags = (facts.get('flags') ?? '').split(',');
  const [host, port] = [facts.get('ip'), Number(facts.get('port'))];
  if (host === undefined || awayFlags.some((flag) => flags.includes(flag)) || facts.get('slave-priority') === '0')
    return [];
  return [nodeName({ host, port })];
}

function fieldsOf(reply: RedisReply): Map<string, string> {
  const fields = new Map<string, string>();
  if (!Array.isArray(reply)) return fields;
  const flat = reply as readonly RedisReply[];
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(String(flat[i]), String(flat[i + 1]));
  return fields;
}
