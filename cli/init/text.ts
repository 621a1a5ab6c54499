/**
 * A system file as text, with a word on why beside what a reader may want to change.
 */

/** A value with comments by the path of its keys, such as `services.web.command`; each is put on lines of its own above the key. */
export function textOf(value: unknown, comments: Readonly<Record<string, string>>): string {
  const head = lines(comments[''] ?? '', '');
  return `${head}import { defineSystem } from 'palier';\n\nexport default defineSystem(${written(value, '', '', comments)});\n`;
}

const width = 100;

function written(value: unknown, path: string, indent: string, comments: Readonly<Record<string, string>>): string {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
  const isCommented = Object.keys(comments).some((key) => path === '' || key.startsWith(`${path}.`));
  const short = isCommented ? '' : inline(value);
  if (short !== '' && indent.length + short.length + 12 <= width) return short;
  const inner = `${indent}  `;
  const rows = Array.isArray(value)
    ? value.map((item) => `${inner}${written(item, `${path}[]`, inner, comments)},\n`)
    : Object.entries(value).map(([key, item]) => {
        const own = path === '' ? key : `${path}.${key}`;
        return `${lines(comments[own] ?? '', inner)}${inner}${keyed(key)}: ${written(item, own, inner, comments)},\n`;
      });
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${rows.join('')}${indent}${close}`;
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${keyed(key)}: ${inline(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function keyed(key: string): string {
  // As a literal, this key would be the prototype.
  return key === '__proto__' ? "['__proto__']" : /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

function quoted(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll(String.raw`\"`, '"').replaceAll("'", String.raw`\'`);
  return text.includes("'") && !text.includes('"') ? JSON.stringify(text) : `'${inside}'`;
}

/** What a stranger's file told may stand in a comment: no line of it ends the comment. Broken between words. */
function lines(comment: string, indent: string): string {
  const rows =
    comment === '' ? [] : comment.split('\n').flatMap((line) => wrapped(line.split(/\s+/), width - indent.length));
  return rows.map((row) => `${indent}// ${row}\n`).join('');
}

function wrapped(words: readonly string[], most: number): string[] {
  const rows: string[] = [];
  for (const word of words) {
    const row = rows.at(-1);
    if (row === undefined || row.length + word.length + 1 > most) rows.push(word);
    else rows[rows.length - 1] = `${row} ${word}`;
  }
  return rows;
}
