import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderOf } from './order.ts';

test('every second round is backwards, and every two rounds another one begins', () => {
  const rounds = [0, 1, 2, 3, 4, 5, 6].map((round) => orderOf(['A', 'B', 'C'], round).join(''));
  expect(rounds).toEqual(['ABC', 'CBA', 'BCA', 'ACB', 'CAB', 'BAC', 'ABC']);
});

test('every round runs each contestant once, and over 2n rounds each stands at each place twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), (count) => {
      const names = Array.from({ length: count }, (_, i) => i);
      const places = names.map(() => new Map<number, number>());
      for (let round = 0; round < 2 * count; round++) {
        const order = orderOf(names, round);
        expect([...order].sort((a, b) => a - b)).toEqual(names);
        order.forEach((name, place) => places[place]?.set(name, (places[place]?.get(name) ?? 0) + 1));
      }
      for (const place of places) expect([...place.values()]).toEqual(names.map(() => 2));
    }),
  );
});
