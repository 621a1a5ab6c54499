/** What goes to a database in one statement. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lettersIn, portionsOf } from './ground.ts';

test('portions hold all rows in their order, 500 and a million letters at most, and no more of them than needed', () => {
  const sizes = fc.oneof(
    fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 60 }),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 900, maxLength: 1600 }),
    fc.array(fc.constantFrom(1, 999_999, 1_000_000, 1_000_001), { maxLength: 20 }),
  );
  const sum = (portion: readonly number[]): number => portion.reduce((all, one) => all + one, 0);
  fc.assert(
    fc.property(sizes, (rows) => {
      const portions = portionsOf(rows, (row) => row);
      expect(portions.flat()).toEqual(rows);
      const oversized = portions.filter(
        (one) => one.length === 0 || one.length > 500 || (one.length > 1 && sum(one) > 1_000_000),
      );
      expect(oversized).toEqual([]);
      const early = portions.filter((one, i) => {
        const [next] = portions[i + 1] ?? [];
        return next !== undefined && one.length < 500 && sum(one) + next <= 1_000_000;
      });
      expect(early).toEqual([]);
    }),
  );
});

test('the letters of a row are those of its texts', () => {
  expect(lettersIn({ id: 12345, name: 'abc', payload: '{"n":1}', saved: null })).toBe(10);
});
