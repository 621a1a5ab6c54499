/** The engine that something happens to, whichever of the three it is. */
import {
  type ClusterNode,
  redisCall,
  type RedisServer,
  startCluster,
  startRedis,
  startSentinels,
} from '@palier/testkit/engines';
import { type Passage, startPassage } from '@palier/testkit/passage';
import { until } from '@palier/testkit/until';

export type EngineKind = 'server' | 'sentinel' | 'cluster';

export interface Stage extends AsyncDisposable {
  readonly url: string;
  /** For the replicas that may be cut off; the same without a passage. */
  readonly cutUrl: string;
  /** Of one server only: Sentinels and a Cluster tell their own addresses. */
  readonly passage: Passage | undefined;
  /** All that can die, Sentinels too. */
  readonly servers: readonly RedisServer[];
  /** Empty nodes that a Cluster may be given. */
  readonly spare: readonly RedisServer[];
  /** Those that hold something now, in the order of their shards. */
  primaries(): Promise<readonly RedisServer[]>;
  /** A planned change of the primary of shard 0; resolves when another one is. */
  handOver(): Promise<void>;
}

export interface StageOptions {
  /** How long a server may be silent before the others replace it. */
  readonly downAfterMs: number;
  readonly withPassage: boolean;
  /** Of a Cluster's primaries; the Sentinels' has two. */
  readonly replicasEach: number;
  /** A Cluster of four shards that may become eight. */
  readonly grows: boolean;
}

const slotCount = 16_384;

export function openStage(kind: EngineKind, options: StageOptions): Promise<Stage> {
  if (kind === 'server') return serverStage(options);
  return kind === 'sentinel' ? sentinelStage(options) : clusterStage(options);
}

async function serverStage({ withPassage }: StageOptions): Promise<Stage> {
  // One alone has nobody who could have a copy: what it acknowledges is on its disk.
  const server = await startRedis({ settings: { appendfsync: 'always' } });
  const passage = withPassage ? await startPassage(server) : undefined;
  return {
    url: server.url,
    cutUrl: passage === undefined ? server.url : `redis://127.0.0.1:${passage.port}`,
    passage,
    servers: [server],
    spare: [],
    primaries: () => Promise.resolve([server]),
    handOver: () => Promise.reject(new Error('One server has nobody to hand over to.')),
    async [Symbol.asyncDispose]() {
      await passage?.[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function sentinelStage({ downAfterMs }: StageOptions): Promise<Stage> {
  const set = await startSentinels({ downAfterMs });
  return {
    url: set.url,
    cutUrl: set.url,
    passage: undefined,
    servers: [...set.servers, ...set.sentinels],
    spare: [],
    primaries: async () => [await set.primary()],
    handOver: () => set.failover(),
    [Symbol.asyncDispose]: () => set[Symbol.asyncDispose](),
  };
}

async function clusterStage({ downAfterMs, replicasEach, grows }: StageOptions): Promise<Stage> {
  const shardCount = grows ? 4 : 3;
  const spare = grows ? 4 : 0;
  const cluster = await startCluster({ primaries: shardCount, replicasEach, spare, nodeTimeoutMs: downAfterMs });
  const primaryOf = (shard: number): Promise<ClusterNode> =>
    cluster.primaryOf(Math.floor((shard * slotCount) / shardCount));
  return {
    url: cluster.url,
    cutUrl: cluster.url,
    passage: undefined,
    servers: cluster.nodes,
    spare: cluster.spare,
    primaries: () => Promise.all(Array.from({ length: shardCount }, (_, shard) => primaryOf(shard))),
    async handOver() {
      const before = await primaryOf(0);
      const next = await until('a replica of it', () => replicaOf(cluster.nodes, before));
      await redisCall(next, ['CLUSTER', 'FAILOVER']);
      await until('another one is primary', async () => (await primaryOf(0)) !== before);
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function replicaOf(nodes: readonly ClusterNode[], { port }: RedisServer): Promise<ClusterNode | undefined> {
  for (const node of nodes) {
    const role = await redisCall(node, ['ROLE']).catch(() => []);
    if (Array.isArray(role) && role[0] === 'slave' && role[2] === port) return node;
  }
  return undefined;
}
