/** JavaScript of values, texts and objects; whatever they hold, they stay literals. */
import type { JsonValue } from '@palier/protocol';
import { type Doc, group, prefixed } from '../layout.ts';
import { quote } from '../naming.ts';
import { type Piece, piecesOf, targetText, type Value, type Values } from '../texts.ts';

/** The names in the script. */
export interface Names {
  readonly values: Values;
  /** The variable of a row, draw or taken value. */
  readonly variable: (first: string) => string;
  /** Says that a function of the script's end is used, and gives its name. */
  readonly use: (helper: Helper) => string;
}

export type Helper = 'pick' | 'randomInt' | 'valueAt' | 'headerOf' | 'same' | 'urlPart' | 'multipart' | 'inHold';

export function string(text: string): string {
  const inner = quote(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'");
  return `'${inner}'`;
}

/** A text with its values put in. */
export function text(template: string, names: Names): string {
  const pieces = piecesOf(template, names.values);
  const [only] = pieces;
  if (pieces.length === 1 && typeof only === 'object' && only.text) return expression(only, names);
  return joined(pieces, (value) => expression(value, names));
}

/** A path, with what may not stand in a URL percent-encoded. */
export function url(path: string, names: Names): string {
  const pieces = piecesOf(path, names.values).map((piece) => (typeof piece === 'string' ? targetText(piece) : piece));
  const inside = joined(pieces, (value) => {
    const plain = expression(value, names);
    return value.urlSafe ? plain : `${names.use('urlPart')}(${plain})`;
  });
  return `\`\${baseUrl}${inside.startsWith('`') ? inside.slice(1) : `${escapeTemplate(inside.slice(1, -1))}\``}`;
}

/** A JSON value; a text that is one `{{…}}` becomes the value itself. */
export function json(value: JsonValue, names: Names): Doc {
  if (typeof value === 'string') {
    const pieces = piecesOf(value, names.values);
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined && typeof only !== 'string'
      ? expression(only, names)
      : text(value, names);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value))
    return group(
      '[',
      value.map((item) => json(item, names)),
      ']',
    );
  return object(Object.entries(value).map(([key, item]): [string, Doc] => [key, json(item, names)]));
}

/** A value as it stands, no `{{…}}` looked for. */
export function literal(value: JsonValue): Doc {
  if (typeof value === 'string') return string(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return group('[', value.map(literal), ']');
  return object(Object.entries(value).map(([key, item]): [string, Doc] => [key, literal(item)]));
}

export function object(entries: readonly (readonly [key: string, value: Doc])[]): Doc {
  const items = entries.map(([key, value]) => {
    // Written plainly it would set the prototype.
    if (key === '__proto__') return prefixed("['__proto__']: ", value);
    if (!/^[A-Za-z_]\w*$/.test(key)) return prefixed(`${string(key)}: `, value);
    return key === value ? key : prefixed(`${key}: `, value);
  });
  return group('{', items, '}', ' ');
}

function expression({ first, path }: Value, { variable }: Names): string {
  return path.reduce(
    (inner, key) => `${inner}${/^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${string(key)}]`}`,
    variable(first),
  );
}

/** A string, or a template literal; in quotes of either kind. */
function joined(pieces: readonly Piece[], put: (value: Value) => string): string {
  if (pieces.every((piece) => typeof piece === 'string')) return string(pieces.join(''));
  const inner = pieces.map((piece) => (typeof piece === 'string' ? templatePart(piece) : `\${${put(piece)}}`));
  return `\`${inner.join('')}\``;
}

function templatePart(text: string): string {
  return escapeTemplate(quote(text).slice(1, -1).replace(/\\"/g, '"'));
}

/** Of a text that is escaped as a string already. */
function escapeTemplate(escaped: string): string {
  return escaped.replace(/`/g, '\\`').replace(/\$\{/g, '\\${');
}
