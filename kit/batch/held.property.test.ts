import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, Held, type Slot } from './held.ts';

interface One extends Entry {
  readonly key: string;
  readonly place: number;
}

const one = (key: string, place: number): One => ({
  key,
  place,
  values: [place],
  bytes: 1 + (place % 7),
  addedMs: place,
});

/** So many rows come, with keys of so many; so many slots are taken; of the taken ones so many go, with all rows or one by one. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    rows: fc.integer({ min: 1, max: 90 }),
    keys: fc.integer({ min: 1, max: 300 }),
  }),
  fc.record({
    kind: fc.constant('take' as const),
    rows: fc.integer({ min: 1, max: 120 }),
    bytes: fc.integer({ min: 1, max: 400 }),
  }),
  fc.record({ kind: fc.constant('go' as const), slots: fc.integer({ min: 1, max: 120 }), whole: fc.boolean() }),
);

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** What was not as it must be. */
function play(steps: readonly Step[], onDuplicate: 'keep' | 'replace'): string[] {
  const held = new Held<One>(onDuplicate);
  const wrong: string[] = [];
  const check = (is: boolean, what: string): void => void (is || wrong.push(what));
  const taken: Slot<One>[] = [];
  /** Rows of each key, as they came. */
  const model = new Map<string, One[]>();
  const gone = (entry: One): void =>
    check(model.get(entry.key)?.shift() === entry, 'another row of the key was before it');
  let place = 0;
  const moves = {
    put: ({ rows, keys }: Extract<Step, { kind: 'put' }>): void => {
      for (let i = 0; i < rows; i++) {
        const entry = one(`k${(place * 7919) % keys}`, place++);
        model.set(entry.key, [...(model.get(entry.key) ?? []), entry]);
        held.put(entry.key, entry);
      }
    },
    take: ({ rows, bytes }: Extract<Step, { kind: 'take' }>): void => {
      const got = held.take(rows, bytes);
      const size = got.reduce((sum, slot) => sum + held.written(slot).bytes, 0);
      check(got.length <= rows && (got.length <= 1 || size <= bytes), 'more than may be taken');
      for (const slot of got) {
        check(held.written(slot) === slot.entries.at(onDuplicate === 'keep' ? 0 : -1), 'another row is written');
        const first = model.get(slot.key)?.slice(0, slot.entries.length) ?? [];
        check(
          slot.entries.every((entry, i) => entry === first[i]),
          'rows of the key that are not its oldest',
        );
      }
      taken.push(...got);
      check(new Set(taken.map(({ key }) => key)).size === taken.length, 'a key is being written twice');
    },
    go: ({ slots, whole }: Extract<Step, { kind: 'go' }>): void => {
      for (const slot of taken.splice(0, slots)) {
        const entries = slot.entries.slice();
        if (whole) held.dropAll(slot);
        else for (const entry of entries) held.drop(slot, entry);
        entries.forEach(gone);
      }
    },
  };
  for (const step of steps) {
    moves[step.kind](step as never);
    const all = [...model.values()].flat();
    check(held.rows === all.length, 'rows');
    check(held.bytes === all.reduce((sum, { bytes }) => sum + bytes, 0), 'bytes');
  }
  return wrong;
}

test('rows of a key are held in their order, one slot of a key is being written at most, and the counts are those of what is held', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom('keep', 'replace'), (steps, onDuplicate) => {
      expect(play(steps, onDuplicate)).toEqual([]);
    }),
  );
});

test('a key that is being written, or is ready, is known however many others came and went meanwhile', () => {
  const held = new Held<One>('keep');
  held.put('writing', one('writing', 0));
  const writing = held.take(1, 100);
  for (let place = 1; place <= 1000; place++) {
    held.put(`other ${place}`, one(`other ${place}`, place));
    for (const slot of held.take(1, 100)) held.dropAll(slot);
  }
  held.put('writing', one('writing', 1001));
  expect(held.readyRows).toBe(0);
  for (const slot of writing) held.dropAll(slot);
  expect(held.readyRows).toBe(1);
});

test('keys that went are not remembered', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = new Held<One>('keep');
  const usedMb = (): number => {
    collect();
    return process.memoryUsage().heapUsed / 1_048_576;
  };
  const before = usedMb();
  for (let place = 0; place < 100_000; place++) {
    const key = `${place}`.padEnd(500, 'k');
    held.put(key, one(key, place));
    for (const slot of held.take(1, 100)) held.dropAll(slot);
  }
  expect(usedMb() - before).toBeLessThan(20);
  expect(held.rows).toBe(0);
});
