import { PalierError } from '@palier/base/error';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowReader } from './shape.ts';

const read = rowReader({
  table: 't',
  columns: ['a', 'b', 'c'],
  key: ['a', 'b'],
  onDuplicate: 'keep',
  timeoutMs: undefined,
});
const value = fc.oneof(
  fc.string(),
  fc.constantFrom('', '1:', 'n1;', 'd0;', 'x', 'xff;', '1', '11:', ':'),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 3 }),
);
/** What a database would compare: 1 and 1n are one number. */
const told = (one: unknown): string => {
  if (typeof one === 'number' || typeof one === 'bigint') return `number ${one}`;
  return one instanceof Date ? `date ${one.getTime()}` : `${Object.prototype.toString.call(one)} ${String(one)}`;
};

test('rows have one key text exactly when all parts of their keys are the same', () => {
  fc.assert(
    fc.property(value, value, value, value, (a1, b1, a2, b2) => {
      const same = told(a1) === told(a2) && told(b1) === told(b2);
      expect(read({ a: a1, b: b1, c: null }).key === read({ a: a2, b: b2, c: 0 }).key).toBe(same);
    }),
    { numRuns: 2000 },
  );
});

test('a row takes at least the bytes of its values', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array(), (text, bytes) => {
      const row = read({ a: 1, b: text, c: bytes });
      expect(row.bytes).toBeGreaterThanOrEqual(Buffer.byteLength(text) + bytes.byteLength + 8);
      expect(row.values).toEqual([1, text, bytes]);
    }),
  );
});

test('a value that no column takes, and a key with nothing in it, are refused by the name of their column', () => {
  const refusal = (row: object): PalierError => {
    try {
      read(row);
    } catch (error) {
      if (error instanceof PalierError) return error;
    }
    throw new Error('it was not refused');
  };
  for (const c of [{}, [], Symbol('s'), () => {}, new Date(Number.NaN), '\ud800', 'a\udc00b']) {
    expect(refusal({ a: 1, b: 2, c })).toMatchObject({
      code: 'PALIER_BATCH_VALUE',
      facts: { column: 'c', outcome: 'none' },
    });
  }
  expect(refusal({ a: '\ud83d', b: 2, c: 3 })).toMatchObject({
    facts: { column: 'a', found: 'a text with half a character' },
  });
  expect(read({ a: '\ud83d\ude00', b: 2, c: '\ufffd' }).values).toEqual(['😀', 2, '\ufffd']);
  expect(refusal({ a: 1, c: 2 })).toMatchObject({ code: 'PALIER_BATCH_VALUE', facts: { column: 'b', found: 'null' } });
});
