/** Names of a script: each thing gets one that its language allows, that nothing else has, and that is as near to its own as can be. */

/** `key` tells things apart that may be called alike. The same key gives the same name. */
export type Name = (key: string, wanted: string) => string;

export function namer(reserved: Iterable<string>, style: 'camel' | 'snake'): Name {
  const used = new Set(reserved);
  const known = new Map<string, string>();
  return (key, wanted) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const plain = identifier(wanted, style);
    let name = plain;
    // PEP 8 ends a name that Python has for itself with an underscore.
    if (style === 'snake' && used.has(name)) name = `${plain}_`;
    for (let count = 2; used.has(name); count++) name = `${plain}${style === 'snake' ? '_' : ''}${count}`;
    used.add(name);
    known.set(key, name);
    return name;
  };
}

/** Words of ASCII letters and digits; the rest parts them. A leading underscore would mean something in Python. */
function identifier(wanted: string, style: 'camel' | 'snake'): string {
  const words = wanted.split(/[^A-Za-z0-9_]+/).filter((word) => word !== '');
  const [first = '', ...rest] = words;
  const joined =
    style === 'snake'
      ? words.join('_')
      : first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const name = joined.replace(/^_+/, '').slice(0, 60);
  return /^[A-Za-z]/.test(name) ? name : `value${name === '' ? '' : '_'}${name}`;
}

/** A text as one line of a comment: what ends a line, and what no source may hold, becomes a space. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}

/** The lines of a comment, each begun by `mark`; what is longer than `columns` goes on in the next, as far in as the text of a list. */
export function comment(mark: string, lines: readonly string[], columns: number): string {
  return lines
    .flatMap((line) => wrapped(oneLine(line), columns - mark.length - 1))
    .map((line) => `${mark} ${line}`.trimEnd())
    .join('\n');
}

function wrapped(line: string, columns: number): string[] {
  const indent = line.startsWith('- ') ? '  ' : '';
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current.trim() !== '' && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}

/** A text in double quotes, as JSON, JavaScript and Python read it; also what ends a line for some of their readers is escaped. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (end) => (end === '\u2028' ? '\\u2028' : '\\u2029'));
}
