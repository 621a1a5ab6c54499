/** The engines, run as a site should run them: every commit on the disk before it is answered, and what that rests on printed. */
import { spawnSync } from 'node:child_process';
import { systemSurroundings } from '@palier/base/surroundings';
import { openSql } from '@palier/kit/state/sql';
import { mariadbServer, postgresServer, startMariadb, startPostgres } from '@palier/testkit/engines';
import type { Cores } from '../process/cores.ts';
import { temporaryFolder } from '../process/ending.ts';
import { openBulk } from './bulk.ts';
import { type Engine, type Row, table } from './rows.ts';

export interface Running {
  readonly url: string;
  /** The settings that say what an acknowledged row survives, as the engine tells them. */
  readonly durability: string;
  /** Every run begins with an empty table. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

/** With a log that holds a run: the small one of a test server would be what is measured. */
const settings = {
  mariadb: { 'innodb-log-file-size': '512M', 'innodb-buffer-pool-size': '512M' },
  postgres: { max_wal_size: '4GB', shared_buffers: '256MB' },
};

/** Why an engine is not there; null: it is. */
export function lacking(engine: Engine): string | null {
  if (engine === 'sqlite') return null;
  const { path } = engine === 'mariadb' ? mariadbServer() : postgresServer();
  return path === undefined ? `there is no ${engine} server here` : null;
}

export async function startEngine(engine: Engine, { server: core }: Cores): Promise<Running> {
  if (engine === 'sqlite') {
    const folder = temporaryFolder();
    return running(engine, `sqlite:${folder.path}/data.sqlite`, async () => folder.remove());
  }
  const server = await (engine === 'mariadb' ? startMariadb : startPostgres)({ settings: settings[engine] });
  if (core !== null) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(server.pid)]);
  return running(engine, server.url, async () => server[Symbol.asyncDispose]());
}

async function running(engine: Engine, url: string, stop: () => Promise<void>): Promise<Running> {
  const sql = await openSql<{ readings: Row }>(url, systemSurroundings(), { migrations: [table], connections: 1 });
  await sql.close();
  const own = await openBulk(url);
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
  const durability: string[] = [];
  for (const [name, question] of questions[engine]) durability.push(`${name} ${String(await own.run(question))}`);
  return {
    url,
    durability: durability.join(', '),
    async empty() {
      await own.run(engine === 'sqlite' ? 'DELETE FROM readings' : 'TRUNCATE TABLE readings');
    },
    async stop() {
      await own.close();
      await stop();
    },
  };
}
