/** The suite of batches on every engine that can be had here. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { mariadbServer, postgresServer, startMariadb, startPostgres } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { sql as raw } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSql } from '../../state/sql/index.ts';
import { openWriter } from '../index.ts';
import { batchConformance, type BatchPlace, type Reading, readingsTable } from './index.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
let serial = 0;

type Engine = { create(): Promise<string> } & AsyncDisposable;

async function sqliteFiles(): Promise<Engine> {
  const folder = await temporaryFolder('batch');
  return Object.assign(folder, { create: () => Promise.resolve(`sqlite:${folder.file(`${++serial}.sqlite`)}`) });
}

function serverOf(start: (options: object) => Promise<{ url: string } & AsyncDisposable>) {
  return async (): Promise<Engine> => {
    const server = await start({ fast: true });
    return Object.assign(server, {
      async create() {
        const name = `case_${++serial}`;
        await using admin = await openSql(server.url, around, { connections: 1 });
        await raw`CREATE DATABASE ${raw.id(name)}`.execute(admin.query);
        return server.url.replace(/\/palier$/, `/${name}`);
      },
    });
  };
}

async function placeAt(url: string): Promise<BatchPlace> {
  const sql = await openSql<{ readings: Reading }>(url, around, { migrations: [readingsTable], connections: 4 });
  return {
    writer: (form) => openWriter(sql, form),
    stored: () => sql.query.selectFrom('readings').selectAll().orderBy('device').orderBy('at').execute(),
    [Symbol.asyncDispose]: () => sql.close(),
  };
}

function holds(name: string, start: () => Promise<Engine>, options: object): void {
  describe(`${name} takes rows in batches`, options, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine[Symbol.asyncDispose]());
    test.each(batchConformance.map((one) => [one.sentence, one] as const))('%s', async (_, one) => {
      const create = async (): Promise<BatchPlace> => placeAt(await engine.create());
      await expect(one.run({ around, create })).resolves.toBeUndefined();
    });
  });
}

holds('a SQLite file', sqliteFiles, {});
holds('a MariaDB server', serverOf(startMariadb), mariadbServer().options);
holds('a PostgreSQL server', serverOf(startPostgres), postgresServer().options);
