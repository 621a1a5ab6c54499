/**
 * Text for files that are read in a terminal: what a book says of itself as one harmless line, and lines that are never wider than asked.
 *
 * A title comes from whoever made the book. It must not move a cursor, add a line, or turn the direction of those that follow.
 */
import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';

/** Marks that may stand above one another; scripts use two, pranks hundreds. */
const maxMarks = 3;
const extraMarks = new RegExp(`(\\p{M}{${maxMarks}})\\p{M}+`, 'gu');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One line: no control characters, escape sequences, formats or private characters; white space folded; composed (NFC). */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cf}\p{Co}\p{Cs}\p{Cn}]/gu, '')
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .normalize('NFC')
    .replace(extraMarks, '$1')
    .trim();
}

/** How many columns of a terminal a line takes, at most. */
export function columnsOf(line: string): number {
  let columns = 0;
  for (const char of line) if (!/\p{M}/u.test(char)) columns += eastAsianWidth(char.codePointAt(0) as number);
  return columns;
}

/**
 * A plain line in lines of at most `columns`: the first begins with `lead` (at most half of the width is kept), the others are indented as far.
 * A word that is too long is broken anywhere.
 */
export function wrapped(line: string, columns: number, lead = ''): string[] {
  const first = lead.slice(0, Math.floor(columns / 2));
  const indent = ' '.repeat(columnsOf(first));
  const room = columns - indent.length;
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ').filter((word) => word !== '')) {
    for (const [i, piece] of pieces(word, room).entries()) {
      const joined = current === '' || i > 0 ? current + piece : `${current} ${piece}`;
      if (columnsOf(joined) <= room) {
        current = joined;
        continue;
      }
      lines.push(current);
      current = piece;
    }
  }
  if (current !== '' || lines.length === 0) lines.push(current);
  return lines.map((text, i) => ((i === 0 ? first : indent) + text).trimEnd());
}

/** A word whole, or in pieces of at most `columns`. */
function pieces(word: string, columns: number): string[] {
  if (columnsOf(word) <= columns) return [word];
  const found: string[] = [];
  let piece = '';
  for (const { segment } of graphemes.segment(word)) {
    if (piece !== '' && columnsOf(piece + segment) > columns) {
      found.push(piece);
      piece = '';
    }
    piece += segment;
  }
  if (piece !== '') found.push(piece);
  return found;
}
