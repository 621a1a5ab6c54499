/** The stores: one server of each for the whole bench, run as a site runs it, and something empty in it for each run. */
import { spawnSync } from 'node:child_process';
import { redisCall, redisServer, startRedis } from '@palier/testkit/engines';
import { descendantsOf, snapshot } from '@palier/testkit/processes';
import { openBulk } from '../batch/bulk.ts';
import type { Bulk } from '../batch/bulk-pg.ts';
import { durabilityOf, lacking, type Server, startServer } from '../batch/engines.ts';
import type { Engine } from '../batch/rows.ts';
import type { Cores } from '../process/cores.ts';
import { processCpuMs } from '../process/cpu.ts';

export type Store = Engine | 'redis';

export interface Stage {
  readonly notes: readonly string[];
  has(store: Store): boolean;
  /** An empty place in it. */
  open(store: Store): Promise<Place>;
  close(): Promise<void>;
}

export interface Place {
  readonly url: string;
  /** Of the server, all its processes; 0 where there is none. */
  cpuMs(): number;
  drop(): Promise<void>;
}

/** What is alike for all places of a store. */
interface Served {
  readonly note: string;
  open(serial: number): Promise<Place>;
  stop(): Promise<void>;
}

/** Of 16 MB each: more than a run writes. */
const logFiles = 48;
const engines: readonly Engine[] = ['postgres', 'mariadb', 'sqlite'];

export async function openStage(cores: Cores): Promise<Stage> {
  const served = new Map<Store, Served>();
  const notes: string[] = [];
  const close = async (): Promise<void> => {
    for (const one of served.values()) await one.stop();
  };
  try {
    for (const engine of engines) {
      const why = lacking(engine);
      if (why === null) served.set(engine, await serve(engine, cores));
      else notes.push(`${engine}: not played, ${why}.`);
    }
    if (redisServer().path !== undefined) served.set('redis', await serveRedis(cores));
  } catch (error) {
    await close();
    throw error;
  }
  let serial = 0;
  return {
    notes: [...notes, ...[...served.values()].map(({ note }) => note)],
    has: (store) => served.has(store),
    open: (store) => (served.get(store) as Served).open(++serial),
    close,
  };
}

async function serve(engine: Engine, cores: Cores): Promise<Served> {
  const server = await startServer(engine, cores);
  if (engine === 'sqlite') return serveFiles(server);
  const own = await openBulk(server.url);
  if (engine === 'postgres') await layOutLog(own);
  return {
    note: `${engine}: ${await durabilityOf(engine, own)}`,
    async open(serial) {
      const name = `run_${serial}`;
      await own.run(`CREATE DATABASE ${name}`);
      // What a run before has written is not for this one to bring to its place.
      if (engine === 'postgres') await own.run('CHECKPOINT');
      return {
        url: server.url.replace(/\/palier$/, `/${name}`),
        cpuMs: () => allCpuMs(server.pid as number),
        drop: async () => void (await own.run(`DROP DATABASE ${name}${engine === 'postgres' ? ' WITH (FORCE)' : ''}`)),
      };
    },
    async stop() {
      await own.close();
      await server.stop();
    },
  };
}

/**
 * The files of its log, made beforehand and used again, as on a server that has been up for a day: a new one is filled with zeros, and every
 * commit waits for that.
 */
async function layOutLog(own: Pick<Bulk, 'run'>): Promise<void> {
  await own.run(`ALTER SYSTEM SET min_wal_size = '${logFiles * 16}MB'`);
  await own.run('SELECT pg_reload_conf()');
  for (let files = 0; files < logFiles; files++) {
    await own.run(`SELECT pg_logical_emit_message(true, 'bench', 'one more')`);
    await own.run('SELECT pg_switch_wal()');
  }
  await own.run('CHECKPOINT');
}

/** Each run has a file of its own; the folder goes with the server. */
function serveFiles({ url, stop }: Server): Served {
  return {
    note: 'sqlite: WAL, synchronous NORMAL, as kit/state opens it (a killed process loses nothing, a power cut the last commits)',
    open: async (serial) => ({ url: `${url}.${serial}`, cpuMs: () => 0, drop: async () => {} }),
    stop,
  };
}

async function serveRedis({ server: core }: Cores): Promise<Served> {
  const server = await startRedis();
  if (core !== null) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(server.pid)]);
  return {
    note: 'redis: appendonly yes, appendfsync everysec (as people run it: the last second may be lost)',
    async open() {
      await redisCall(server, ['FLUSHALL']);
      return { url: server.url, cpuMs: () => processCpuMs(server.pid) ?? 0, drop: async () => {} };
    },
    stop: async () => server[Symbol.asyncDispose](),
  };
}

/** PostgreSQL has a process for each connection. */
function allCpuMs(pid: number): number {
  const pids = [pid, ...descendantsOf(pid, snapshot().processes).map((one) => one.pid)];
  return pids.reduce((sum, one) => sum + (processCpuMs(one) ?? 0), 0);
}
