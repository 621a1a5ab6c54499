/**
 * What every driver of a batch must keep, as sentences that any test framework can run: the port, and the batch on top of it.
 *
 * Each case works on an empty table of its own.
 */
import assert from 'node:assert/strict';
import { PalierError } from '@palier/base/error';
import type { ConformanceCase } from '../../state/conformance/index.ts';
import { type Migration, outcomeOf, type StateSurroundings } from '../../state/sql/index.ts';
import { type Batch, batchOn, type RowForm, type RowWriter } from '../index.ts';

export interface Reading {
  readonly device: string;
  readonly at: number | bigint;
  readonly value: number;
  readonly note: string | null;
  readonly data: Uint8Array | null;
}

export interface BatchSubject {
  readonly around: StateSurroundings;
  /** An empty table of such rows (`readingsTable` makes one); it refuses a `value` that is null. */
  create(): Promise<BatchPlace>;
}

export interface BatchPlace extends AsyncDisposable {
  /** A driver as another replica would open it. */
  writer(form: RowForm): Promise<RowWriter>;
  /** All rows, in the order of `device`, then `at`. */
  stored(): Promise<readonly Reading[]>;
}

type BatchCase = ConformanceCase<BatchSubject>;

/** The table of the cases, for drivers that are databases of `kit/state/sql`. */
export const readingsTable: Migration = {
  name: '0001-readings',
  statements: (db, engine) => [
    db.schema
      .createTable('readings')
      .addColumn('device', 'varchar(40)', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('value', 'double precision', (column) => column.notNull())
      .addColumn('note', 'text')
      .addColumn('data', engine === 'postgres' ? 'bytea' : 'blob')
      .addPrimaryKeyConstraint('readings_key', ['device', 'at']),
  ],
};

const columns = ['device', 'at', 'value', 'note', 'data'] as const;
const formOf = (onDuplicate: 'keep' | 'replace') =>
  ({ table: 'readings', columns, key: ['device', 'at'], onDuplicate, timeoutMs: undefined }) as const;

const reading = (device: string, at: number | bigint, value = 1, more: Partial<Reading> = {}): Reading => ({
  device,
  at,
  value,
  note: null,
  data: null,
  ...more,
});
const many = (count: number): Reading[] => Array.from({ length: count }, (_, i) => reading('many', i, i / 8));
const bad = (at: number): Reading => reading('bad', at, null as never);

function writing(writer: RowWriter, rows: readonly Reading[]): Promise<void> {
  return writer.write(rows.map((row) => ({ values: columns.map((column) => row[column]), bytes: 100 })));
}

const short = (rows: readonly Reading[]): string =>
  rows.map(({ device, at, value }) => `${device} ${at} ${value}`).join(', ');

function onWriter(
  sentence: string,
  onDuplicate: 'keep' | 'replace',
  run: (writer: RowWriter, place: BatchPlace) => Promise<void>,
): BatchCase {
  return {
    sentence,
    async run(subject) {
      await using place = await subject.create();
      await run(await place.writer(formOf(onDuplicate)), place);
    },
  };
}

function onBatch(
  sentence: string,
  onDuplicate: 'keep' | 'replace',
  run: (batch: Batch<Reading>, place: BatchPlace) => Promise<void>,
): BatchCase {
  return {
    sentence,
    async run({ around, create }) {
      await using place = await create();
      const writer = await place.writer(formOf(onDuplicate));
      await using batch = batchOn<Reading>(writer, around, { ...formOf(onDuplicate), maxHeldRows: 100_000 });
      await run(batch, place);
    },
  };
}

async function caught(call: Promise<unknown>): Promise<PalierError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PalierError, `an error of the catalogue was expected, not ${String(error)}`);
  return error;
}

const ofWriter: readonly BatchCase[] = [
  onWriter('a write of any number of rows stores exactly these', 'keep', async (writer, place) => {
    const rows: Reading[] = [];
    for (const count of [1, 2, 3, 5, 7, 8, 13, 33, 64, 65, 200, Math.min(writer.maxRows, 1100)]) {
      const lot = Array.from({ length: count }, (_, i) => reading(`lot ${String(count).padStart(6)}`, i, i));
      await writing(writer, lot);
      rows.push(...lot);
    }
    assert.deepEqual(short(await place.stored()), short(rows.toSorted((a, b) => (a.device < b.device ? -1 : 1))));
  }),
  onWriter('values come back as they were given, whatever stands in them', 'keep', async (writer, place) => {
    const texts = [
      '',
      'NULL',
      'null',
      '{"a": [1, 2]}',
      'back\\slash "quotes" \'single\'',
      'new\nline\ttab',
      ' spaces ',
      'a,b',
      'ü 漢 🚲',
    ];
    const rows = texts.map((note, i) => reading('text', i, -0.1 - i, { note, data: Uint8Array.of(i, 0, 92, 34, 255) }));
    rows.push(
      reading('text', 9_007_199_254_740_993n, 1e-300),
      reading('text', -5n, 12_345_678.25, { data: new Uint8Array() }),
    );
    await writing(writer, rows);
    const told = (all: readonly Reading[]): string[] =>
      all.map(({ at, value, note, data }) =>
        JSON.stringify([String(at), value, note, data === null ? null : [...data]]),
      );
    assert.deepEqual(told(await place.stored()), told(rows.toSorted((a, b) => (a.at < b.at ? -1 : 1))));
  }),
  onWriter(
    'a write with one row that is not allowed stores none of them, and says that it never will',
    'keep',
    async (writer, place) => {
      const error = await caught(writing(writer, [...many(40), bad(1), ...many(80).slice(40)]));
      assert.deepEqual([error.retry, outcomeOf(error)], ['never', 'none']);
      assert.deepEqual(await place.stored(), []);
    },
  ),
  onWriter('a row whose key is there is left as it is, by `keep`', 'keep', async (writer, place) => {
    await writing(writer, [reading('a', 1, 1), reading('b', 1, 1)]);
    await writing(writer, [reading('b', 1, 2), reading('c', 1, 2)]);
    assert.equal(short(await place.stored()), 'a 1 1, b 1 1, c 1 2');
  }),
  onWriter('a row whose key is there gets the new values, by `replace`', 'replace', async (writer, place) => {
    await writing(writer, [reading('a', 1, 1), reading('b', 1, 1, { note: 'old' }), reading('c', 1, 1)]);
    await writing(writer, [reading('b', 1, 2), reading('c', 1, 2), reading('d', 1, 2)]);
    assert.equal(short(await place.stored()), 'a 1 1, b 1 2, c 1 2, d 1 2');
    assert.equal((await place.stored())[1]?.note, null);
  }),
  onWriter('keys that differ in case, in a space or in their end are different rows', 'keep', async (writer, place) => {
    await writing(
      writer,
      ['a', 'A', 'a ', 'ä', 'aa'].map((device) => reading(device, 1)),
    );
    assert.equal((await place.stored()).length, 5);
  }),
];

const ofBatch: readonly BatchCase[] = [
  onBatch(
    'rows that are added one by one are all there when their promises are settled',
    'keep',
    async (batch, place) => {
      await Promise.all(many(3000).map((row) => batch.add(row)));
      assert.equal(short(await place.stored()), short(many(3000)));
      assert.ok(batch.counts.writes < 300, `3000 rows took ${batch.counts.writes} writes`);
    },
  ),
  onBatch(
    'three bad rows among a thousand are refused by name, and the others are there',
    'keep',
    async (batch, place) => {
      const rows = many(1000);
      rows.splice(700, 0, bad(700), bad(701));
      rows.splice(3, 0, bad(3));
      const settled = await Promise.allSettled(rows.map((row) => batch.add(row)));
      const refused = settled.flatMap((one, i) =>
        one.status === 'rejected' ? [{ row: rows[i], error: one.reason as PalierError }] : [],
      );
      assert.deepEqual(refused.map(({ row }) => row?.at).toSorted(), [3, 700, 701]);
      for (const { error } of refused) assert.deepEqual([error.code, outcomeOf(error)], ['PALIER_SQL_VALUE', 'none']);
      assert.deepEqual(batch.quarantined.map(({ row }) => row.at).toSorted(), [3, 700, 701]);
      assert.equal(short(await place.stored()), short(many(1000)));
    },
  ),
  onBatch('of rows of one key the last one that is allowed is left, by `replace`', 'replace', async (batch, place) => {
    const writes: Promise<unknown>[] = [];
    for (let value = 0; value < 500; value++) {
      for (const device of ['a', 'b']) writes.push(batch.add(reading(device, 1, value)));
      if (value % 50 === 0) await batch.add(reading('other', value));
    }
    const last = await Promise.allSettled([batch.add(reading('b', 1, 777)), batch.add(reading('b', 1, null as never))]);
    await Promise.all(writes);
    assert.deepEqual(
      last.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    assert.equal(short((await place.stored()).slice(0, 2)), 'a 1 499, b 1 777');
  }),
  onBatch('of rows of one key the first one is left, by `keep`', 'keep', async (batch, place) => {
    await Promise.all([1, 2, 3].map((value) => batch.add(reading('a', 1, value))));
    await batch.add(reading('a', 1, 4));
    assert.equal(short(await place.stored()), 'a 1 1');
  }),
  {
    sentence: 'two replicas that replace the same rows again and again both come to an end, and leave each row once',
    async run({ around, create }) {
      await using place = await create();
      const form = formOf('replace');
      const replicas = await Promise.all(
        [1, 2].map(async () => batchOn<Reading>(await place.writer(form), around, { ...form, maxRows: 50 })),
      );
      const rows = many(200);
      await Promise.all(
        replicas.map(async (batch, which) => {
          for (let round = 0; round < 5; round++) {
            const order = which === 0 ? rows : rows.toReversed();
            await batch.addAll(order.map(({ device, at }) => reading(device, at, which)));
          }
          await batch.close();
        }),
      );
      const stored = await place.stored();
      assert.deepEqual(
        stored.map(({ at }) => Number(at)),
        rows.map(({ at }) => Number(at)),
      );
    },
  },
];

export const batchConformance: readonly BatchCase[] = [...ofWriter, ...ofBatch];
