import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap } from './bounded.ts';

const step = fc.oneof(
  fc.record({ op: fc.constant('set' as const), key: fc.nat(12), bytes: fc.nat(40) }),
  fc.record({ op: fc.constantFrom('get' as const, 'delete' as const), key: fc.nat(12), bytes: fc.constant(0) }),
);

test('a bounded map never holds more than its entries and its bytes, and answers only what was set last', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (steps, maxEntries) => {
      const map = new BoundedMap<number, number>({ maxEntries, maxBytes: 100 });
      const truth = new Map<number, { at: number; bytes: number }>();
      for (const [at, { op, key, bytes }] of steps.entries()) {
        if (op === 'set') map.set(key, at, bytes);
        if (op === 'set') truth.set(key, { at, bytes });
        const found = map.get(key);
        expect([truth.get(key)?.at, op === 'set' ? 'lost' : undefined]).toContain(found);
        if (op === 'delete') expectDeleted(map, key, found !== undefined);
        if (op === 'delete') truth.delete(key);
        expect(map.size).toBeLessThanOrEqual(maxEntries);
        expect(map.bytes).toBeLessThanOrEqual(100);
        const held = [...truth].filter(([one, { at: set }]) => map.get(one) === set);
        expect(map.size).toBe(held.length);
        expect(map.bytes).toBe(held.reduce((sum, [, one]) => sum + one.bytes, 0));
      }
    }),
  );
});

function expectDeleted(map: BoundedMap<number, number>, key: number, held: boolean): void {
  expect(map.delete(key)).toBe(held);
  expect(map.get(key)).toBeUndefined();
}

test('what is used stays while what is not goes, and what is larger than the whole is not kept', () => {
  const map = new BoundedMap<string, number>({ maxEntries: 3, maxBytes: 1000 });
  map.set('hot', 0, 10);
  for (let i = 1; i < 50; i++) {
    map.get('hot');
    map.set(`cold ${i}`, i, 10);
  }
  expect(map.get('hot')).toBe(0);
  map.set('hot', 1, 1001);
  expect(map.get('hot')).toBeUndefined();
});
