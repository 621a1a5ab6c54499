import { seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Draft } from './draft.ts';
import { isTraceparent, writeTraceparent } from './trace.ts';

const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function check(text: string): boolean {
  const bytes = Buffer.from(`x${text}x`, 'latin1');
  return isTraceparent(bytes, 1, bytes.length - 1);
}

describe('traceparent', () => {
  it.each([
    [valid, true],
    [valid.replace('00-', 'cc-'), true],
    [`${valid.replace('00-', 'cc-')}-what-the-future-brings`, true],
    [`${valid.replace('00-', 'cc-')}.what`, false],
    [`${valid}-more`, false],
    [valid.replace('00-', 'ff-'), false],
    [valid.toUpperCase(), false],
    [valid.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)), false],
    [valid.replace('b7ad6b7169203331', '0'.repeat(16)), false],
    [valid.slice(0, -1), false],
    ['', false],
  ])('%s is kept: %s', (text, kept) => {
    expect(check(text)).toBe(kept);
  });

  it('made anew is valid, and another each time', () => {
    const random = seededRandom(7);
    const seen = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      const written = composed((draft) => writeTraceparent(draft, random, true));
      expect(written).toMatch(/^traceparent: .*-01\r\n$/);
      expect(check(written.slice('traceparent: '.length, -2))).toBe(true);
      seen.add(written);
    }
    expect(seen.size).toBe(1000);
  });
});

describe('Draft', () => {
  it('writes hexadecimal numbers as toString(16) does, or with as many digits as asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
        const text = value.toString(16);
        expect(composed((draft) => draft.hex(value))).toBe(text);
        expect(composed((draft) => draft.hex(value, 8))).toBe(text.padStart(8, '0'));
      }),
    );
  });

  it('puts parts together whatever their sizes, growing when it must', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), (parts) => {
        const draft = new Draft(16);
        for (const part of parts) draft.all(Buffer.from(part));
        const written: Buffer[] = [];
        draft.send({
          destroyed: false,
          writableLength: 0,
          write: (bytes) => Boolean(written.push(Buffer.from(bytes))),
        });
        expect(Buffer.concat(written)).toEqual(Buffer.concat(parts.map((part) => Buffer.from(part))));
      }),
    );
  });

  it('leaves its memory to a socket that did not write it all, and begins on new', () => {
    const draft = new Draft(16);
    const kept: Uint8Array[] = [];
    const sink = { destroyed: false, writableLength: 1, write: (bytes: Uint8Array) => Boolean(kept.push(bytes)) };
    for (const text of ['first', 'other']) {
      draft.text(text);
      draft.send(sink);
    }
    expect(kept.map((bytes) => Buffer.from(bytes).toString())).toEqual(['first', 'other']);
  });
});

function composed(compose: (draft: Draft) => void): string {
  const draft = new Draft(64);
  let text = '';
  compose(draft);
  draft.send({
    destroyed: false,
    writableLength: 0,
    write: (bytes) => Boolean((text = Buffer.from(bytes).toString('latin1'))),
  });
  return text;
}
