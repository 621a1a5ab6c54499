import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap, type Held } from './bounded.ts';

interface Value extends Held {
  readonly at: number;
}

const value = (at: number, bytes: number): Value => ({ at, bytes, used: false });
const keys = fc.nat(12);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ op: fc.constant('set' as const), key: keys, bytes: fc.nat(40) }) },
  {
    weight: 8,
    arbitrary: fc.record({ op: fc.constantFrom('use' as const, 'delete' as const), key: keys, bytes: fc.constant(0) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('clear' as const), key: keys, bytes: fc.constant(0) }) },
);

interface Entry {
  readonly key: number;
  readonly at: number;
  readonly bytes: number;
  readonly used: boolean;
}

const sum = (list: readonly Entry[]): number => list.reduce((bytes, one) => bytes + one.bytes, 0);

const flagged = ({ key, at, bytes }: Entry, used: boolean): Entry => ({ key, at, bytes, used });

/** The same in a list that is looked through from its beginning each time. */
function listed(list: readonly Entry[], { op, key, bytes }: Step, at: number, maxEntries: number): Entry[] {
  if (op === 'clear') return [];
  if (op === 'use') return list.map((one) => (one.key === key ? flagged(one, true) : one));
  const rest = list.filter((one) => one.key !== key);
  if (op === 'delete') return rest;
  while (rest.length >= maxEntries || sum(rest) + bytes > 100) {
    const first = rest.shift() as Entry;
    if (first.used) rest.push(flagged(first, false));
  }
  return [...rest, { key, at, bytes, used: false }];
}

function take(map: BoundedMap<number, Value>, { op, key, bytes }: Step, at: number): void {
  const held = map.get(key);
  if (op === 'use' && held !== undefined) held.used = true;
  if (op === 'set') map.set(key, value(at, bytes));
  if (op === 'delete') map.delete(key);
  if (op === 'clear') map.clear();
}

test('a bounded map holds what a list would that is looked through from its beginning, in the same order', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 300, size: 'max' }),
      fc.integer({ min: 1, max: 8 }),
      (steps, maxEntries) => {
        const map = new BoundedMap<number, Value>({ maxEntries, maxBytes: 100 });
        let list: Entry[] = [];
        for (const [at, one] of steps.entries()) {
          take(map, one, at);
          list = listed(list, one, at, maxEntries);
          expect([...map].map(([key, { at: set, bytes, used }]) => ({ key, at: set, bytes, used }))).toEqual(list);
          expect([map.size, map.bytes]).toEqual([list.length, sum(list)]);
        }
      },
    ),
  );
});

test('what is used stays while what is not goes, and what is larger than the whole is not kept', () => {
  const map = new BoundedMap<string, Value>({ maxEntries: 3, maxBytes: 1000 });
  map.set('hot', value(0, 10));
  for (let i = 1; i < 50; i++) {
    (map.get('hot') as Value).used = true;
    map.set(`cold ${i}`, value(i, 10));
  }
  expect(map.get('hot')?.at).toBe(0);
  expect(map.set('hot', value(1, 1001))).toBe(false);
  expect(map.get('hot')).toBeUndefined();
});

test('one new entry passes over 64 that were used, and no more', () => {
  const map = new BoundedMap<number, Value>({ maxEntries: 100, maxBytes: 1000 });
  for (let i = 0; i < 100; i++) map.set(i, value(i, 1));
  for (const [, held] of map) held.used = true;
  map.set(100, value(100, 1));
  expect([map.get(64), map.evicted]).toEqual([undefined, 1]);
  expect([...map].filter(([, held]) => !held.used).map(([key]) => key)).toEqual([...Array(64).keys(), 100]);
});
