/** Python of values, texts and objects; whatever they hold, they stay literals. */
import type { JsonValue } from '@palier/protocol';
import { type Doc, group, prefixed } from '../layout.ts';
import { quote } from '../naming.ts';
import { type Piece, piecesOf, targetText, type Value, type Values } from '../texts.ts';

/** The names in the script. */
export interface Names {
  readonly values: Values;
  /** The variable of a row, draw or taken value. */
  readonly variable: (first: string) => string;
  /** Says that a function of the script is used, and gives its name. */
  readonly use: (helper: Helper) => string;
}

export type Helper = 'text' | 'value_at' | 'json_of' | 'same' | 'quote';

/** A JSON string is a Python string; in single quotes where that saves escapes. */
export function string(text: string): string {
  if (!text.includes('"') || text.includes("'")) return quote(text);
  return `'${quote(text).slice(1, -1).replace(/\\"/g, '"')}'`;
}

export function text(template: string, names: Names): string {
  const pieces = piecesOf(template, names.values);
  const [only] = pieces;
  if (pieces.length === 1 && typeof only === 'object' && only.text) return expression(only, names, string);
  return joined(pieces, names, (value) => {
    const plain = expression(value, names, quoted);
    return value.plain ? plain : `${names.use('text')}(${plain})`;
  });
}

/** A path, with what may not stand in a URL percent-encoded. */
export function url(path: string, names: Names): string {
  const pieces = piecesOf(path, names.values).map((piece) => (typeof piece === 'string' ? targetText(piece) : piece));
  return joined(pieces, names, (value) => {
    const plain = expression(value, names, quoted);
    if (value.urlSafe) return plain;
    return `${names.use('quote')}(${names.use('text')}(${plain}), safe=URL_SAFE)`;
  });
}

/** A JSON value; a text that is one `{{…}}` becomes the value itself. */
export function json(value: JsonValue, names: Names): Doc {
  if (typeof value !== 'string') return structure(value, (item) => json(item, names));
  const pieces = piecesOf(value, names.values);
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined && typeof only !== 'string'
    ? expression(only, names, string)
    : text(value, names);
}

/** A value as it stands, no `{{…}}` looked for. */
export function literal(value: JsonValue): Doc {
  return typeof value === 'string' ? string(value) : structure(value, literal);
}

export function dictionary(entries: readonly (readonly [key: string, value: Doc])[]): Doc {
  return group(
    '{',
    entries.map(([key, value]) => prefixed(`${string(key)}: `, value)),
    '}',
  );
}

function structure(value: Exclude<JsonValue, string>, inner: (value: JsonValue) => Doc): Doc {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return group('[', value.map(inner), ']');
  return dictionary(Object.entries(value).map(([key, item]): [string, Doc] => [key, inner(item)]));
}

/** `put` quotes: inside an f-string otherwise than where the expression stands alone. */
function expression({ first, path, kind }: Value, names: Names, put: (text: string) => string): string {
  const variable = names.variable(first);
  const [column] = path;
  if (column === undefined) return variable;
  if (path.length === 1 && kind !== 'taken' && kind !== 'taken-by-start') return `${variable}[${put(column)}]`;
  return `${names.use('value_at')}(${variable}, ${put(path.join('.'))})`;
}

/** In single quotes where it can be: a double quote would end an f-string. */
function quoted(text: string): string {
  return /^[\w .-]*$/.test(text) ? `'${text}'` : string(text);
}

/** A string, an f-string, or, where an expression holds what an f-string may not, a sum. */
function joined(pieces: readonly Piece[], names: Names, put: (value: Value) => string): string {
  if (pieces.every((piece) => typeof piece === 'string')) return string(pieces.join(''));
  const parts = pieces.map((piece) => (typeof piece === 'string' ? piece : { expression: put(piece) }));
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'object') {
    return only.expression.startsWith(`text(`) || only.expression.startsWith('quote(')
      ? only.expression
      : `${names.use('text')}(${only.expression})`;
  }
  if (parts.some((part) => typeof part === 'object' && /["\\{}]/.test(part.expression))) {
    return parts
      .map((part) => (typeof part === 'string' ? string(part) : `${names.use('text')}(${part.expression})`))
      .join(' + ');
  }
  const inner = parts.map((part) =>
    typeof part === 'string' ? quote(part).slice(1, -1).replace(/[{}]/g, '$&$&') : `{${part.expression}}`,
  );
  return `f"${inner.join('')}"`;
}
