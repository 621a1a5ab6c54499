/** The two clients that others use, with their defaults: plain writes of keys that are new each time. */
import { createRequire } from 'node:module';
import { createClient, createCluster, createSentinel } from '@redis/client';
import type { Told } from './answers.ts';
import type { Load } from './paced.ts';
import type { PeerRole, Place } from './role.ts';

type Write = (key: string) => Promise<unknown>;

interface Client {
  on(event: 'error', hear: () => void): unknown;
  set(key: string, value: string): Promise<unknown>;
}

interface NodeRedis extends Client {
  connect(): Promise<unknown>;
}

interface IoRedisModule {
  readonly Redis: new (options: object) => Client;
  readonly Cluster: new (nodes: readonly object[]) => Client;
}

export async function openPeerLoad(
  load: Load,
  url: string,
  { kind, tags, writesPerSecond }: PeerRole,
): Promise<{ begin(): void; kept(): Told['kept'] }> {
  const write = await (kind === 'ioredis' ? ioRedis(url) : nodeRedis(url));
  const key = (n: number): string => `peer:{${(tags[n % tags.length] as Place).name}}:${kind}:${n}`;
  const written: number[] = [];
  await write(`peer:{${tags[0]?.name}}:${kind}`);
  return {
    begin() {
      load.pace(writesPerSecond, (n) => ({
        act: 'write',
        subject: n,
        shard: (tags[n % tags.length] as Place).shard,
        async run() {
          await write(key(n));
          written.push(n);
          return 'good';
        },
      }));
    },
    kept: () => written.map((n) => [n, key(n)]),
  };
}

interface Where {
  readonly kind: string;
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly name: string;
}

/** Of the URLs of the test kit. */
function whereOf(url: string): Where {
  const [, kind = '', hosts = '', name = ''] = /^(redis(?:\+\w+)?):\/\/([^/]+)\/?(.*)$/.exec(url) ?? [];
  const nodes = hosts.split(',').map((one) => {
    const [host = '', port = ''] = one.split(':');
    return { host, port: Number(port) };
  });
  return { kind, nodes, name };
}

async function nodeRedis(url: string): Promise<Write> {
  const { kind, nodes, name } = whereOf(url);
  const rootNodes = nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` }));
  const client: unknown =
    kind === 'redis+sentinel'
      ? createSentinel({ name, sentinelRootNodes: [...nodes] })
      : kind === 'redis+cluster'
        ? createCluster({ rootNodes })
        : createClient({ url });
  return connected(client as NodeRedis);
}

async function connected(client: NodeRedis): Promise<Write> {
  // Without a listener an error would end the process.
  client.on('error', () => {});
  await client.connect();
  return (key) => client.set(key, '1');
}

async function ioRedis(url: string): Promise<Write> {
  const { kind, nodes, name } = whereOf(url);
  // The peers are installed when a bench is run, not when it is checked.
  const { Redis, Cluster } = createRequire(import.meta.url)('ioredis') as IoRedisModule;
  const client =
    kind === 'redis+cluster'
      ? new Cluster(nodes)
      : new Redis(kind === 'redis+sentinel' ? { sentinels: nodes, name } : (nodes[0] as object));
  client.on('error', () => {});
  return (key) => client.set(key, '1');
}
