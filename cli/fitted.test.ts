import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitted, wrapped } from './fitted.ts';

test('a sentence is broken between words, and stays under its own beginning', () => {
  const line = '  → \x1b[2mRun with 3 generator processes (--generators 3): a core is free for more.\x1b[22m';
  expect(fitted([line, 'short'], 40).map(stripVTControlCharacters)).toEqual([
    '  → Run with 3 generator processes',
    '    (--generators 3): a core is free for',
    '    more.',
    'short',
  ]);
});

test('where no terminal is, and where one is very narrow, nothing is broken', () => {
  const line = 'word '.repeat(60);
  expect(fitted([line], null)).toEqual([line]);
  expect(fitted([line], 30)).toEqual([line]);
});

test('no line is wider than the terminal, and no word is lost', () => {
  const words = fc.array(fc.stringMatching(/^[a-zé✘0-9]{1,20}$/), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(words, fc.integer({ min: 40, max: 120 }), (list, columns) => {
      const lines = fitted([`  ${list.join(' ')}`], columns);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(list);
    }),
  );
});

test('wrapped() breaks to any width, and a word that is too long has a line of its own', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapped('an unbreakable word', 4)).toEqual(['an', 'unbreakable', 'word']);
});
