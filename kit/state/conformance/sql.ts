/**
 * What every driver of `Sql` must keep.
 *
 * Each case works in a database of its own; some take a second of real time.
 */
import assert from 'node:assert/strict';
import { PalierError } from '@palier/base/error';
import { sql as raw } from 'kysely';
import { outcomeOf } from '../outcome.ts';
import type { Migration, Sql, SqlOptions, Steps, Transaction } from '../sql/index.ts';
import type { ConformanceCase } from './case.ts';

export interface SqlTables {
  things: { id: string; name: string; size: number; big: number | bigint | null; at: string | null };
  parts: { id: number; thing_id: string };
}

export interface SqlSubject {
  /** A new, empty database. */
  create(): Promise<string>;
  /** One more client of it, as another replica would open it; the case closes it. */
  open(database: string, options?: SqlOptions): Promise<Sql<SqlTables>>;
  /** The engine's clock, give or take a minute. */
  nowMs(): number;
  /** Lets real time pass. */
  sleep(ms: number): Promise<void>;
}

type Case = ConformanceCase<SqlSubject>;
type Run = (sql: Sql<SqlTables>, database: string, subject: SqlSubject) => Promise<void>;

const sqlMigrations: readonly Migration[] = [
  {
    name: '0001-things',
    statements: (db) => [
      db.schema
        .createTable('things')
        .addColumn('id', 'varchar(26)', (column) => column.primaryKey().notNull())
        .addColumn('name', 'varchar(100)', (column) => column.notNull().unique())
        .addColumn('size', 'integer', (column) => column.notNull())
        .addColumn('big', 'bigint')
        .addColumn('at', 'varchar(24)'),
    ],
  },
  {
    name: '0002-parts',
    statements: (db) => [
      db.schema
        .createTable('parts')
        .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('thing_id', 'varchar(26)', (column) => column.notNull())
        .addForeignKeyConstraint('parts_thing', ['thing_id'], 'things', ['id']),
    ],
  },
];

function sqlCase(sentence: string, run: Run): Case {
  return {
    sentence,
    async run(subject) {
      const database = await subject.create();
      await using sql = await subject.open(database, { migrations: sqlMigrations });
      await run(sql, database, subject);
    },
  };
}

async function caught(call: Promise<unknown>): Promise<PalierError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof PalierError, `an error of the catalogue was expected, not ${String(error)}`);
    return error;
  }
  throw new assert.AssertionError({ message: 'an error was expected' });
}

/** Rows with the prototype of objects, whatever the driver gives them. */
const plain = (rows: readonly object[]): object[] => rows.map((row) => ({ ...row }));

const insert = (sql: Sql<SqlTables>, id: string, size = 1, name = `thing ${id}`) =>
  sql.query.insertInto('things').values({ id, name, size, big: null, at: null });

async function ids(sql: Sql<SqlTables>): Promise<string> {
  const rows = await sql.query.selectFrom('things').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id).join(' ');
}

const sizeOf = (sql: Sql<SqlTables>, id: string) => sql.query.selectFrom('things').select('size').where('id', '=', id);

function* addOne(sql: Sql<SqlTables>, id: string, tx: Transaction): Steps<number> {
  const lock = sql.engine === 'sqlite' ? sizeOf(sql, id) : sizeOf(sql, id).forUpdate();
  const row = yield* tx.first(lock);
  const size = (row?.size ?? 0) + 1;
  yield* tx.run(sql.query.updateTable('things').set({ size }).where('id', '=', id));
  return size;
}

export const sqlConformance: readonly Case[] = [
  sqlCase(
    'what was written is read by every replica, and an answer tells how many rows changed',
    async (sql, database, subject) => {
      await insert(sql, 'a').execute();
      await using other = await subject.open(database);
      assert.equal(await ids(other), 'a');
      const changed = await other.run(other.query.updateTable('things').set({ size: 7 }).where('size', '=', 1));
      assert.equal(changed.numAffectedRows, 1n);
      assert.equal((await sizeOf(sql, 'a').executeTakeFirst())?.size, 7);
    },
  ),
  sqlCase('a list of statements is written whole or not at all', async (sql) => {
    await sql.atomically([insert(sql, 'a'), insert(sql, 'b')]);
    const error = await caught(sql.atomically([insert(sql, 'c'), insert(sql, 'a')]));
    assert.equal(error.code, 'PALIER_SQL_UNIQUE');
    assert.equal(outcomeOf(error), 'none');
    assert.equal(await ids(sql), 'a b');
  }),
  sqlCase('what a transaction throws is thrown, with nothing done', async (sql) => {
    const mistake = new Error('mine');
    const thrown = sql.transaction(function* (tx) {
      yield* tx.run(insert(sql, 'a'));
      throw mistake;
    });
    await assert.rejects(thrown, (error) => error === mistake);
    assert.equal(await ids(sql), '');
  }),
  sqlCase(
    '200 simultaneous read-and-write transactions of two replicas lose no update',
    async (sql, database, subject) => {
      await insert(sql, 'a', 0).execute();
      await using other = await subject.open(database);
      const options = { timeoutMs: 30_000, attempts: 50 };
      const sizes = await Promise.all(
        Array.from({ length: 200 }, (_, i) => {
          const one = i % 2 === 0 ? sql : other;
          return one.transaction((tx) => addOne(one, 'a', tx), options);
        }),
      );
      assert.deepEqual(
        sizes.toSorted((a, b) => a - b),
        Array.from({ length: 200 }, (_, i) => i + 1),
      );
    },
  ),
  sqlCase(
    'transactions that lock rows crosswise end well: who is in the way begins again',
    async (sql, database, subject) => {
      await sql.atomically([insert(sql, 'a', 0), insert(sql, 'b', 0)]);
      await using other = await subject.open(database);
      const options = { timeoutMs: 30_000, attempts: 50 };
      await Promise.all(
        Array.from({ length: 8 }, (_, i) => {
          const one = i % 2 === 0 ? sql : other;
          const order = i % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
          return one.transaction(function* (tx) {
            for (const id of order) yield* addOne(one, id, tx);
          }, options);
        }),
      );
      assert.equal((await sizeOf(sql, 'a').executeTakeFirst())?.size, 8);
      assert.equal((await sizeOf(sql, 'b').executeTakeFirst())?.size, 8);
    },
  ),
  sqlCase(
    'a row that is there already, points at nothing or lacks a value is refused by name, and never to be tried again',
    async (sql) => {
      await insert(sql, 'a').execute();
      const twice = await caught(insert(sql, 'b', 1, 'thing a').execute());
      assert.equal(twice.code, 'PALIER_SQL_UNIQUE');
      assert.match(String(twice.facts['constraint']), /name/);
      const orphan = await caught(sql.query.insertInto('parts').values({ id: 1, thing_id: 'nobody' }).execute());
      assert.equal(orphan.code, 'PALIER_SQL_REFERENCE');
      const lacking = await caught(
        sql.query
          .insertInto('things')
          .values({ id: 'c', name: null as never, size: 1 } as never)
          .execute(),
      );
      assert.equal(lacking.code, 'PALIER_SQL_VALUE');
      const nonsense = await caught(raw`SELECT nothing FROM nowhere`.execute(sql.query));
      assert.equal(nonsense.code, 'PALIER_SQL_STATEMENT');
      for (const error of [twice, orphan, lacking, nonsense]) {
        assert.deepEqual([error.retry, outcomeOf(error)], ['never', 'none']);
      }
      assert.equal(await ids(sql), 'a');
    },
  ),
  sqlCase(
    'texts are compared as they are: case, accents and spaces at the end count; any character is kept',
    async (sql) => {
      const names = ['a', 'A', 'á', 'a ', '😀', "'; DROP TABLE things; --", '\\', '\u0001'];
      await sql.atomically(names.map((name, i) => insert(sql, String(i), 1, name)));
      for (const [i, name] of names.entries()) {
        const found = await sql.query.selectFrom('things').select(['id', 'name']).where('name', '=', name).execute();
        assert.deepEqual(plain(found), [{ id: String(i), name }]);
      }
    },
  ),
  sqlCase('whole numbers, counts and sums are numbers while they are exact, and bigints beyond', async (sql) => {
    const values = [2 ** 53 - 1, -(2 ** 53 - 1), 2n ** 62n, 0];
    await sql.atomically(
      values.map((big, i) =>
        sql.query.insertInto('things').values({ id: `${i}`, name: `${i}`, size: i, big, at: null }),
      ),
    );
    const rows = await sql.query.selectFrom('things').select('big').orderBy('id').execute();
    assert.deepEqual(
      rows.map(({ big }) => big),
      values,
    );
    const { count, sum, max } = await sql.query
      .selectFrom('things')
      .select(({ fn }) => [fn.countAll().as('count'), fn.sum('size').as('sum'), fn.max('size').as('max')])
      .executeTakeFirstOrThrow();
    assert.deepEqual([count, sum, max], [4, 6, 3]);
  }),
  sqlCase('a number stored in a column of texts is the number as people write it', async (sql) => {
    await insert(sql, 7 as never, 1, 'seven').execute();
    assert.equal(await ids(sql), '7');
  }),
  sqlCase('a Date is stored as UTC, and the server tells its time in UTC', async (sql, _, subject) => {
    const at = new Date('2026-07-01T12:34:56.789Z');
    await sql.query
      .insertInto('things')
      .values({ id: 'a', name: 'a', size: 1, big: null, at: at as never })
      .execute();
    const row = await sql.query.selectFrom('things').select('at').executeTakeFirstOrThrow();
    assert.match(String(row.at), /^2026-07-01[T ]12:34:56\.789/);
    const { now } = await sql.query.selectNoFrom(sql.words.nowMs.as('now')).executeTakeFirstOrThrow();
    assert.ok(Math.abs(now - subject.nowMs()) < 60_000, `${now}`);
  }),
  sqlCase(
    'an upsert changes the columns named and no others; a row that is there may be left as it is',
    async (sql) => {
      await insert(sql, 'a', 1).execute();
      await sql.words.upsert(insert(sql, 'a', 5, 'other'), ['id'], ['size']).execute();
      await sql.words.insertUnlessThere(insert(sql, 'a', 9, 'third'), ['id']).execute();
      await sql.words.insertUnlessThere(insert(sql, 'b', 2), ['id']).execute();
      const rows = await sql.query.selectFrom('things').select(['id', 'name', 'size']).orderBy('id').execute();
      assert.deepEqual(plain(rows), [
        { id: 'a', name: 'thing a', size: 5 },
        { id: 'b', name: 'thing b', size: 2 },
      ]);
    },
  ),
  sqlCase('20 workers that each take the first free row take 20 different rows', async (sql, database, subject) => {
    await sql.atomically(Array.from({ length: 20 }, (_, i) => insert(sql, String(i + 10), 0)));
    await using other = await subject.open(database);
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const one = i % 2 === 0 ? sql : other;
        return one.transaction(
          function* (tx) {
            const free = one.query.selectFrom('things').select('id').where('size', '=', 0).orderBy('id').limit(1);
            const row = yield* tx.first(one.words.lockFree(free));
            if (row === undefined) return 'none';
            yield* tx.run(one.query.updateTable('things').set({ size: 1 }).where('id', '=', row.id));
            return row.id;
          },
          { timeoutMs: 30_000 },
        );
      }),
    );
    const ids = taken.filter((id) => id !== 'none');
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length > 0);
  }),
  {
    sentence: 'migrations are run once by ten replicas that start at once',
    async run(subject) {
      const database = await subject.create();
      const filled: Migration = {
        name: '0003-filled',
        statements: (db) => [db.insertInto('things').values({ id: 'first', name: 'first', size: 1 })],
      };
      const options = { migrations: [...sqlMigrations, filled], openTimeoutMs: 60_000, connections: 2 };
      const replicas = await Promise.all(Array.from({ length: 10 }, () => subject.open(database, options)));
      for (const replica of replicas) assert.equal(await ids(replica), 'first');
      await Promise.all(replicas.map((replica) => replica.close()));
    },
  },
  sqlCase(
    'a migration that was changed, or slipped in before one that was run, is refused',
    async (_, database, subject) => {
      const [first, second] = sqlMigrations as [Migration, Migration];
      const changed = { ...first, statements: () => [] };
      const error = await caught(subject.open(database, { migrations: [changed, second] }));
      assert.equal(error.code, 'PALIER_SQL_MIGRATION_CHANGED');
      assert.equal(error.facts['name'], '0001-things');
      const slipped = { ...first, name: '0001-z' };
      const late = await caught(subject.open(database, { migrations: [first, slipped, second] }));
      assert.deepEqual([late.code, late.facts['name']], ['PALIER_SQL_MIGRATION_CHANGED', '0001-z']);
    },
  ),
  sqlCase(
    'the migrations of a set have an order of their own, whatever was run of another',
    async (_, database, subject) => {
      const ours: Migration = {
        name: 'room/0001-filled',
        statements: (db) => [db.insertInto('things').values({ id: 'first', name: 'first', size: 1 })],
      };
      const older: Migration = { name: 'a/0001-nothing', statements: () => [] };
      await using one = await subject.open(database, { migrations: [...sqlMigrations, ours] });
      await using again = await subject.open(database, { migrations: [ours, older, ...sqlMigrations] });
      assert.equal(await ids(one), 'first');
      assert.equal(await ids(again), 'first');
      const slipped = { ...older, name: 'room/0000-late' };
      const late = await caught(subject.open(database, { migrations: [slipped, ours] }));
      assert.deepEqual([late.code, late.facts['name']], ['PALIER_SQL_MIGRATION_CHANGED', 'room/0000-late']);
    },
  ),
  sqlCase('a service older than its database starts', async (_, database, subject) => {
    await using older = await subject.open(database, { migrations: sqlMigrations.slice(0, 1) });
    assert.equal(await ids(older), '');
  }),
  sqlCase('a migration that fails says which, and is run again once it is mended', async (sql, database, subject) => {
    const broken: Migration = {
      name: '0003-more',
      statements: (db) => [
        db.insertInto('things').values({ id: 'half', name: 'half', size: 1 }),
        db.insertInto('nowhere').values({ id: 1 }),
      ],
    };
    const error = await caught(subject.open(database, { migrations: [...sqlMigrations, broken] }));
    assert.deepEqual([error.code, error.facts['name']], ['PALIER_SQL_MIGRATION', '0003-more']);
    assert.equal(await ids(sql), '');
    const mended: Migration = {
      ...broken,
      statements: (db) => [db.insertInto('things').values({ id: 'whole', name: 'w', size: 1 })],
    };
    await using again = await subject.open(database, { migrations: [...sqlMigrations, mended] });
    assert.equal(await ids(again), 'whole');
  }),
  sqlCase("Kysely's own transaction, which may await anything, is refused", async (sql) => {
    const error = await caught(sql.query.transaction().execute((tx) => tx.selectFrom('things').selectAll().execute()));
    assert.equal(error.code, 'PALIER_SQL_TRANSACTION');
  }),
  sqlCase('after close() calls are refused, and what was under way has ended', async (sql, database, subject) => {
    const other = await subject.open(database);
    const under = Array.from({ length: 30 }, (_, i) => insert(other, `${i}`.padStart(2, '0')).execute());
    await subject.sleep(0);
    await other.close();
    const ended = await Promise.allSettled(under);
    const written = ended.filter(({ status }) => status === 'fulfilled').length;
    assert.equal((await ids(sql)).split(' ').filter((id) => id !== '').length, written);
    await other.close();
    const error = await caught(insert(other, 'late').execute());
    assert.equal(error.code, 'PALIER_STATE_CLOSED');
    assert.equal(outcomeOf(error), 'none');
  }),
];
