import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, plainLine, wrapped } from './columns.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300, size: 'max' }),
  fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' }),
  fc
    .array(
      fc.constantFrom(
        '\x1b[31m',
        '\u202e',
        'a\r\nb',
        '日本語',
        'e\u0301\u0301\u0301\u0301\u0301',
        '👩‍👩‍👧',
        ' ',
        'x'.repeat(200),
      ),
    )
    .map((parts) => parts.join('')),
);

test('Whatever a book says of itself, it is one line without anything that a terminal obeys', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const line = plainLine(text);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u);
      expect(line).toBe(line.trim());
      expect(plainLine(line)).toBe(line);
    }),
  );
  expect(plainLine('\x1b[2J\x1b]0;mine\x07Title\r\nGroup: OTHER\u202e\u0000')).toBe('Title Group: OTHER');
  expect(plainLine('\x9b31mred')).toBe('red');
  // A tower of marks covers the lines above it.
  expect(plainLine(`q${'\u0316'.repeat(200)}`)).toBe(`q${'\u0316'.repeat(3)}`);
});

test('No line is wider than asked, nothing but spaces is lost, and what follows is indented below the first', () => {
  fc.assert(
    fc.property(
      anyText,
      fc.integer({ min: 20, max: 120 }),
      fc.stringMatching(/^[A-Za-z.: ]{0,20}$/),
      (text, columns, lead) => {
        const line = plainLine(text);
        const lines = wrapped(line, columns, lead);
        const kept = lead.slice(0, Math.floor(columns / 2));
        for (const one of lines) expect(columnsOf(one)).toBeLessThanOrEqual(columns);
        for (const one of lines.slice(1)) expect(one.startsWith(' '.repeat(kept.length))).toBe(true);
        expect(lines.join('').replaceAll(' ', '')).toBe((kept + line).replaceAll(' ', ''));
      },
    ),
  );
  expect(wrapped('one two three', 11, '- ')).toEqual(['- one two', '  three']);
  // Two columns each.
  expect(wrapped('日本語日本語', 6)).toEqual(['日本語', '日本語']);
});
