/** Texts with `{{…}}` in them, taken apart, and what is known of the values that stand there. */
import type { GeneratorPlan, JsonValue, PlannedStep } from '@palier/protocol';

/** What a name's first part stands for. */
export type Kind = 'each-user' | 'random' | 'draw' | 'taken-by-start' | 'taken';

export interface Value {
  /** The first part of the name, and what leads into it. */
  readonly first: string;
  readonly path: readonly string[];
  readonly kind: Kind;
  /** Known to be a string or a whole number, which every language writes alike. */
  readonly plain: boolean;
  /** Known to be a string. */
  readonly text: boolean;
  /** Known to hold only what may stand in a URL as it is. */
  readonly urlSafe: boolean;
}

export type Piece = string | Value;

/** Finds the value that a name stands for. */
export type Values = (name: string) => Value;

const placeholder = /\{\{([^{}]*)\}\}/g;
const urlSafe = /^[!$-;=?-Z_a-z~[\]]*$/;

export function piecesOf(text: string, values: Values): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(placeholder)) {
    if (match.index > at) pieces.push(text.slice(at, match.index));
    pieces.push(values((match[1] as string).trim()));
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push(text.slice(at));
  return pieces;
}

/** The fixed part of a path as it goes over the wire; as the generator writes it. */
export function targetText(text: string): string {
  return text.toWellFormed().replace(/[^!$-;=?-Z_a-z~[\]]/gu, (character) => encodeURIComponent(character));
}

/** Data before draws before what answers gave, as the generator looks them up. */
export function valuesOf(plan: GeneratorPlan<PlannedStep>): Values {
  const byStart = new Set(plan.start.flatMap((step) => Object.keys(step.take)));
  return (name) => {
    const [first = '', ...path] = name.split('.');
    const data = Object.hasOwn(plan.data, first) ? plan.data[first] : undefined;
    if (data !== undefined) {
      return { first, path, kind: data.pick, ...known(data.rows.map((row) => columnOf(row, path))) };
    }
    const draw = Object.hasOwn(plan.draw, first) ? plan.draw[first] : undefined;
    if (draw !== undefined) return { first, path, kind: 'draw', ...known('int' in draw ? draw.int : draw.oneOf) };
    return {
      first,
      path,
      kind: byStart.has(first) ? 'taken-by-start' : 'taken',
      plain: false,
      text: false,
      urlSafe: false,
    };
  };
}

/** The first parts of the names that steps use, in the order of their first use. */
export function namesUsed(steps: readonly PlannedStep[]): string[] {
  const texts = steps.flatMap(({ path, headers, body, check }) => [
    path,
    JSON.stringify(headers),
    body?.kind === 'text' ? body.text : body?.kind === 'json' ? JSON.stringify(body.json) : '',
    ...(body?.kind === 'form' ? body.parts.map((part) => ('text' in part ? part.text : '')) : []),
    check.contains ?? '',
    JSON.stringify(Object.values(check.json)),
  ]);
  const names = texts.flatMap((text) => [...text.matchAll(placeholder)].map((match) => (match[1] as string).trim()));
  return [...new Set(names.map((name) => name.split('.')[0] as string))];
}

function columnOf(row: Readonly<Record<string, JsonValue>>, path: readonly string[]): JsonValue | undefined {
  const [column] = path;
  return path.length === 1 && Object.hasOwn(row, column as string) ? row[column as string] : undefined;
}

function known(values: readonly (JsonValue | undefined)[]): Pick<Value, 'plain' | 'text' | 'urlSafe'> {
  const plain = values.length > 0 && values.every((value) => typeof value === 'string' || Number.isSafeInteger(value));
  const text = plain && values.every((value) => typeof value === 'string');
  return { plain, text, urlSafe: plain && values.every((value) => urlSafe.test(String(value))) };
}
