/** The suite of the queue on every engine that can be had here. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { mariadbServer, postgresServer } from '@palier/testkit/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSql } from '../../state/sql/index.ts';
import { type Databases, mariadbDatabases, postgresDatabases, sqliteDatabases } from '../testing/databases.ts';
import { queueConformance, type QueueSubject } from './index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
/** What a queue promises is asked here; that a call ends in time is kit/state/sql's, and a machine that stands still for 2 s breaks no queue. */
const patience = { timeoutMs: 30_000, transactionTimeoutMs: 60_000 };

function holds(name: string, start: () => Promise<Databases>, options: object): void {
  describe(`a queue on ${name}`, options, () => {
    let databases: Databases;
    beforeAll(async () => {
      databases = await start();
    });
    afterAll(() => databases[Symbol.asyncDispose]());
    test.each(queueConformance.map((one) => [one.sentence, one] as const))('%s', async (_, one) => {
      const subject: QueueSubject = {
        around,
        create: () => databases.create(),
        open: (database, more) => openSql(database, around, { ...patience, ...more }),
        sleep: (ms) => timers.sleep(ms),
      };
      await expect(one.run(subject)).resolves.toBeUndefined();
    });
  });
}

holds('a SQLite file', sqliteDatabases, {});
holds('MariaDB', mariadbDatabases, mariadbServer().options);
holds('PostgreSQL', postgresDatabases, postgresServer().options);
