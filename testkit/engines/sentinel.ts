/** A primary, its replicas and three Sentinels that watch them. */
import type { TestCertificate } from '../certificate.ts';
import { freePorts } from '../ports.ts';
import { until } from '../until.ts';
import { redisCall } from './call.ts';
import { type RedisServer, startRedis } from './redis.ts';

export interface SentinelSet extends AsyncDisposable {
  /** `redis+sentinel://127.0.0.1:P,127.0.0.1:P,127.0.0.1:P/watched`; `rediss+sentinel:` with TLS. */
  readonly url: string;
  /** All data servers, the first primary first. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** Who is primary now, by the Sentinels' word. */
  primary(): Promise<RedisServer>;
  /** Resolves when the replicas have all that the primary had at this moment. */
  caughtUp(): Promise<void>;
  /** `SENTINEL FAILOVER`; resolves when another one is primary by the Sentinels' word. */
  failover(): Promise<void>;
}

export interface SentinelSetOptions {
  readonly replicas?: number;
  /** How long the primary may be silent before the Sentinels replace it. Default 1000. */
  readonly downAfterMs?: number;
  /** All of them take connections with TLS only. */
  readonly tls?: TestCertificate;
}

const name = 'watched';
/** Another one is asked then: this one may stand still. */
const askMs = 2000;

export async function startSentinels({
  replicas = 2,
  downAfterMs = 1000,
  tls,
}: SentinelSetOptions = {}): Promise<SentinelSet> {
  const started: RedisServer[] = [];
  const stopAll = async (): Promise<void> => {
    await Promise.all(started.toReversed().map((server) => server[Symbol.asyncDispose]()));
  };
  const start = async (options: Parameters<typeof startRedis>[0]): Promise<RedisServer> => {
    const server = await startRedis({ ...options, ...(tls === undefined ? {} : { tls }) });
    started.push(server);
    return server;
  };
  try {
    const servers = await startFollowed(start, replicas);
    const [primary] = servers as [RedisServer];
    const ports = await freePorts(3);
    const sentinels = await Promise.all(
      ports.map((port) =>
        start({
          port,
          sentinel: [
            `monitor ${name} 127.0.0.1 ${primary.port} 2`,
            `down-after-milliseconds ${name} ${downAfterMs}`,
            `failover-timeout ${name} 10000`,
            `parallel-syncs ${name} 1`,
          ],
        }),
      ),
    );
    await until('the Sentinels know each other and the replicas', async () => {
      return (await knowEachOther(sentinels)) && (await knowReplicas(sentinels, replicas));
    });
    const ask = async (): Promise<RedisServer | undefined> => {
      const words = await Promise.all(
        sentinels.map((one) =>
          redisCall(one, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name], askMs).catch(() => undefined),
        ),
      );
      const port = (words.find((word) => Array.isArray(word)) as unknown[] | undefined)?.[1];
      return servers.find((server) => server.port === Number(port));
    };
    return {
      url: `redis${tls === undefined ? '' : 's'}+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${name}`,
      servers,
      sentinels,
      primary: () => until('the Sentinels know a primary', ask),
      async caughtUp() {
        const first = await until('the Sentinels know a primary', ask);
        const written = await offsetOf(first);
        const others = servers.filter((server) => server !== first);
        await until('the replicas have it', async () =>
          (await Promise.all(others.map(offsetOf))).every((offset) => offset >= written),
        );
      },
      async failover() {
        const before = await ask();
        // A Sentinel whose machine was too busy does nothing for 30 s (TILT), and one that has not heard of its replicas for a while refuses.
        await until('the failover begins', () => beginFailover(sentinels[0] as RedisServer), { withinMs: 60_000 });
        await until('another one is primary', async () => (await ask()) !== before, { withinMs: 60_000 });
      },
      [Symbol.asyncDispose]: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** A primary and its replicas, which have all of it. */
async function startFollowed(start: typeof startRedis, replicas: number): Promise<readonly RedisServer[]> {
  const primary = await start({ settings: { 'repl-diskless-sync-delay': '0' } });
  const followers = await Promise.all(
    Array.from({ length: replicas }, () =>
      start({ settings: { replicaof: `127.0.0.1 ${primary.port}`, 'repl-diskless-sync-delay': '0' } }),
    ),
  );
  await until('the replicas follow', async () => {
    const told = await redisCall(primary, ['INFO', 'replication']);
    return (String(told).match(/state=online/g) ?? []).length === replicas;
  });
  return [primary, ...followers];
}

/** How much of the stream of changes a server has written, or has taken over from its primary. */
async function offsetOf(server: RedisServer): Promise<number> {
  const told = String(await redisCall(server, ['INFO', 'replication']));
  return Number((/slave_repl_offset:(\d+)/.exec(told) ?? /master_repl_offset:(\d+)/.exec(told))?.[1]);
}

async function beginFailover(sentinel: RedisServer): Promise<boolean> {
  try {
    await redisCall(sentinel, ['SENTINEL', 'FAILOVER', name]);
    return true;
  } catch (error) {
    if (String(error).includes('INPROG')) return true;
    throw error;
  }
}

/** Each has heard from every replica that it follows: one that has not takes none of them for a primary. */
async function knowReplicas(sentinels: readonly RedisServer[], replicas: number): Promise<boolean> {
  const lists = await Promise.all(sentinels.map((one) => redisCall(one, ['SENTINEL', 'REPLICAS', name])));
  return (lists as readonly (readonly (readonly string[])[])[]).every(
    (list) =>
      list.length === replicas &&
      list.every((fields) => {
        const word = (field: string): string | undefined => fields[fields.indexOf(field) + 1];
        return word('flags') === 'slave' && word('master-link-status') === 'ok';
      }),
  );
}

async function knowEachOther(sentinels: readonly RedisServer[]): Promise<boolean> {
  const known = await Promise.all(sentinels.map((one) => redisCall(one, ['SENTINEL', 'CKQUORUM', name])));
  const others = await Promise.all(sentinels.map((one) => redisCall(one, ['SENTINEL', 'SENTINELS', name])));
  return (
    known.every((word) => String(word).startsWith('OK 3')) && others.every((list) => (list as unknown[]).length === 2)
  );
}
