/** Databases of a test's own, on each engine, one after the other on one server. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { startMariadb, startPostgres } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { sql as raw } from 'kysely';
import { openSql } from '../../state/sql/index.ts';

export interface Databases extends AsyncDisposable {
  /** The URL of a new, empty one. */
  create(): Promise<string>;
}

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };

export async function sqliteDatabases(): Promise<Databases> {
  const folder = await temporaryFolder('queue');
  let serial = 0;
  return Object.assign(folder, { create: () => Promise.resolve(`sqlite:${folder.file(`${++serial}.sqlite`)}`) });
}

export async function mariadbDatabases(): Promise<Databases> {
  return served(await startMariadb({ fast: true }));
}

export async function postgresDatabases(): Promise<Databases> {
  return served(await startPostgres({ fast: true }));
}

function served(server: { readonly url: string } & AsyncDisposable): Databases {
  let serial = 0;
  return Object.assign(server, {
    async create() {
      const name = `queue_${++serial}`;
      await using admin = await openSql(server.url, around, { connections: 1 });
      await raw`CREATE DATABASE ${raw.id(name)}`.execute(admin.query);
      return server.url.replace(/\/palier$/, `/${name}`);
    },
  });
}
