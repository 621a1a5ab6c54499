import fc from 'fast-check';
import { expect, test } from 'vitest';
import { searchRanges, titleKey, titleWords } from './words.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What the database does with a range. */
function finds(title: string, search: string): boolean {
  return searchRanges(search).every(({ from, below }) =>
    titleWords(title).some((word) => byCodePoint(word, from) >= 0 && byCodePoint(word, below) < 0),
  );
}

test('Case and accents do not matter', () => {
  expect(titleWords('Élégant CAFÉ, the Café')).toEqual(['elegant', 'cafe', 'the']);
  expect(titleKey('  The Élégant—Café ')).toBe('the elegant cafe');
  expect(finds('Élégant Café', 'eleg CAFÉ')).toBe(true);
  expect(finds('Élégant Café', 'legant')).toBe(false);
  expect(finds('A Tale', 'a')).toBe(true);
  expect(finds('Anthem', 'a')).toBe(false);
});

test('Any beginning of two or more letters of any word of a title finds the title', () => {
  fc.assert(
    fc.property(text, fc.nat(), fc.integer({ min: 2, max: 10 }), (title, pick, length) => {
      const words = titleWords(title);
      fc.pre(words.length > 0);
      const word = [...(words[pick % words.length] as string)];
      expect(finds(title, word.slice(0, Math.max(length, Math.min(2, word.length))).join(''))).toBe(true);
    }),
  );
});

test('Words and keys are bounded, and well-formed text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (title) => {
      const words = titleWords(title);
      expect(words.length).toBeLessThanOrEqual(30);
      expect(new Set(words).size).toBe(words.length);
      for (const word of [...words, titleKey(title)]) expect(word.isWellFormed()).toBe(true);
      for (const word of words) expect([...word].length).toBeLessThanOrEqual(40);
      expect([...titleKey(title)].length).toBeLessThanOrEqual(100);
      expect(searchRanges(title).length).toBeLessThanOrEqual(5);
    }),
  );
});
