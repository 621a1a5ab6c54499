/** The suite of sql on every engine that can be had here; the servers live in other time zones, as servers do. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { mariadbServer, postgresServer, startMariadb, startPostgres } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { sql as raw } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSql } from '../sql/index.ts';
import { sqlConformance, type SqlSubject } from './index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
let serial = 0;

type Engine = { create(): Promise<string> } & AsyncDisposable;

async function sqliteFiles(): Promise<Engine> {
  const folder = await temporaryFolder('sql');
  return Object.assign(folder, { create: () => Promise.resolve(`sqlite:${folder.file(`${++serial}.sqlite`)}`) });
}

function serverWith(start: (options: object) => Promise<{ url: string } & AsyncDisposable>, settings: object) {
  return async (): Promise<Engine> => {
    const server = await start({ fast: true, settings });
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

function holds(name: string, start: () => Promise<Engine>, options: object): void {
  describe(`${name} is a Sql`, options, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine[Symbol.asyncDispose]());
    test.each(sqlConformance.map((one) => [one.sentence, one] as const))('%s', async (_, one) => {
      const subject: SqlSubject = {
        create: () => engine.create(),
        open: (database, more) => openSql(database, around, more),
        nowMs: () => around.clock.epochMs(),
        sleep: (ms) => timers.sleep(ms),
      };
      await expect(one.run(subject)).resolves.toBeUndefined();
    });
  });
}

holds('a SQLite file', sqliteFiles, {});
holds('a MariaDB server', serverWith(startMariadb, { 'default-time-zone': '+05:30' }), mariadbServer().options);
holds('a PostgreSQL server', serverWith(startPostgres, { timezone: 'America/New_York' }), postgresServer().options);
