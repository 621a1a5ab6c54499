/**
 * Command lines as strangers write them, and what is made of them: a fixed port becomes `$PORT`, and what needs no shell gets none.
 */
import type { Candidate } from './folder.ts';

/** `--port 3000`, `-p=3000`. */
const portOption = /(^|\s)(--?(?:p|port|http-port|server\.port))([ =])\d{2,5}(?=\s|$)/g;
/** `0.0.0.0:8000`, `:8080`, after a space or an equals sign. */
const address = /(^|[\s=])(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]|\*)?:\d{2,5}(?=\s|$)/g;
/** `${PORT:-3000}`: palier always sets it. */
const defaulted = /\$\{PORT:?-\d+\}/g;

/** What only a shell understands. */
const needsShell = /[|&;<>()$`"'\\*?#~[\]{}]|^\w+=/;
/** Several commands: the shell must stay. */
const compound = /[|&;<>]/;

/** The line with a fixed port replaced by `$PORT`. */
export function withPort(line: string): string {
  return line.replace(defaulted, '$PORT').replace(portOption, '$1$2$3"$PORT"').replace(address, '$1127.0.0.1:$PORT');
}

/** argv where the line is plain words, else a line for the shell, which gives its place to the program where that is one. */
export function commandOf(line: string): Candidate['command'] {
  const plain = line.trim();
  const [first, ...more] = plain.split(/\s+/) as [string, ...string[]];
  if (!needsShell.test(plain)) return [first, ...more];
  return compound.test(plain) || /^(exec|cd|export|\w+=)/.test(plain) ? plain : `exec ${plain}`;
}

/** argv as one line: each word quoted for the shell where it must be, `$PORT` left to it. */
export function lineOf(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./$-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
}
