/**
 * Titles as they are searched and sorted: folded to lower case without accents, and cut into words. The same folding for what is stored
 * and for what is asked, so that the database compares plain texts and needs no collation of its own.
 */

/** Longer words are cut; the rest of them adds nothing to a search. */
const maxWordLength = 40;
/** Words kept of a title, and of a search. */
const maxTitleWords = 30;
const maxSearchWords = 5;
const maxKeyLength = 100;

/** The different words of a title, in their order, at most 30. */
export function titleWords(title: string): string[] {
  return wordsOf(title, maxTitleWords);
}

/** The title as it is sorted. */
export function titleKey(title: string): string {
  return cut(allWords(title).join(' '), maxKeyLength);
}

/** A range of words: from `from`, below `below`; both ends as the database compares them, by code point. */
export interface WordRange {
  readonly from: string;
  readonly below: string;
}

/** One range for each word of a search, all of which a title must meet: words that begin with it; a single letter only itself. */
export function searchRanges(search: string): WordRange[] {
  return wordsOf(search, maxSearchWords).map((word) => ({
    from: word,
    below: [...word].length === 1 ? `${word}\0` : `${word}\u{10FFFF}`,
  }));
}

function wordsOf(text: string, max: number): string[] {
  return [...new Set(allWords(text).map((word) => cut(word, maxWordLength)))].slice(0, max);
}

function allWords(text: string): string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** By code points: half a surrogate pair is no text. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : [...text].slice(0, length).join('');
}
