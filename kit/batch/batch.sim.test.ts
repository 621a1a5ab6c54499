/**
 * A batch over an engine that answers late, loses answers, refuses rows, goes away and is killed with the process, by seed. What is checked:
 * nothing that was acknowledged is lost, each row is there once, each key ends with its last row, every promise settles.
 */
import { silentLog } from '@palier/base/log';
import { type Random, seededRandom } from '@palier/base/random';
import { virtualTime, type VirtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { kitError } from '../errors.ts';
import { type Batch, batchOn, type RowWriter, type WrittenRow } from './index.ts';

interface Row {
  readonly key: string;
  readonly version: number;
  readonly bad: boolean;
}

const form = { table: 't', columns: ['key', 'version', 'bad'], key: ['key'], onDuplicate: 'replace' } as const;

const isBad = ({ values }: WrittenRow): boolean => values[2] === true;

class Engine {
  readonly stored = new Map<string, number>();
  readonly writing = new Set<string>();
  /** What a batch did that it must not. */
  readonly wrongs: string[] = [];
  awayUntilMs = 0;
  largest = 0;
  most = 0;
  readonly #time: VirtualTime;
  readonly #random: Random;
  #flights = 0;
  #process = 0;

  constructor(time: VirtualTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  /** One process's way to it. */
  writer(): RowWriter {
    const own = ++this.#process;
    return {
      maxRows: 1000,
      maxBytes: 1_000_000,
      maxRowBytes: 1_000_000,
      maxInFlight: 3,
      write: (rows) => (own === this.#process ? this.#write(rows, own) : new Promise(() => {})),
    };
  }

  /** What the process had sent may be done, or not; nobody hears of it. */
  kill(): void {
    this.#process++;
    this.#flights = 0;
    this.writing.clear();
  }

  async #write(rows: readonly WrittenRow[], own: number): Promise<void> {
    const keys = rows.map(({ values }) => String(values[0]));
    if (new Set(keys).size !== keys.length) this.wrongs.push('a key twice in one write');
    if (keys.some((key) => this.writing.has(key))) this.wrongs.push('a key in two writes at once');
    for (const key of keys) this.writing.add(key);
    this.#flights++;
    this.largest = Math.max(this.largest, rows.length);
    this.most = Math.max(this.most, this.#flights);
    const fate = this.#random.next();
    try {
      await this.#time.timers.sleep(this.#random.int(1, 20));
      if (own !== this.#process) {
        if (fate < 0.5 && !rows.some(isBad)) this.#apply(rows);
        return await new Promise(() => {});
      }
      if (this.#time.clock.monotonicMs() < this.awayUntilMs) {
        throw kitError('PALIER_STATE_REFUSED', { engine: 'fake', why: 'away', outcome: 'none' });
      }
      if (fate < 0.05) throw kitError('PALIER_STATE_LOST', { engine: 'fake', outcome: 'unknown' });
      if (fate < 0.08) throw kitError('PALIER_SQL_CONFLICT', { engine: 'fake', why: 'deadlock', outcome: 'none' });
      if (fate < 0.1) throw kitError('PALIER_STATE_LATE', { engine: 'fake', outcome: 'none' });
      if (rows.some(isBad)) {
        throw kitError('PALIER_SQL_VALUE', { constraint: 'bad', why: 'it is bad', outcome: 'none' });
      }
      this.#apply(rows);
      if (fate > 0.95) throw kitError('PALIER_STATE_LOST', { engine: 'fake', outcome: 'unknown' });
    } finally {
      if (own === this.#process) {
        this.#flights--;
        for (const key of keys) this.writing.delete(key);
      }
    }
  }

  #apply(rows: readonly WrittenRow[]): void {
    for (const { values } of rows) this.stored.set(String(values[0]), Number(values[1]));
  }
}

async function play(seed: number): Promise<{ wrongs: readonly string[]; kills: number; batch: Batch<Row> }> {
  const random = seededRandom(seed);
  const time = virtualTime();
  const engine = new Engine(time, random.fork('engine'));
  const around = { clock: time.clock, timers: time.timers, random: random.fork('batch'), log: silentLog };
  const options = {
    ...form,
    maxRows: random.int(1, 40),
    inFlight: random.int(1, 3),
    overtakeMs: random.int(0, 30),
    lingerMs: random.pick([0, 0, 5]),
    maxAgeMs: 600_000,
  };
  const open = (): Batch<Row> => batchOn<Row>(engine.writer(), around, options);
  let batch = open();
  let kills = 0;
  const waiting = new Map<Row, Batch<Row>>();
  const acknowledged = new Map<string, number>();
  const add = (row: Row): void => {
    const own = batch;
    waiting.set(row, own);
    own.add(row).then(
      () => {
        // Resolved by a process that was killed meanwhile: nobody heard it.
        if (waiting.get(row) !== own) return;
        waiting.delete(row);
        acknowledged.set(row.key, Math.max(acknowledged.get(row.key) ?? 0, row.version));
        if (!((engine.stored.get(row.key) ?? 0) >= row.version)) engine.wrongs.push('an acknowledged row is not there');
      },
      () => {
        if (waiting.get(row) !== own) return;
        if (!row.bad) engine.wrongs.push('a good row was refused');
        waiting.delete(row);
      },
    );
  };
  const versions = new Map<string, number>();
  for (let made = 0; made < 300; made++) {
    const key = `key ${random.int(0, random.pick([5, 100]))}`;
    const version = (versions.get(key) ?? 0) + 1;
    versions.set(key, version);
    add({ key, version, bad: random.next() < 0.02 });
    if (random.next() < 0.4) await time.advance(random.int(0, 15));
    if (random.next() < 0.01) engine.awayUntilMs = time.clock.monotonicMs() + random.int(1, 3000);
    if (random.next() < 0.008) {
      engine.kill();
      kills++;
      batch = open();
      // Who was not answered brings his row again, in his order.
      for (const row of waiting.keys()) add(row);
    }
  }
  const end = batch.flush();
  for (let waits = 0; waits < 500 && waiting.size > 0; waits++) await time.advance(500);
  await end;
  const check = (good: boolean, wrong: string): void => void (good || engine.wrongs.push(wrong));
  check(waiting.size === 0, 'a promise did not settle');
  for (const [key, version] of acknowledged) {
    check(engine.stored.get(key) === version, `${key} does not end with its last row`);
  }
  check(engine.largest <= options.maxRows, 'a write was too large');
  check(engine.most <= options.inFlight, 'too many writes were under way');
  check(batch.counts.heldRows === 0 && batch.counts.heldBytes === 0, 'something is held');
  return { wrongs: engine.wrongs, kills, batch };
}

test('acknowledged rows are never lost, each key ends with its last row, and every promise settles, whatever the engine does', async () => {
  let kills = 0;
  let again = 0;
  for (let seed = 1; seed <= 120; seed++) {
    const played = await play(seed);
    expect(played.wrongs, `seed ${seed}`).toEqual([]);
    kills += played.kills;
    again += played.batch.counts.again;
  }
  expect(kills, 'processes were killed').toBeGreaterThan(50);
  expect(again, 'writes were repeated').toBeGreaterThan(500);
});
