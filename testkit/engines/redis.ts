/** A Redis server of a test's own, run as a site should run it: append-only file and snapshots, nothing evicted. */
import { writeFile } from 'node:fs/promises';
import { temporaryFolder } from '../folder.ts';
import { freePort } from '../ports.ts';
import { startProcess, type TestProcess } from '../processes/index.ts';
import { needs, type Program } from '../program.ts';
import type { TestCertificate } from '../certificate.ts';
import { bound } from './bound.ts';
import { type EngineServer, startEngine } from './server.ts';

export interface RedisServerOptions {
  /** Further lines of its configuration, each as `name value`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** It takes connections with TLS only, and speaks so with its like, too. */
  readonly tls?: TestCertificate;
  /** It is a Sentinel; each line as after `sentinel`. */
  readonly sentinel?: readonly string[];
}

/** Its url: `redis://127.0.0.1:PORT`, `rediss://…` with TLS. */
export type RedisServer = EngineServer;

/** Whether it is there: for `describe('…', redisServer().options, …)`. */
export function redisServer(): Program {
  return needs('redis-server', { debian: 'redis-server' });
}

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await temporaryFolder('redis');
  const port = options.port ?? (await freePort());
  // A Sentinel and a Cluster's node write their file anew, so that it holds what they learned when they are started again.
  const file = folder.file('redis.conf');
  await writeFile(file, `${configuration(options, port, folder.path).join('\n')}\n`);
  const role = options.sentinel === undefined ? [] : ['--sentinel'];
  const run = (): Promise<TestProcess> =>
    startProcess({
      command: bound(['redis-server', file, ...role]),
      ready: /Ready to accept connections|Sentinel ID is/,
    });
  const url = `redis${options.tls === undefined ? '' : 's'}://127.0.0.1:${port}`;
  return startEngine({ port, url, folder, run, processes: (pid) => [pid], stopSignal: 'SIGTERM' });
}

function configuration({ settings = {}, sentinel, tls }: RedisServerOptions, port: number, folder: string): string[] {
  const own = { ...doors(port, tls), bind: '127.0.0.1', dir: folder };
  const data = {
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '3600 1 300 100',
    'maxmemory-policy': 'noeviction',
    ...settings,
  };
  const lines = Object.entries(sentinel === undefined ? { ...own, ...data } : own).map(
    ([name, value]) => `${name} ${value}`,
  );
  return [...lines, ...(sentinel ?? []).map((line) => `sentinel ${line}`)];
}

function doors(port: number, tls: TestCertificate | undefined): Record<string, string> {
  if (tls === undefined) return { port: String(port) };
  const files = { 'tls-cert-file': tls.file, 'tls-key-file': tls.keyFile, 'tls-ca-cert-file': tls.file };
  const likes = { 'tls-auth-clients': 'no', 'tls-replication': 'yes', 'tls-cluster': 'yes' };
  return { port: '0', 'tls-port': String(port), ...files, ...likes };
}
