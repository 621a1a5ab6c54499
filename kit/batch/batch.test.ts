import { PalierError } from '@palier/base/error';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime, type VirtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { kitError } from '../errors.ts';
import { createMeters } from '../meter/index.ts';
import { outcomeOf } from '../state/index.ts';
import { type Batch, batchOn, meterBatches, type RowWriter } from './index.ts';

interface Row {
  readonly id: number;
  readonly text: string;
}

const form = { table: 'rows', columns: ['id', 'text'], key: ['id'], onDuplicate: 'keep' } as const;
const row = (id: number, text = 'x'): Row => ({ id, text });

/** A writer that answers when it is told to, and what it was given. */
interface Bench {
  readonly time: VirtualTime;
  readonly batch: Batch<Row>;
  readonly writes: readonly (readonly number[])[];
  /** Answers the oldest write that is under way. */
  answer(error?: Error): Promise<void>;
}

function bench(options: object = {}): Bench {
  const time = virtualTime();
  const writes: number[][] = [];
  const open: ((error?: Error) => void)[] = [];
  const writer: RowWriter = {
    maxRows: 1000,
    maxBytes: 1_000_000,
    maxRowBytes: 5000,
    maxInFlight: 10,
    write: (rows) =>
      new Promise((resolve, reject) => {
        writes.push(rows.map(({ values }) => Number(values[0])));
        open.push((error) => (error === undefined ? resolve() : reject(error)));
      }),
  };
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log: silentLog };
  return {
    time,
    batch: batchOn<Row>(writer, around, { ...form, ...options }),
    writes,
    async answer(error) {
      open.shift()?.(error);
      await time.advance(0);
    },
  };
}

const away = (): Error => kitError('PALIER_STATE_LOST', { engine: 'fake', outcome: 'unknown' });
const codeOf = async (call: Promise<unknown>): Promise<string> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof PalierError ? error.code : 'no error of the catalogue';
};

test('an idle batch writes at once, without a timer, and gathers while it writes', async () => {
  const { batch, time, writes, answer } = bench();
  for (const id of [1, 2, 3]) void batch.add(row(id));
  await time.advance(0);
  expect(writes).toEqual([[1, 2, 3]]);
  for (const id of [4, 5]) {
    void batch.add(row(id));
    await time.advance(0);
  }
  expect(writes).toHaveLength(1);
  await answer();
  expect(writes).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test('a lone row does not make those wait who came behind it, and all of them are one write from then on', async () => {
  const { batch, time, writes, answer } = bench();
  const produce = async (first: number): Promise<void> => {
    for (let id = first; id < 1000; id += 64) await batch.add(row(id));
  };
  for (let id = 2000; id < 2100; id++) void batch.add(row(id));
  await time.advance(0);
  await answer();
  void produce(0);
  await time.advance(0);
  for (let first = 1; first < 64; first++) void produce(first);
  await time.advance(0);
  expect(writes.map(({ length }) => length)).toEqual([100, 1, 63]);
  await answer();
  expect(writes).toHaveLength(3);
  for (let i = 0; i < 3; i++) await answer();
  expect(writes.map(({ length }) => length)).toEqual([100, 1, 63, 64, 64, 64]);
});

test('rows behind a write that does not end wait for four usual writes, and for overtakeMs when none is known', async () => {
  /** Ten rows, whose write is not answered, and five behind them. */
  const stand = async ({ batch, time }: Bench): Promise<void> => {
    for (let id = 10; id < 20; id++) void batch.add(row(id));
    await time.advance(0);
    for (let id = 20; id < 25; id++) void batch.add(row(id));
  };
  const first = bench({ overtakeMs: 20 });
  await stand(first);
  await first.time.advance(19);
  expect(first.writes).toHaveLength(1);
  await first.time.advance(1);
  expect(first.writes.map(({ length }) => length)).toEqual([10, 5]);
  const later = bench({ overtakeMs: 20 });
  for (let id = 0; id < 3; id++) {
    void later.batch.add(row(id));
    await later.time.advance(2);
    await later.answer();
  }
  await stand(later);
  await later.time.advance(7);
  expect(later.writes).toHaveLength(4);
  await later.time.advance(1);
  expect(later.writes.map(({ length }) => length)).toEqual([1, 1, 1, 10, 5]);
});

test('64 callers that each bring their next row when the last one is in are one write each time, not two', async () => {
  const { batch, time, writes, answer } = bench();
  const produce = async (first: number): Promise<void> => {
    for (let id = first; id < 1000; id += 64) await batch.add(row(id));
  };
  for (let first = 0; first < 64; first++) void produce(first);
  await time.advance(0);
  for (let i = 0; i < 5; i++) await answer();
  expect(writes.map(({ length }) => length)).toEqual([64, 64, 64, 64, 64, 64]);
});

test('with lingerMs a lone row goes at once, and one of many waits for as many again, not longer', async () => {
  const { batch, time, writes, answer } = bench({ lingerMs: 10 });
  await time.advance(1000);
  void batch.add(row(0));
  await time.advance(0);
  expect(writes).toHaveLength(1);
  await answer();
  for (let id = 1; id <= 50; id++) {
    void batch.add(row(id));
    await time.advance(1);
    if (writes.length > 1 && id < 40) await answer();
  }
  const before = writes.length;
  expect(writes.slice(1).some(({ length }) => length >= 5)).toBe(true);
  await time.advance(10);
  await answer();
  await time.advance(10);
  expect(writes.length).toBeGreaterThan(before);
});

test('one row too many, or too many bytes, is refused; room() tells in their order when it would be taken', async () => {
  const { batch, time, answer } = bench({ maxHeldRows: 2 });
  void batch.add(row(1));
  void batch.add(row(2));
  expect(await codeOf(batch.add(row(3)))).toBe('PALIER_BATCH_FULL');
  const told: number[] = [];
  for (const id of [3, 4, 5])
    void batch.room(row(id)).then(() => (told.push(id), id === 5 ? undefined : batch.add(row(id))));
  await time.advance(0);
  expect(told).toEqual([]);
  await answer();
  expect(told).toEqual([3, 4]);
  await answer();
  expect(told).toEqual([3, 4, 5]);
  const small = bench({ maxHeldBytes: 100 });
  void small.batch.add(row(1));
  expect(await codeOf(small.batch.add(row(2, 'x'.repeat(40))))).toBe('PALIER_BATCH_FULL');
  expect(await codeOf(small.batch.add(row(2, 'x'.repeat(200))))).toBe('PALIER_BATCH_SIZE');
});

test('a small row that asks for room does not pass by a large one that waits for it', async () => {
  const { batch, time, answer } = bench({ maxHeldBytes: 1000 });
  void batch.add(row(1, 'x'.repeat(300)));
  void batch.add(row(2, 'x'.repeat(300)));
  await time.advance(0);
  const told: string[] = [];
  const large = row(3, 'x'.repeat(800));
  void batch.room(large).then(() => {
    told.push('large');
    return batch.add(large);
  });
  void batch.room(row(4)).then(() => told.push('small'));
  await time.advance(0);
  expect(told).toEqual([]);
  await answer();
  expect(told).toEqual(['large', 'small']);
  await answer();
});

test('addAll() takes rows as room comes, never holds more, and counts what is refused', async () => {
  const { batch, time, answer } = bench({ maxHeldRows: 10 });
  let pulled = 0;
  function* rows(): Generator<Row> {
    while (pulled < 35) yield row(++pulled, pulled === 7 ? 'x'.repeat(6000) : 'x');
  }
  const all = batch.addAll(rows());
  await time.advance(0);
  expect(pulled).toBeLessThanOrEqual(12);
  for (let i = 0; i < 6; i++) await answer();
  await expect(all).resolves.toEqual({ written: 34, refused: 1 });
});

test('addAll() ends with the first error that is of no row, once those that were taken are settled', async () => {
  const { batch, time, answer } = bench({ maxHeldRows: 4, maxAgeMs: 50 });
  const ended = codeOf(batch.addAll(Array.from({ length: 100 }, (_, id) => row(id))));
  await time.advance(0);
  for (let i = 0; i < 4; i++) {
    await answer(away());
    await time.advance(100);
  }
  expect(await ended).toBe('PALIER_BATCH_LATE');
  expect(batch.counts.heldRows).toBe(0);
});

test('a database that is away is left alone between two tries, longer each time up to a second, and rows that come meanwhile wait, too', async () => {
  const { batch, time, writes, answer } = bench({ maxAgeMs: 60_000, inFlight: 1 });
  const all = [batch.add(row(1))];
  const atMs: number[] = [];
  for (let tries = 1; tries <= 14; tries++) {
    while (writes.length < tries) await time.advance(1);
    atMs.push(time.clock.monotonicMs());
    all.push(batch.add(row(1 + tries)));
    await answer(away());
    expect(writes).toHaveLength(tries);
  }
  const pauses = atMs.slice(1).map((ms, i) => ms - (atMs[i] as number));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(2);
  expect(Math.min(...pauses.slice(8))).toBeGreaterThanOrEqual(500);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1001);
  while (batch.counts.heldRows > 0) {
    await time.advance(1);
    await answer();
  }
  await Promise.all(all);
});

test('a row that is given up says whether it may be there: when it was sent and not answered, not when it never was', async () => {
  const { batch, time, answer } = bench({ maxAgeMs: 100, inFlight: 1 });
  const outcome = async (call: Promise<void>): Promise<unknown> =>
    outcomeOf(await call.catch((error: unknown) => error));
  const sent = outcome(batch.add(row(1)));
  await time.advance(0);
  const waited = outcome(batch.add(row(2)));
  await time.advance(1);
  await answer(away());
  await time.advance(200);
  while (batch.counts.heldRows > 0) {
    await answer(kitError('PALIER_STATE_LATE', { engine: 'fake', outcome: 'none' }));
    await time.advance(200);
  }
  expect([await sent, await waited]).toEqual(['unknown', 'none']);
});

test('flush() waits for what was added before it, and not for what comes after', async () => {
  const { batch, time, answer } = bench();
  void batch.add(row(1));
  await time.advance(0);
  let flushed = false;
  void batch.flush().then(() => (flushed = true));
  void batch.add(row(2));
  await time.advance(0);
  expect(flushed).toBe(false);
  await answer();
  expect(flushed).toBe(true);
  expect(batch.counts.heldRows).toBe(1);
});

test('close() writes what is held, refuses what comes later, and gives up after closeWithinMs', async () => {
  const { batch, time, writes, answer } = bench({ closeWithinMs: 100 });
  void batch.add(row(1));
  const two = batch.add(row(2));
  await time.advance(0);
  const three = codeOf(batch.add(row(3)));
  const closing = batch.close();
  expect(await codeOf(batch.add(row(4)))).toBe('PALIER_BATCH_CLOSED');
  await answer();
  await two;
  expect(writes).toEqual([[1, 2], [3]]);
  await answer(away());
  await time.advance(100);
  await answer(away());
  await closing;
  expect(await three).toBe('PALIER_BATCH_LATE');
  expect(time.pending).toBe(0);
});

test('a refused row goes to the function, whose own error is only logged, or into a list that keeps the last ones', async () => {
  const bad = (): Error => kitError('PALIER_SQL_VALUE', { constraint: 'c', why: 'bad', outcome: 'none' });
  const kept = bench({ maxQuarantined: 1 });
  const both = [1, 2].map((id) => codeOf(kept.batch.add(row(id))));
  await kept.time.advance(0);
  for (let i = 0; i < 3; i++) await kept.answer(bad());
  expect(await Promise.all(both)).toEqual(['PALIER_SQL_VALUE', 'PALIER_SQL_VALUE']);
  expect(kept.batch.quarantined.map(({ row: { id } }) => id)).toEqual([2]);
  const told: number[] = [];
  const handed = bench({
    quarantine: ({ row: { id } }: { row: Row }) => {
      told.push(id);
      throw new Error('mine');
    },
  });
  const one = codeOf(handed.batch.add(row(9)));
  await handed.time.advance(0);
  await handed.answer(bad());
  expect([await one, told, handed.batch.quarantined.length]).toEqual(['PALIER_SQL_VALUE', [9], 0]);
});

test('the meters tell the rows by outcome, the size of writes, and from add to commit', async () => {
  const meters = createMeters();
  const { batch, time, answer } = bench({ meters: meterBatches(meters) });
  for (let id = 0; id < 5; id++) void batch.add(row(id));
  await time.advance(0);
  await time.advance(3);
  await answer();
  const text = meters.text();
  expect(text).toContain('palier_batch_rows_total{table="rows",outcome="written"} 5');
  expect(text).toContain('palier_batch_write_rows_bucket{table="rows",le="16"} 1');
  expect(text).toContain('palier_batch_commit_seconds_bucket{table="rows",le="0.002"} 0');
  expect(text).toContain('palier_batch_commit_seconds_bucket{table="rows",le="0.005"} 5');
});

test('options that contradict each other, a key that is no column, and a column named twice are refused by name', () => {
  const refusal = (options: object): string => {
    try {
      bench(options);
    } catch (error) {
      if (error instanceof PalierError) return error.message;
    }
    return 'none';
  };
  expect(refusal({ lingerMs: 60, maxAgeMs: 60 })).toContain('lingerMs is 60; it should be less than maxAgeMs');
  expect(refusal({ key: ['name'] })).toContain('key is name; it should be at least one of the columns');
  expect(refusal({ columns: ['id', 'id'] })).toContain('columns is id, id');
  expect(refusal({ maxRows: 0 })).toContain('maxRows is 0');
});
