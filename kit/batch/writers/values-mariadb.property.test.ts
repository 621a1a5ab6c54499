import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sizeAbove, sizeBelow } from './values-mariadb.ts';

test('a write of n rows is filled up to a size at most half as large again, and there are few sizes', () => {
  const sizes = new Set<number>();
  for (let rows = 1; rows <= 8192; rows++) {
    const size = sizeAbove(rows);
    expect(size).toBeGreaterThanOrEqual(rows);
    expect(size - rows).toBeLessThan(Math.max(1, rows / 2));
    expect(sizeAbove(size)).toBe(size);
    sizes.add(size);
  }
  expect(sizes.size).toBe(26);
});

test('the largest size below a limit is one, and the next one is above the limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 65_535 }), (limit) => {
      const size = sizeBelow(limit);
      expect(size).toBeLessThanOrEqual(limit);
      expect(sizeAbove(size)).toBe(size);
      expect(sizeAbove(size + 1)).toBeGreaterThan(limit);
    }),
  );
});
