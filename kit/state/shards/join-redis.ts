/** Lets empty nodes into a Cluster, and gives them replicas. Whoever is in already is left as it is, so that it can be done again. */
import { lookup } from 'node:dns/promises';
import { kitError } from '../../errors.ts';
import type { Node } from '../redis/link-redis.ts';
import { nodeName } from '../redis/cluster/slots.ts';
import { askTimeoutMs, type ClusterNodes } from './nodes-redis.ts';
import type { NodeLine, Word } from '../redis/cluster/word.ts';

/** A replica copies what its primary has; a new primary has nothing yet. */
const followsWithinMs = 60_000;

/**
 * `replicas[i]` follows `primaries[i % n]`. Throws PALIER_SHARDS_NODE for one that is not empty, belongs to another Cluster, or does not
 * answer: before any is let in.
 */
export async function join(nodes: ClusterNodes, primaries: readonly Node[], replicas: readonly Node[]): Promise<void> {
  const words = await nodes.words();
  const inside = new Set(words.flatMap((word) => word.nodes.map(({ id }) => id)));
  const found: Word[] = [];
  for (const node of [...primaries, ...replicas]) found.push(await suitable(nodes, node, inside));
  const member = words[0] as Word;
  for (const [i, { self }] of found.entries()) {
    if (inside.has(self.id)) continue;
    const { host, port } = [...primaries, ...replicas][i] as Node;
    // By address: MEET resolves no names.
    const { address } = await lookup(host);
    await nodes.linkAt(member.self).send(['CLUSTER', 'MEET', address, String(port)], askTimeoutMs);
  }
  const ids = found.map(({ self }) => self.id);
  await nodes.until('not every node has met the new ones yet', () => allKnow(nodes, ids));
  for (const [i, { self }] of found.slice(primaries.length).entries()) {
    await follow(nodes, self, (found[i % primaries.length] as Word).self.id);
  }
}

async function suitable(nodes: ClusterNodes, node: Node, inside: ReadonlySet<string>): Promise<Word> {
  const refuse = (why: string): Error => kitError('PALIER_SHARDS_NODE', { node: nodeName(node), why });
  const word = await nodes.wordAt(node).catch(() => undefined);
  if (word === undefined) throw refuse('does not answer as a server with cluster-enabled yes');
  if (inside.has(word.self.id)) return word;
  if (word.nodes.length > 1) throw refuse('belongs to another Cluster');
  const keys = Number(await nodes.linkAt(node).send(['DBSIZE'], askTimeoutMs));
  if (keys > 0) throw refuse(`holds ${keys} keys`);
  if (word.self.slots.length > 0) throw refuse(`has ${word.self.slots.length} slots`);
  return word;
}

async function allKnow(nodes: ClusterNodes, ids: readonly string[]): Promise<boolean> {
  const words = await nodes.words();
  const speak = new Set(words.map(({ self }) => self.id));
  return words.every(({ nodes: known }) =>
    ids.every((id) =>
      known.some((line) => line.id === id && !line.meeting && (line.role === 'replica' || speak.has(id))),
    ),
  );
}

async function follow(nodes: ClusterNodes, replica: NodeLine, primary: string): Promise<void> {
  const follows = async (): Promise<boolean> => {
    const word = await nodes.wordAt(nodes.placeOf(replica.id));
    if (word === undefined) return false;
    // It may not have heard of its primary yet.
    if (word.self.primary !== primary) await nodes.ask(replica.id, ['CLUSTER', 'REPLICATE', primary]).catch(() => {});
    return /master_link_status:up/.test(String(await nodes.ask(replica.id, ['INFO', 'replication'])));
  };
  await nodes.until(`${nodeName(replica)} does not follow its primary yet`, follows, followsWithinMs);
}
