/** Random interleavings of reads, answers, changes, pushes and lost connections against an engine whose history is known. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lane } from './source.ts';
import { CopyTable } from './table.ts';

const options = { maxEntries: 3, maxBytes: 2000, staleWithinMs: 50, maxAgeMs: 400, lastKnownMs: 0 };
const keys = ['a', 'b', 'c', 'd'] as const;
type Key = (typeof keys)[number];

/**
 * An engine behind one connection: questions take their time to it, answers and pushes come back in one order. Of what is read from the socket
 * at once the pushes are handled first, since an answer is a promise.
 */
class Engine {
  nowMs = 0;
  readonly table = new CopyTable<number>(options);
  /** By key: from when on it had which value, until the end of the entry's life. */
  readonly history = new Map<Key, { fromMs: number; value: number; endMs: number }[]>();
  readonly watched = new Set<Key>();
  asked: (() => void)[] = [];
  told: { push: boolean; handle: () => void }[] = [];
  lane = newLane(0);
  version = 0;

  valueAt(key: Key, atMs: number): number {
    const last = (this.history.get(key) ?? []).findLast(({ fromMs }) => fromMs <= atMs);
    return last === undefined || atMs >= last.endMs ? -1 : last.value;
  }

  change(key: Key, lifeMs: number | undefined): void {
    const list = this.history.get(key) ?? [];
    list.push({ fromMs: this.nowMs, value: ++this.version, endMs: this.nowMs + (lifeMs ?? Number.POSITIVE_INFINITY) });
    this.history.set(key, list);
    if (this.watched.delete(key)) this.told.push({ push: true, handle: () => void this.table.changed(key) });
  }

  read(key: Key): void {
    const flight = this.table.begin(key, this.nowMs);
    const { lane } = this;
    const sentMs = this.nowMs;
    this.asked.push(() => {
      this.watched.add(key);
      const value = this.valueAt(key, this.nowMs);
      const endMs = value === -1 ? undefined : this.history.get(key)?.at(-1)?.endMs;
      const leftMs = endMs === undefined || endMs === Number.POSITIVE_INFINITY ? undefined : endMs - this.nowMs;
      const handle = (): void => {
        lane.provenMs = Math.max(lane.provenMs, sentMs);
        this.table.end(flight, { value, bytes: 100, leftMs, lane, slot: 0 }, this.nowMs);
      };
      this.told.push({ push: false, handle });
    });
  }

  prove(): void {
    const { lane, nowMs } = this;
    const handle = (): void => {
      lane.provenMs = Math.max(lane.provenMs, nowMs);
    };
    this.asked.push(() => void this.told.push({ push: false, handle }));
  }

  arrive(count: number): void {
    for (const one of this.asked.splice(0, count)) one();
  }

  deliver(count: number): void {
    const chunk = this.told.splice(0, count);
    for (const { push, handle } of chunk) if (push) handle();
    for (const { push, handle } of chunk) if (!push) handle();
  }

  /** The table is not told at once: what it must not serve it sees by the lane. */
  lose(): void {
    this.lane.alive = false;
    // Answers that were read already are handled still.
    const late = this.told;
    this.asked = [];
    this.told = [];
    this.watched.clear();
    this.lane = newLane(this.nowMs);
    for (const { push, handle } of late) if (!push) handle();
  }
}

function newLane(provenMs: number): Lane & { provenMs: number; alive: boolean } {
  return {
    provenMs,
    alive: true,
    holds() {
      return this.alive;
    },
  };
}

const key = fc.constantFrom(...keys);
const count = fc.integer({ min: 1, max: 4 });
const lifeMs = fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined });
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('change' as const), key, lifeMs }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('arrive' as const), count }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), count }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('prove' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
);

test('what is served was the value of the engine at some moment within the bound, and within its life', () => {
  let served = 0;
  fc.assert(
    fc.property(fc.array(act, { maxLength: 120, size: 'max' }), (acts) => {
      const engine = new Engine();
      for (const one of acts) {
        // No two things happen in one millisecond, so that the history has one value for each.
        engine.nowMs++;
        if (one.do === 'read') engine.read(one.key);
        else if (one.do === 'change') engine.change(one.key, one.lifeMs);
        else if (one.do === 'arrive') engine.arrive(one.count);
        else if (one.do === 'deliver') engine.deliver(one.count);
        else if (one.do === 'wait') engine.nowMs += one.ms;
        else if (one.do === 'prove') engine.prove();
        else engine.lose();
        for (const at of keys) {
          const copy = engine.table.peek(at, engine.nowMs);
          if (copy === undefined) continue;
          served++;
          const moments = Array.from({ length: options.staleWithinMs + 1 }, (_, ago) => engine.nowMs - ago);
          const known = moments.filter((ms) => ms >= 0).map((ms) => engine.valueAt(at, ms));
          expect(known).toContain(copy.value);
          const { endMs } = (engine.history.get(at) ?? []).find(({ value }) => value === copy.value) ?? {
            endMs: Number.POSITIVE_INFINITY,
          };
          expect(engine.nowMs).toBeLessThan(endMs);
        }
        expect(engine.table.counts.entries).toBeLessThanOrEqual(options.maxEntries);
        expect(engine.table.counts.bytes).toBeLessThanOrEqual(options.maxBytes);
      }
    }),
    { numRuns: 500 },
  );
  expect(served).toBeGreaterThan(1000);
});

test('a read that was sent before a change and answered after it is neither kept nor shared with later callers', () => {
  const table = new CopyTable<number>(options);
  const lane = newLane(0);
  const flight = table.begin('a', 0);
  expect(table.joinable('a', 1)).toBe(flight);
  table.changed('a');
  expect(table.joinable('a', 1)).toBeUndefined();
  expect(table.end(flight, { value: 1, bytes: 1, leftMs: undefined, lane, slot: 0 }, 2)).toBe(false);
  expect(table.peek('a', 2)).toBeUndefined();
});

test('a copy that is asked for stays when others come and go', () => {
  const table = new CopyTable<number>({ ...options, maxEntries: 10, maxBytes: 1e6 });
  const lane = newLane(0);
  for (let i = 0; i < 100; i++) {
    table.end(table.begin(`${i}`, 0), { value: i, bytes: 1, leftMs: undefined, lane, slot: 0 }, 0);
    expect(table.peek('0', 0)?.value).toBe(0);
  }
  expect(table.counts).toMatchObject({ entries: 10, evicted: 90, dropped: 0 });
});
