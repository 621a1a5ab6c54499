/** What a batch promises while its database, its connection or its own process dies, or another transaction stands in its way. Counts, never times. */
import { systemClock } from '@palier/base/clock';
import type { PalierError } from '@palier/base/error';
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
import { temporaryFolder } from '@palier/testkit/folder';
import { startPassage } from '@palier/testkit/passage';
import { startProcess } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { sql as raw } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSql, outcomeOf, type Sql, type SqlOptions } from '../state/sql/index.ts';
import { type Reading, readingsTable } from './conformance/index.ts';
import { openBatch } from './index.ts';

interface Tables {
  readings: Reading;
}

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
const entry = `${import.meta.dirname}/testing/main.ts`;

const open = (url: string, options: SqlOptions = {}): Promise<Sql<Tables>> =>
  openSql<Tables>(url, around, { migrations: [readingsTable], connections: 4, ...options });

const batchOf = (sql: Sql<Tables>, onDuplicate: 'keep' | 'replace' = 'keep', more: object = {}) =>
  openBatch(sql, around, {
    table: 'readings',
    columns: ['device', 'at', 'value', 'note', 'data'],
    key: ['device', 'at'],
    onDuplicate,
    ...more,
  });

const reading = (device: string, at: number, value = 0, note: string | null = null): Reading => ({
  device,
  at,
  value,
  note,
  data: null,
});

async function stored(sql: Sql<Tables>, device?: string): Promise<string[]> {
  const all = sql.query.selectFrom('readings').select(['device', 'at', 'value']);
  const rows = await sql.run(device === undefined ? all : all.where('device', '=', device), { timeoutMs: 20_000 });
  return rows.rows.map((row) => `${row.device} ${row.at}`);
}

const without = (wanted: readonly string[], there: readonly string[]): string[] => {
  const set = new Set(there);
  return wanted.filter((one) => !set.has(one));
};

/** Kills a process that writes, in the middle of it; what it had printed as acknowledged. */
async function killedWriter(url: string): Promise<string[]> {
  const command: [string, ...string[]] = [process.execPath, '--conditions=palier-source', entry, url, '64'];
  await using writer = await startProcess({ command, ready: /^ready$/ });
  const acknowledged = (): string[] => writer.lines.filter((line) => /^p\d+ \d+$/.test(line));
  await until('rows are acknowledged', () => acknowledged().length >= 2000, { withinMs: 60_000 });
  process.kill(writer.pid, 'SIGKILL');
  await writer.ended;
  return acknowledged();
}

test('a process on a SQLite file that is killed in mid-batch has lost nothing that it had acknowledged', async () => {
  await using folder = await temporaryFolder('batch');
  const url = `sqlite:${folder.file('data.sqlite')}`;
  const acknowledged = await killedWriter(url);
  await using sql = await open(url);
  const there = await stored(sql);
  expect(without(acknowledged, there)).toEqual([]);
  expect(new Set(there).size).toBe(there.length);
});

for (const [name, program, start] of [
  ['MariaDB', mariadbServer(), startMariadb],
  ['PostgreSQL', postgresServer(), startPostgres],
] as const) {
  describe(`a batch on ${name}`, program.options, () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test('of a process that is killed in the middle of it has lost nothing that was acknowledged', async () => {
      const acknowledged = await killedWriter(server.url);
      await using sql = await open(server.url);
      expect(without(acknowledged, await stored(sql))).toEqual([]);
    });

    test('writes every row once when the server is killed twice in the middle of it, and no caller hears of it', async () => {
      await using sql = await open(server.url);
      await using batch = await batchOf(sql);
      const acknowledged: string[] = [];
      const failed: unknown[] = [];
      const end = { wanted: false };
      const producers = Array.from({ length: 64 }, async (_, producer) => {
        for (let at = 0; !end.wanted; at++) {
          const row = reading(`killed ${producer}`, at);
          await batch.add(row).then(
            () => void acknowledged.push(`${row.device} ${at}`),
            (error: unknown) => void failed.push(error),
          );
        }
      });
      for (let kills = 0; kills < 2; kills++) {
        const before = acknowledged.length;
        await until('it writes', () => acknowledged.length >= before + 2000, { withinMs: 60_000 });
        await server.kill();
        await server.start();
      }
      const before = acknowledged.length;
      await until('it writes again', () => acknowledged.length >= before + 2000, { withinMs: 60_000 });
      end.wanted = true;
      await Promise.all(producers);
      expect(failed).toEqual([]);
      expect(batch.counts.again).toBeGreaterThan(0);
      const there = (await stored(sql)).filter((row) => row.startsWith('killed'));
      expect(there.toSorted()).toEqual(acknowledged.toSorted());
    });

    test('writes every row once when answers are lost on their way, and says of none that it failed', async () => {
      await using passage = await startPassage(server);
      await using sql = await open(server.url.replace(String(server.port), String(passage.port)), { timeoutMs: 400 });
      await using batch = await batchOf(sql, 'replace');
      await batch.add(reading('cut', -1));
      for (let round = 0; round < 3; round++) {
        passage.hold('back');
        const rows = Array.from({ length: 100 }, (_, i) => batch.add(reading('cut', round * 100 + i, round)));
        const again = batch.counts.again;
        await until('the answer is missed', () => batch.counts.again > again, { withinMs: 20_000 });
        passage.release();
        await Promise.all(rows);
      }
      await using other = await open(server.url);
      expect(new Set(await stored(other, 'cut')).size).toBe(301);
      expect(await stored(other, 'cut')).toHaveLength(301);
      expect(batch.counts).toMatchObject({ written: 301, failed: 0, quarantined: 0 });
    });

    test('whose database stays away fails its rows after maxAgeMs, says whether they may be there, and takes the next ones', async () => {
      await using passage = await startPassage(server);
      await using sql = await open(server.url.replace(String(server.port), String(passage.port)), { timeoutMs: 500 });
      await using batch = await batchOf(sql, 'keep', { maxAgeMs: 3000 });
      await batch.add(reading('away', 0));
      passage.hold('back');
      const error = (await batch.add(reading('away', 1)).catch((reason: unknown) => reason)) as PalierError;
      expect([error.code, outcomeOf(error)]).toEqual(['PALIER_BATCH_LATE', 'unknown']);
      passage.release();
      // It was there: the same row again is one row.
      await batch.add(reading('away', 1));
      await using other = await open(server.url);
      expect(await stored(other, 'away')).toHaveLength(2);
    });

    test('goes past a locked row: the others are in before it is free, and then it is', async () => {
      await using sql = await open(server.url, { transactionTimeoutMs: 60_000 });
      await using batch = await batchOf(sql, 'replace', { overtakeMs: 1 });
      await batch.add(reading('locked', 0));
      let locked = (): void => {};
      const isLocked = new Promise<void>((resolve) => (locked = resolve));
      const order: string[] = [];
      const holding = sql
        .transaction(function* (tx) {
          yield* tx.run(sql.query.updateTable('readings').set({ value: 5 }).where('device', '=', 'locked'));
          locked();
          // Held until they are in; not for ever, or a batch that waits for the row would never be seen to.
          for (let held = 0; order.length === 0 && held < 100; held++) yield* tx.run(sleepSeconds(sql, 0.1));
        })
        .then(() => order.push('unlocked'));
      await isLocked;
      const late = batch.add(reading('locked', 0, 9)).then(() => order.push('locked row'));
      await timers.sleep(20);
      await Promise.all(Array.from({ length: 10 }, (_, i) => batch.add(reading('beside', i))));
      order.push('others');
      await Promise.all([holding, late]);
      expect(order[0]).toBe('others');
      expect(order).toHaveLength(3);
    });

    test('is made again after a deadlock with a transaction that takes the rows the other way round', async () => {
      let deadlocks = 0;
      await using sql = await open(server.url, { onRetry: () => void deadlocks++ });
      await using batch = await batchOf(sql, 'replace');
      await Promise.all(['a', 'b'].map((device) => batch.add(reading(device, 7))));
      const change = (device: string) =>
        sql.query.updateTable('readings').set({ note: 'by hand' }).where('device', '=', device).where('at', '=', 7);
      let tries = 0;
      while (deadlocks + batch.counts.again === 0 && tries++ < 20) {
        let locked = (): void => {};
        const isLocked = new Promise<void>((resolve) => (locked = resolve));
        const crossing = sql.transaction(function* (tx) {
          yield* tx.run(change('b'));
          locked();
          yield* tx.run(sleepSeconds(sql, 0.2));
          yield* tx.run(change('a'));
        });
        await isLocked;
        await Promise.all([crossing, ...['a', 'b'].map((device) => batch.add(reading(device, 7, tries)))]);
      }
      expect(deadlocks + batch.counts.again).toBeGreaterThan(0);
      const { rows } = await sql.run(
        sql.query.selectFrom('readings').select('value').where('at', '=', 7).where('device', 'in', ['a', 'b']),
      );
      expect(rows.map(({ value }) => value)).toEqual([tries, tries]);
    });

    test('on a table that does not suit is refused when it is opened, by what is missing', async () => {
      await using sql = await open(server.url);
      const refusal = async (more: object): Promise<PalierError> =>
        (await batchOf(sql, 'keep', more).catch((reason: unknown) => reason)) as PalierError;
      expect(await refusal({ table: 'nowhere' })).toMatchObject({
        code: 'PALIER_BATCH_TABLE',
        facts: { table: 'nowhere' },
      });
      expect(await refusal({ columns: ['device', 'at', 'speed'] })).toMatchObject({ code: 'PALIER_BATCH_TABLE' });
      expect((await refusal({ key: ['device'] })).message).toMatch(
        /should have .*unique index on \(device\)|the one on \(device\) only/,
      );
    });

    test('whose table is lost while it runs refuses all rows soon, and not one by one', async () => {
      await using sql = await open(server.url);
      await using batch = await batchOf(sql, 'keep', { maxQuarantined: 2000 });
      const rename = (from: string, to: string) => sql.query.schema.alterTable(from).renameTo(to).execute();
      let statements = 0;
      await rename('readings', 'elsewhere');
      try {
        const settled = await Promise.allSettled(Array.from({ length: 1000 }, (_, i) => batch.add(reading('lost', i))));
        expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['rejected']));
        statements = batch.counts.again;
      } finally {
        await rename('elsewhere', 'readings');
      }
      expect(statements).toBeLessThan(40);
      await batch.add(reading('lost', 1));
    });
  });
}

function sleepSeconds(sql: Sql<Tables>, seconds: number) {
  return sql.engine === 'mariadb'
    ? sql.query.selectNoFrom(raw<number>`SLEEP(${raw.lit(seconds)})`.as('slept'))
    : sql.query.selectNoFrom(raw<number>`pg_sleep(${raw.lit(seconds)})`.as('slept'));
}

describe('a MariaDB server that takes packets of a megabyte', mariadbServer().options, () => {
  test('gets no larger ones: rows are divided among writes, and one that is too large is refused by its size', async () => {
    await using server = await startMariadb({ fast: true, settings: { 'max-allowed-packet': '1M' } });
    await using sql = await open(server.url);
    await raw`ALTER TABLE readings MODIFY note MEDIUMTEXT`.execute(sql.query);
    await using batch = await batchOf(sql, 'keep', { maxBytes: 67_108_864 });
    const large = 'ü'.repeat(75_000);
    await Promise.all(Array.from({ length: 20 }, (_, i) => batch.add(reading('large', i, i, large))));
    // Filled up to 48, with the smallest one.
    await Promise.all(Array.from({ length: 33 }, (_, i) => batch.add(reading('mixed', i, i, i === 0 ? large : 'x'))));
    await batch.add(reading('larger', 0, 0, 'x'.repeat(1_000_000)));
    const error = (await batch
      .add(reading('too large', 0, 0, 'x'.repeat(1_100_000)))
      .catch((reason: unknown) => reason)) as PalierError;
    expect([error.code, outcomeOf(error)]).toEqual(['PALIER_BATCH_SIZE', 'none']);
    expect(batch.counts).toMatchObject({ written: 54, again: 0 });
    const { rows } = await raw<{ bytes: number }>`SELECT SUM(LENGTH(note)) AS bytes FROM readings`.execute(sql.query);
    expect(rows[0]?.bytes).toBe(21 * 150_000 + 32 + 1_000_000);
  });

  test('with another unique index is refused: MariaDB could not tell which one a row runs into', async () => {
    await using server = await startMariadb({ fast: true });
    await using sql = await open(server.url);
    await sql.query.schema.createIndex('one_value').unique().on('readings').column('value').execute();
    const error = (await batchOf(sql).catch((reason: unknown) => reason)) as PalierError;
    expect([error.code, error.facts['found']]).toEqual([
      'PALIER_BATCH_TABLE',
      'there is another unique index, one_value (value)',
    ]);
  });
});
