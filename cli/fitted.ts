/** Breaks lines between words, so that what follows stays under what the line began with; a word that is too long has a line of its own. */
import { stripVTControlCharacters } from 'node:util';

/** A narrower terminal breaks the lines itself. */
const narrowest = 40;
const start = /^ *(?:[✔✘→] )?/;

/** To the width of a terminal. `columns`: null where no terminal is, whose lines are to be found by a search for their sentences. */
export function fitted(lines: readonly string[], columns: number | null): string[] {
  if (columns === null || columns < narrowest) return [...lines];
  return lines.flatMap((line) => wrapped(line, columns));
}

/** The line in lines of at most so many characters, however few these are. */
export function wrapped(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = ' '.repeat((start.exec(stripVTControlCharacters(line)) as RegExpExecArray)[0].length);
  const out: string[] = [];
  // The words with the blanks before them: a table keeps its columns as far as they fit.
  for (const word of line.match(/\s*\S+/gu) ?? []) {
    const last = out.at(-1);
    if (last === undefined) out.push(word);
    else if (widthOf(last) + widthOf(word) <= columns || widthOf(last) <= indent.length)
      out[out.length - 1] = last + word;
    else out.push(indent + word.trimStart());
  }
  return out;
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
