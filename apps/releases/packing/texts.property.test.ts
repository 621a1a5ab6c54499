import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf } from './columns.ts';
import { defaultPacking } from './options.ts';
import { placeholders, templates } from './templates.ts';
import { dizOf, nfoOf, type Told } from './texts.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 500 }),
  fc.string({ unit: 'grapheme', maxLength: 500 }),
  fc.constantFrom(
    'A\r\n  Group......: OTHER',
    '\x1b[2J\x1b[31mred',
    'W'.repeat(500),
    '{group}',
    'السلام\u202e',
    '本'.repeat(500),
  ),
);
const maybe = fc.option(text);
const told: fc.Arbitrary<Told> = fc.record({
  metadata: fc.record({
    title: maybe,
    creators: fc.array(text, { maxLength: 20 }),
    language: maybe,
    publisher: maybe,
    date: maybe,
    identifier: maybe,
    description: fc.option(fc.string({ unit: 'grapheme', maxLength: 4000 })),
    subjects: fc.array(text, { maxLength: 5 }),
  }),
  group: fc.stringMatching(/^[A-Z0-9]{2,100}$/),
  options: fc.constant({ ...defaultPacking, link: `https://books.example/${'a'.repeat(250)}`, issue: '7\x1b[1m' }),
  directory: fc.constant('A.Title.2026.RETAiL.EPUB.eBOOK-PALIER'),
  bytes: fc.integer({ min: 1, max: 2 ** 40 }),
  day: fc.constant('2026-02-03'),
});

const linesOf = (text: string): string[] => {
  expect(text.endsWith('\r\n')).toBe(true);
  return text.slice(0, -2).split('\r\n');
};
const harmless = (line: string): void => expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);

test('Whatever the book says, an NFO has at most 80 columns and 400 lines, and nothing that a terminal obeys', () => {
  const own = fc.string({ unit: 'binary', maxLength: 300 });
  const template = fc.oneof(fc.constantFrom(...Object.values(templates)), own, fc.constant('{description}'.repeat(99)));
  fc.assert(
    fc.property(told, template, (told, template) => {
      const lines = linesOf(nfoOf(told, template));
      expect(lines.length).toBeLessThanOrEqual(400);
      for (const line of lines) {
        harmless(line);
        expect(columnsOf(line)).toBeLessThanOrEqual(80);
      }
    }),
  );
});

test('No title forges a line of the NFO: there is one group, and it is ours', () => {
  fc.assert(
    fc.property(told, (told) => {
      for (const template of Object.values(templates)) {
        const groups = linesOf(nfoOf(told, template)).filter((line) => /^ {2}Group\.\.\./.test(line));
        expect(groups.length).toBe(1);
        expect(groups[0]).toContain(told.group.slice(0, 40));
      }
    }),
  );
});

test('A DIZ has at most 45 columns and 30 lines, a counter, and the same length for each volume', () => {
  fc.assert(
    fc.property(told, fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }), (told, number, count) => {
      const diz = dizOf(told, number, count);
      const lines = linesOf(diz);
      expect(lines.length).toBeLessThanOrEqual(30);
      for (const line of lines) {
        harmless(line);
        expect(columnsOf(line)).toBeLessThanOrEqual(45);
      }
      const two = (n: number): string => String(n).padStart(2, '0');
      expect(lines).toContain(`[${two(number)}/${two(count)}]`);
      expect(Buffer.byteLength(diz)).toBe(Buffer.byteLength(dizOf(told, 1, 1)));
    }),
  );
});

test('The NFO gives what the eBOOK rules want; what the book does not say is left out', () => {
  const facts: Told = {
    metadata: {
      title: 'A title',
      creators: ['Ada', 'Bea'],
      language: 'fr',
      publisher: null,
      date: '1999',
      identifier: null,
      description: null,
      subjects: [],
    },
    group: 'PALIER',
    options: { ...defaultPacking, source: 'SCAN', link: 'https://books.example/1', issue: '7' },
    directory: 'D',
    bytes: 5,
    day: '2026-02-03',
  };
  expect(linesOf(nfoOf(facts, templates['short'] as string))).toEqual([
    '  Title......: A title',
    '  Author.....: Ada, Bea',
    '  Published..: 1999',
    '  Issue......: 7',
    '  Language...: fr',
    '  Type.......: SCAN',
    '  Format.....: EPUB',
    '  Bytes......: 5',
    '  Source.....: https://books.example/1',
    '  Released...: 2026-02-03',
    '  Group......: PALIER',
  ]);
  expect(linesOf(dizOf({ ...facts, options: { ...facts.options, kind: 'COMiC' } }, 1, 1))).toContain(
    'SCAN COMiC EPUB, 2026-02-03',
  );
  const long = { ...facts, metadata: { ...facts.metadata, description: 'word '.repeat(800) } };
  expect(linesOf(nfoOf(long, Array.from({ length: 20 }, () => '{description}').join('\n')))).toHaveLength(400);
  for (const name of placeholders) expect(nfoOf(facts, `x {${name}}`)).not.toContain('{');
});
