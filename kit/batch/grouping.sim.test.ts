/**
 * Callers who each wait for their row before they bring the next one, over an engine whose writes take unlike times, by seed: how many rows go
 * in one write, and how long they wait.
 */
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { batchOn, type RowWriter } from './index.ts';

interface Played {
  readonly callers: number;
  /** Rows of each write, in their order. */
  readonly writes: readonly number[];
  /** Of those after the first 100 ms: the longest from add() to the commit. */
  readonly longestMs: number;
}

const writeMs = { least: 10, most: 19 };

/** `thinkMs`: what a caller does between two rows takes so long at most. */
async function play(seed: number, thinkMs: number): Promise<Played> {
  const random = seededRandom(seed);
  const time = virtualTime();
  const writes: number[] = [];
  const writer: RowWriter = {
    maxRows: 1000,
    maxBytes: 1_000_000,
    maxRowBytes: 1000,
    maxInFlight: 10,
    write(rows) {
      writes.push(rows.length);
      return time.timers.sleep(random.int(writeMs.least, writeMs.most));
    },
  };
  const around = { clock: time.clock, timers: time.timers, random: random.fork('batch'), log: silentLog };
  const form = { table: 't', columns: ['id'], key: ['id'], onDuplicate: 'keep' } as const;
  const batch = batchOn<{ id: number }>(writer, around, { ...form, inFlight: random.int(1, 4) });
  const callers = random.int(2, 80);
  let made = 0;
  let longestMs = 0;
  const call = async (): Promise<void> => {
    await time.timers.sleep(random.int(1, 40));
    while (time.clock.monotonicMs() < 1000) {
      const sinceMs = time.clock.monotonicMs();
      await batch.add({ id: made++ });
      if (sinceMs > 100) longestMs = Math.max(longestMs, time.clock.monotonicMs() - sinceMs);
      if (thinkMs > 0) await time.timers.sleep(random.int(1, thinkMs));
    }
  };
  const all = Promise.all(Array.from({ length: callers }, call));
  await time.advance(1200);
  await all;
  return { callers, writes, longestMs };
}

test('callers who bring the next row with the answer become one write, however they began', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { callers, writes } = await play(seed, 0);
    expect(new Set(writes.slice(-30)), `seed ${seed}: ${writes.join(' ')}`).toEqual(new Set([callers]));
  }
});

test('callers who do something between two rows wait for the write under way and for their own, not longer', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { longestMs, writes } = await play(seed, 10);
    expect(longestMs, `seed ${seed}: ${writes.join(' ')}`).toBeLessThanOrEqual(2 * writeMs.most);
    expect(writes.length, `seed ${seed}`).toBeGreaterThan(30);
  }
});
