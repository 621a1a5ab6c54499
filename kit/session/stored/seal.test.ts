import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codecs } from './seal.ts';

const keys = [
  { id: 'new', key: Buffer.alloc(32, 1) },
  { id: 'old', key: Buffer.alloc(32, 2) },
];
const codecOf = codecs(new Set(['token']), keys, randomBytes);
const codec = codecOf('handle');

test('a value is decoded as it was', () => {
  const date = new Date(5);
  for (const value of [null, true, 1.5, -7, 'é', { a: [1, { b: 'c' }] }, date, Buffer.from([0, 255])]) {
    expect(codec.decode('plain', codec.encode('plain', value))).toEqual(value);
    expect(codec.decode('token', codec.encode('token', value))).toEqual(value);
  }
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false } as object), (value) => {
      fc.pre(!JSON.stringify(value).includes('__proto__'));
      expect(JSON.stringify(codec.decode('token', codec.encode('token', value)))).toEqual(JSON.stringify(value));
    }),
  );
});

test('a chosen field is not readable where it is stored, and never the same twice', () => {
  const bytes = codec.encode('token', 'very secret');
  expect(bytes.toString('latin1')).not.toContain('secret');
  expect(codec.encode('token', 'very secret')).not.toEqual(bytes);
  expect(codec.encode('other', 'very secret').toString('latin1')).toContain('secret');
});

test('a replaced key still opens what it sealed; without it the error names the key', () => {
  const before = codecs(new Set(['token']), keys.slice(1), randomBytes)('handle').encode('token', 'x');
  expect(codec.decode('token', before)).toBe('x');
  const after = codecs(new Set(['token']), keys.slice(0, 1), randomBytes)('handle');
  expect(() => after.decode('token', before)).toThrow('does not open with the key "old"');
});

test('attack, tampering: a sealed value that was changed, moved to another field or another session does not open', () => {
  const bytes = codec.encode('token', 'x');
  for (let i = 5; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i] = (changed[i] as number) ^ 1;
    expect(() => codec.decode('token', changed)).toThrow('does not open');
  }
  expect(() => codec.decode('other', bytes)).toThrow('does not open');
  expect(() => codecOf('another').decode('token', bytes)).toThrow('does not open');
  expect(() => codec.decode('token', bytes.subarray(0, 12))).toThrow('does not open');
});

test('bytes that were read belong to the reader: what they were read from stays as it was', () => {
  const bytes = codec.encode('plain', Buffer.from([1, 2]));
  (codec.decode('plain', bytes) as Buffer).fill(9);
  expect(codec.decode('plain', bytes)).toEqual(Buffer.from([1, 2]));
});
