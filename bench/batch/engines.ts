/** The engines, run as a site should run them: every commit on the disk before it is answered, and what that rests on printed. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemSurroundings } from '@palier/base/surroundings';
import { openSql } from '@palier/kit/state/sql';
import { mariadbServer, postgresServer, startMariadb, startPostgres } from '@palier/testkit/engines';
import type { Cores } from '../process/cores.ts';
import { temporaryFolder } from '../process/ending.ts';
import { openBulk } from './bulk.ts';
import type { Bulk } from './bulk-pg.ts';
import { type Engine, type Row, table } from './rows.ts';

export interface Running {
  readonly url: string;
  /** The settings that say what an acknowledged row survives, as the engine tells them. */
  readonly durability: string;
  /** Every run begins with an empty table, and with what the one before left in memory on the disk, as far as that goes quickly. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

/** With a log that holds a run: the small one of a test server would be what is measured. */
const settings = {
  mariadb: { 'innodb-log-file-size': '512M', 'innodb-buffer-pool-size': '512M' },
  postgres: { max_wal_size: '4GB', shared_buffers: '256MB' },
};

const questions = {
  mariadb: [
    ['innodb_flush_log_at_trx_commit', 'SELECT @@innodb_flush_log_at_trx_commit'],
    ['innodb_doublewrite', 'SELECT @@innodb_doublewrite'],
  ],
  postgres: [
    ['fsync', 'SHOW fsync'],
    ['synchronous_commit', 'SHOW synchronous_commit'],
    ['full_page_writes', 'SHOW full_page_writes'],
  ],
  sqlite: [
    ['journal_mode', 'PRAGMA journal_mode'],
    ['synchronous', 'PRAGMA synchronous'],
  ],
} as const;

const lookEveryMs = 30;

/** Why an engine is not there; null: it is. */
export function lacking(engine: Engine): string | null {
  if (engine === 'sqlite') return null;
  const { path } = engine === 'mariadb' ? mariadbServer() : postgresServer();
  return path === undefined ? `there is no ${engine} server here` : null;
}

export interface Server {
  readonly url: string;
  /** Null: a file has none. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

/** On the server's core; of SQLite a file. */
export async function startServer(engine: Engine, { server: core }: Cores): Promise<Server> {
  if (engine === 'sqlite') {
    const folder = temporaryFolder();
    return { url: `sqlite:${folder.path}/data.sqlite`, pid: null, stop: async () => folder.remove() };
  }
  const server = await (engine === 'mariadb' ? startMariadb : startPostgres)({ settings: settings[engine] });
  if (core !== null) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(server.pid)]);
  return { url: server.url, pid: server.pid, stop: async () => server[Symbol.asyncDispose]() };
}

/** What `own` answers of the settings that say what a commit survives. */
export async function durabilityOf(engine: Engine, own: Pick<Bulk, 'run'>): Promise<string> {
  const told: string[] = [];
  for (const [name, question] of questions[engine]) told.push(`${name} ${String(await own.run(question))}`);
  return told.join(', ');
}

export async function startEngine(engine: Engine, cores: Cores): Promise<Running> {
  const { url, stop } = await startServer(engine, cores);
  const sql = await openSql<{ readings: Row }>(url, systemSurroundings(), { migrations: [table], connections: 1 });
  await sql.close();
  const own = await openBulk(url);
  return {
    url,
    durability: await durabilityOf(engine, own),
    async empty() {
      await own.run(engine === 'sqlite' ? 'DELETE FROM readings' : 'TRUNCATE TABLE readings');
      await calm(engine, own);
    },
    async stop() {
      await own.close();
      await stop();
    },
  };
}

/** What is in memory only is written out; on MariaDB as far as that goes in so long. */
export async function calm(engine: Engine, own: Bulk, withinMs = 300): Promise<void> {
  if (engine === 'postgres') await own.run('CHECKPOINT');
  if (engine === 'sqlite') await own.run('PRAGMA wal_checkpoint(TRUNCATE)');
  if (engine !== 'mariadb') return;
  await own.run('SET GLOBAL innodb_max_dirty_pages_pct = 0');
  for (let spentMs = 0; spentMs < withinMs; spentMs += lookEveryMs) {
    const dirty = await own.run(
      `SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_BUFFER_POOL_PAGES_DIRTY'`,
    );
    // Its own lists keep a few dirty for ever.
    if (Number(dirty) < 50) break;
    await sleep(lookEveryMs);
  }
  await own.run('SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT');
}
