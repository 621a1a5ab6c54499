import fc from 'fast-check';
import { expect, test } from 'vitest';
import { offsetOf, pageOf } from './paging.ts';

test('The pages of a list show each row once, in order, and none is empty but that of an empty list', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 100 }), (total, perPage) => {
      const rows = Array.from({ length: total }, (_, i) => i);
      const { pages } = pageOf([], total, { page: 1, perPage });
      const shown = Array.from({ length: pages }, (_, i) => {
        const offset = offsetOf({ page: i + 1, perPage });
        return rows.slice(offset, offset + perPage);
      });
      expect(shown.flat()).toEqual(rows);
      expect(shown.every((page) => page.length > 0 || total === 0)).toBe(true);
    }),
  );
});
