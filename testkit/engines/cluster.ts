/** A Redis Cluster, of three primaries and a replica of each unless asked otherwise, and empty nodes that may be added. */
import type { TestCertificate } from '../certificate.ts';
import { until } from '../until.ts';
import { redisCall } from './call.ts';
import { type RedisServer, startRedis } from './redis.ts';

export interface ClusterNode extends RedisServer {
  /** Its name within the Cluster. */
  readonly id: string;
}

export interface RedisCluster extends AsyncDisposable {
  /** `redis+cluster://127.0.0.1:P,…` with all nodes; `rediss+cluster:` with TLS. */
  readonly url: string;
  readonly nodes: readonly ClusterNode[];
  /** Empty nodes that belong to no Cluster yet. */
  readonly spare: readonly ClusterNode[];
  /** What is not as it should be, by the word of every node that is in it; empty: all slots are served, none is on its way, all agree. */
  faults(): Promise<readonly string[]>;
  /** The node that has the slot now, by the word of those that answer. */
  primaryOf(slot: number): Promise<ClusterNode>;
}

export interface RedisClusterOptions {
  readonly primaries?: number;
  readonly replicasEach?: number;
  /** Empty nodes beside it, to be added. Default 0. */
  readonly spare?: number;
  /** How long a node may be silent before the others replace it. Default 1000. */
  readonly nodeTimeoutMs?: number;
  /** All of them take connections with TLS only. */
  readonly tls?: TestCertificate;
}

const slotCount = 16_384;
/** Another node is asked then: this one may stand still. */
const askMs = 2000;

export async function startCluster({
  primaries = 3,
  replicasEach = 1,
  spare: spareCount = 0,
  nodeTimeoutMs = 1000,
  tls,
}: RedisClusterOptions = {}): Promise<RedisCluster> {
  const servers: RedisServer[] = [];
  const stopAll = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  };
  try {
    for (let i = 0; i < primaries * (1 + replicasEach) + spareCount; i++) {
      servers.push(await startNode(nodeTimeoutMs, tls));
    }
    const all = await Promise.all(
      servers.map(async (server) =>
        Object.assign(server, { id: String(await redisCall(server, ['CLUSTER', 'MYID'])) }),
      ),
    );
    const nodes = all.slice(0, primaries * (1 + replicasEach));
    const spare = all.slice(nodes.length);
    await join(nodes, primaries);
    return {
      url: `redis${tls === undefined ? '' : 's'}+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
      nodes,
      spare,
      faults: () => faultsOf(all),
      primaryOf: (slot) => until(`a primary of slot ${slot}`, () => primaryOf(all, slot)),
      [Symbol.asyncDispose]: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** A node takes its port + 10 000, too, which may be in use: another port is tried then. */
async function startNode(nodeTimeoutMs: number, tls: TestCertificate | undefined): Promise<RedisServer> {
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-node-timeout': String(nodeTimeoutMs),
    'repl-diskless-sync-delay': '0',
    // Validation goes on for the slots that are there while another primary fails over.
    'cluster-require-full-coverage': 'no',
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await startRedis({ settings, ...(tls === undefined ? {} : { tls }) });
    } catch (error) {
      if (attempt === 5 || !/Failed listening|port number too high/i.test(String(error))) throw error;
    }
  }
}

async function join(nodes: readonly ClusterNode[], primaries: number): Promise<void> {
  const first = nodes[0] as ClusterNode;
  for (let i = 0; i < primaries; i++) {
    const [from, to] = [i, i + 1].map((n) => Math.floor((n * slotCount) / primaries)) as [number, number];
    await redisCall(nodes[i] as ClusterNode, ['CLUSTER', 'ADDSLOTSRANGE', String(from), String(to - 1)]);
    // Different epochs, or two nodes would claim the same.
    await redisCall(nodes[i] as ClusterNode, ['CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1)]);
  }
  for (const node of nodes.slice(1)) await redisCall(node, ['CLUSTER', 'MEET', '127.0.0.1', String(first.port)]);
  await until('the nodes know each other', async () => {
    const known = await Promise.all(nodes.map((node) => redisCall(node, ['CLUSTER', 'NODES'])));
    return known.every(
      (list) => nodes.every(({ id }) => String(list).includes(id)) && !String(list).includes('handshake'),
    );
  });
  for (const [i, node] of nodes.slice(primaries).entries()) {
    const primary = nodes[i % primaries] as ClusterNode;
    await redisCall(node, ['CLUSTER', 'REPLICATE', primary.id]);
  }
  await until('the Cluster is well and every replica follows', async () => {
    const words = await Promise.all(nodes.map((node) => redisCall(node, ['CLUSTER', 'INFO'])));
    const roles = await Promise.all(nodes.slice(primaries).map((node) => redisCall(node, ['ROLE'])));
    return (
      words.every((word) => String(word).includes('cluster_state:ok')) &&
      roles.every((role) => Array.isArray(role) && role[0] === 'slave' && role[3] === 'connected')
    );
  });
}

async function faultsOf(nodes: readonly ClusterNode[]): Promise<readonly string[]> {
  const maps = new Set<string>();
  const faults: string[] = [];
  for (const node of nodes) {
    const list = String(await redisCall(node, ['CLUSTER', 'NODES']));
    // A spare one that was not added.
    if (list.trim().split('\n').length === 1) continue;
    const info = String(await redisCall(node, ['CLUSTER', 'INFO']));
    if (!info.includes('cluster_state:ok')) faults.push(`${node.port} is not well`);
    if (!info.includes('cluster_slots_ok:16384')) faults.push(`${node.port} knows slots that nobody serves`);
    if (/\[\d+-[<>]-/.test(list)) faults.push(`${node.port} has a slot on its way`);
    const lines = list
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    maps.add(
      lines
        .map(([id, , , , , , , , ...slots]) => `${id} ${slots.join(' ')}`)
        .sort()
        .join('\n'),
    );
  }
  if (maps.size > 1) faults.push(`there are ${maps.size} different maps`);
  return faults;
}

async function primaryOf(nodes: readonly ClusterNode[], slot: number): Promise<ClusterNode | undefined> {
  for (const node of nodes) {
    const ranges = await redisCall(node, ['CLUSTER', 'SLOTS'], askMs).catch(() => []);
    for (const range of ranges as readonly (readonly unknown[])[]) {
      const [from, to, primary] = range as [number, number, readonly unknown[]];
      if (slot < from || slot > to) continue;
      return nodes.find(({ port }) => port === Number(primary[1]));
    }
  }
  return undefined;
}
