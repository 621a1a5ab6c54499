/**
 * Texts with `{{…}}` in them, compiled once: pieces of fixed text and slots that look their value up.
 *
 * `{{name}}` and `{{name.part.0}}`: the first part is a row of data, a draw, or what an earlier answer gave; the rest leads into it.
 */
import type { JsonValue } from '@palier/protocol';

/** What a value is looked up in: one user in one task. */
export interface Values {
  /** Counts the users; a replaced user's successor has a number of its own. */
  readonly number: number;
  /** See draws.ts. */
  readonly task: number;
  /** What earlier answers gave, by place. */
  readonly taken: (JsonValue | undefined)[];
  /** See trace.ts. */
  readonly traceUser: number;
  readonly traceRequest: number;
  /** The name of the value that the last rendering lacked. */
  missing: string;
}

export type LookUp = (values: Values) => JsonValue | undefined;
/** Finds the look-up of a name's first part. */
export type Names = (name: string) => LookUp;

export interface Slot {
  readonly name: string;
  readonly value: LookUp;
  readonly write: (value: JsonValue) => string;
}
export type Piece = string | Slot;
/** Fixed text, or pieces. */
export type Text = string | readonly Piece[];

const placeholder = /\{\{([^{}]*)\}\}/g;

/** Compiles a text; `fixed` writes what stands in it, `write` what is put in. */
export function compileText(
  text: string,
  names: Names,
  write: Slot['write'],
  fixed: (text: string) => string = same,
): Text {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(placeholder)) {
    if (match.index > at) pieces.push(fixed(text.slice(at, match.index)));
    pieces.push(slotOf(match[1] as string, names, write));
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push(fixed(text.slice(at)));
  return joinPieces(pieces);
}

/** The slot of a text that is nothing but one `{{…}}`: it stands for the value itself, not for its text. */
export function onlySlot(text: string, names: Names, write: Slot['write']): Slot | null {
  const match = /^\{\{([^{}]*)\}\}$/.exec(text);
  return match === null ? null : slotOf(match[1] as string, names, write);
}

/** Puts texts behind one another; adjoining fixed pieces become one. */
export function joinTexts(texts: readonly Text[]): Text {
  return joinPieces(texts.flatMap((text): readonly Piece[] => (typeof text === 'string' ? [text] : text)));
}

/** The text with its values; undefined when one is missing, whose name is then `values.missing`. */
export function renderText(text: Text, values: Values): string | undefined {
  if (typeof text === 'string') return text;
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const piece = text[i] as Piece;
    if (typeof piece === 'string') result += piece;
    else {
      const value = piece.value(values);
      if (value === undefined) {
        values.missing = piece.name;
        return undefined;
      }
      result += piece.write(value);
    }
  }
  return result;
}

/** What stands at the path; undefined when nothing does. */
export function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let at: unknown = value;
  for (const key of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at as JsonValue | undefined;
}

/** A text as it is; anything else as JSON. */
export function plain(value: JsonValue): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function slotOf(inside: string, names: Names, write: Slot['write']): Slot {
  const name = inside.trim();
  const [first = '', ...path] = name.split('.');
  const root = names(first);
  return { name, value: path.length === 0 ? root : (values) => valueAt(root(values), path), write };
}

function joinPieces(pieces: readonly Piece[]): Text {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece;
    else if (piece !== '') joined.push(piece);
  }
  if (joined.length === 0) return '';
  return joined.length === 1 && typeof joined[0] === 'string' ? joined[0] : joined;
}

function same(text: string): string {
  return text;
}
