/**
 * What a database on a server promises while the server dies, stands still and comes back. Counts, never times; the deadlines here are
 * generous because a busy machine is no failed test.
 */
import { systemClock } from '@palier/base/clock';
import { PalierError } from '@palier/base/error';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import {
  type DatabaseServer,
  mariadbServer,
  postgresServer,
  startMariadb,
  startPostgres,
} from '@palier/testkit/engines';
import { startPassage } from '@palier/testkit/passage';
import { until } from '@palier/testkit/until';
import { sql as raw } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Migration, openSql, outcomeOf, type Sql, type SqlOptions } from './index.ts';

interface Tables {
  rows: { id: number; size: number };
}

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
const migrations: readonly Migration[] = [
  {
    name: '0001-rows',
    statements: (db) => [
      db.schema
        .createTable('rows')
        .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('size', 'integer', (column) => column.notNull()),
    ],
  },
];

function open(server: DatabaseServer, options: SqlOptions = {}): Promise<Sql<Tables>> {
  return openSql<Tables>(server.url, around, { migrations, ...options });
}

let nextId = 0;

interface Stream {
  readonly acknowledged: number[];
  readonly failed: { readonly id: number; readonly error: unknown }[];
  stop(): Promise<number>;
}

/** Writes a row every few milliseconds, every other one in a transaction; none waits for the one before. */
function stream(sql: Sql<Tables>): Stream {
  const acknowledged: number[] = [];
  const failed: { id: number; error: unknown }[] = [];
  const pending = new Set<Promise<void>>();
  let made = 0;
  const cancel = timers.every(5, () => {
    const id = ++nextId;
    made++;
    const row = sql.query.insertInto('rows').values({ id, size: 1 });
    const call = (id % 2 === 0 ? sql.run(row) : sql.atomically([row])).then(
      () => void acknowledged.push(id),
      (error: unknown) => void failed.push({ id, error }),
    );
    pending.add(call);
    void call.finally(() => pending.delete(call));
  });
  return {
    acknowledged,
    failed,
    async stop() {
      cancel();
      await until('every call has ended', () => pending.size === 0);
      return made;
    },
  };
}

async function goesOn(what: string, { acknowledged }: Stream): Promise<void> {
  const before = acknowledged.length;
  await until(what, () => acknowledged.length >= before + 50, { withinMs: 60_000 });
}

async function written(sql: Sql<Tables>): Promise<Set<number>> {
  const rows = await sql.query.selectFrom('rows').select('id').execute();
  return new Set(rows.map(({ id }) => id));
}

/** What was acknowledged is there; what failed with "nothing was done" is not. */
async function expectTrue(sql: Sql<Tables>, { acknowledged, failed }: Stream): Promise<void> {
  const there = await written(sql);
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
  const codes = ['PALIER_STATE_LATE', 'PALIER_STATE_LOST', 'PALIER_STATE_REFUSED', 'PALIER_SQL_POOL'];
  for (const { error } of failed) {
    expect(error).toBeInstanceOf(PalierError);
    expect(codes).toContain((error as PalierError).code);
  }
  const denied = failed.filter(({ error }) => outcomeOf(error) === 'none');
  expect(denied.filter(({ id }) => there.has(id))).toEqual([]);
}

async function refusal(call: Promise<unknown>): Promise<PalierError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PalierError);
  return error as PalierError;
}

const sleepSeconds = (sql: Sql<Tables>, seconds: number) =>
  sql.engine === 'mariadb'
    ? sql.query.selectNoFrom(raw<number>`SLEEP(${raw.lit(seconds)})`.as('slept'))
    : sql.query.selectNoFrom(raw<number>`pg_sleep(${raw.lit(seconds)})`.as('slept'));

for (const [name, program, start] of [
  ['MariaDB', mariadbServer(), startMariadb],
  ['PostgreSQL', postgresServer(), startPostgres],
] as const) {
  describe(`a ${name} server`, program.options, () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test('that is killed and started again has all that was acknowledged, and nothing that was said not to be done', async () => {
      await using sql = await open(server);
      const calls = stream(sql);
      await goesOn('it works', calls);
      await server.kill();
      await until('it is not up', () => sql.health.state !== 'up');
      await timers.sleep(300);
      await server.start();
      await goesOn('it works again', calls);
      const made = await calls.stop();
      expect(calls.acknowledged.length + calls.failed.length).toBe(made);
      await expectTrue(sql, calls);
    });

    test('that stands still leaves no call pending, is told as down, and is taken up again without being called', async () => {
      await using sql = await open(server, { timeoutMs: 500, transactionTimeoutMs: 500 });
      const calls = stream(sql);
      await goesOn('it works', calls);
      server.freeze();
      await until('it is down', () => sql.health.state === 'down');
      const made = await calls.stop();
      expect(calls.acknowledged.length + calls.failed.length).toBe(made);
      expect(calls.failed.length).toBeGreaterThan(0);
      server.thaw();
      await until('it is up', () => sql.health.state === 'up');
      await timers.sleep(500);
      await expectTrue(sql, calls);
    });

    test('that answers too late is told so, ends the statement itself, and keeps the connection', async () => {
      await using sql = await open(server, { connections: 1, timeoutMs: 20_000 });
      const connection = () =>
        sql.engine === 'mariadb' ? raw<number>`CONNECTION_ID()` : raw<number>`pg_backend_pid()`;
      const id = async () => (await sql.query.selectNoFrom(connection().as('id')).executeTakeFirstOrThrow()).id;
      const before = await id();
      // The server gives up at 0.9 of the deadline: what is left must do for a busy machine to hear of it.
      const error = await refusal(sql.run(sleepSeconds(sql, 30), { timeoutMs: 3000 }));
      expect([error.code, outcomeOf(error)]).toEqual(['PALIER_STATE_LATE', 'none']);
      expect(await id()).toBe(before);
      // The shorter deadline was that call's alone.
      await sql.run(sleepSeconds(sql, 3.3));
    });

    test('whose connections are all in use lets a call wait until its deadline, and refuses more than may wait', async () => {
      await using sql = await open(server, { connections: 2, maxWaiting: 3 });
      const both = (seconds: number) => [1, 2].map(() => sql.run(sleepSeconds(sql, seconds), { timeoutMs: 30_000 }));
      // Both connections are there: nobody waits for one to be made.
      await Promise.all(both(0.1));
      const busy = both(2);
      const query = sql.query.selectFrom('rows').select('id').limit(1);
      const waiting = [100, 100, 30_000].map((timeoutMs) => sql.run(query, { timeoutMs }));
      const [one, two] = waiting.slice(0, 2).map(refusal);
      const full = await refusal(sql.run(query));
      expect([full.code, full.retry, outcomeOf(full)]).toEqual(['PALIER_STATE_BUSY', 'later', 'none']);
      for (const error of [await one, await two]) expect(error?.code).toBe('PALIER_SQL_POOL');
      await Promise.all([...busy, waiting[2]]);
    });

    test('on which another transaction holds the row lets a write wait until its deadline, with nothing done', async () => {
      // The server gives up at 0.9 of the deadline: what is left must do for a busy machine to hear of it.
      await using sql = await open(server, { timeoutMs: 10_000, transactionTimeoutMs: 20_000 });
      const id = ++nextId;
      await sql.run(sql.query.insertInto('rows').values({ id, size: 1 }));
      const change = (size: number) => sql.query.updateTable('rows').set({ size }).where('id', '=', id);
      const holding = sql.transaction(function* (tx) {
        yield* tx.run(change(2));
        yield* tx.all(sleepSeconds(sql, 5));
      });
      await timers.sleep(200);
      const error = await refusal(sql.run(change(3), { timeoutMs: 3000 }));
      expect(['PALIER_STATE_LATE', 'PALIER_SQL_CONFLICT']).toContain(error.code);
      expect(outcomeOf(error)).toBe('none');
      await holding;
      expect(await sql.query.selectFrom('rows').select('size').where('id', '=', id).execute()).toEqual([{ size: 2 }]);
    });

    test('that hears no more of a client in the middle of a transaction lets go of its rows, for others to change them', async () => {
      await using passage = await startPassage({ port: Number(new URL(server.url).port) });
      const url = new URL(server.url);
      url.port = String(passage.port);
      await using near = await open(server);
      const far = await openSql<Tables>(url.href, around, { connections: 1, transactionTimeoutMs: 1000 });
      const id = ++nextId;
      await near.run(near.query.insertInto('rows').values({ id, size: 1 }));
      const change = (size: number) => near.query.updateTable('rows').set({ size }).where('id', '=', id);
      const cut = refusal(
        far.transaction(function* (tx) {
          yield* tx.run(change(2));
          passage.hold('both');
          yield* tx.run(change(3));
        }),
      );
      expect((await cut).code).toBe('PALIER_STATE_LATE');
      await near.run(change(4), { timeoutMs: 20_000 });
      const { size } = await near.query
        .selectFrom('rows')
        .select('size')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      expect(size).toBe(4);
      passage.release();
      await far.close();
    });

    test('that is lost inside a transaction sees it run again, once, in whole', async () => {
      await using sql = await open(server, { connections: 2, transactionTimeoutMs: 30_000 });
      const [a, b] = [++nextId, ++nextId];
      let runs = 0;
      const row = (id: number) => sql.query.insertInto('rows').values({ id, size: 1 });
      await sql.transaction(function* (tx) {
        runs++;
        yield* tx.run(row(a));
        if (runs === 1) {
          process.nextTick(() => void server.kill().then(() => server.start()));
          yield* tx.all(sleepSeconds(sql, 1.5));
        }
        yield* tx.run(row(b));
      });
      expect(runs).toBe(2);
      const there = await written(sql);
      expect([there.has(a), there.has(b)]).toEqual([true, true]);
    });

    test('that takes fewer connections than all replicas would open is refused at the start, with the numbers', async () => {
      const error = await refusal(open(server, { connections: 50, replicas: 20 }));
      expect(error.code).toBe('PALIER_SQL_CONNECTIONS');
      expect(error.facts).toMatchObject({ connections: 50, replicas: 20, reserve: 10, together: 1010 });
      expect(`${error.message} ${error.hint}`).toMatch(
        /at most the \d+ that the server takes.*connections to at most \d/s,
      );
    });

    test('that does not know the user, or the database, says so at once', async () => {
      const url = (change: (text: string) => string) => openSql(change(server.url), around, { openTimeoutMs: 60_000 });
      const stranger = await refusal(url((text) => text.replace('secret', 'wrong')));
      const lost = await refusal(url((text) => text.replace(/palier$/, 'nowhere')));
      for (const error of [stranger, lost]) {
        expect(error.code).toBe('PALIER_STATE_OPEN');
        expect(error.message).not.toContain('wrong');
      }
    });
  });
}

describe('a MariaDB server that cannot take a change of tables back', mariadbServer().options, () => {
  test('has a migration that ended halfway marked, and lets no replica start until somebody has looked', async () => {
    await using server = await startMariadb({ fast: true });
    const torn: Migration = {
      name: '0002-torn',
      statements: (db) => [
        db.schema.createTable('half').addColumn('id', 'integer'),
        db.schema.createTable('half').addColumn('id', 'integer'),
      ],
    };
    const start = () => refusal(open(server, { migrations: [...migrations, torn] }));
    expect((await start()).code).toBe('PALIER_SQL_MIGRATION');
    const second = await start();
    expect([second.code, second.facts['name']]).toEqual(['PALIER_SQL_MIGRATION_TORN', '0002-torn']);
    await using older = await open(server);
    expect(older.health.state).toBe('up');
  });
});
