/** Lays out nested brackets as a formatter would: on one line where it fits, else an item a line. */
import { scriptLimits } from './options.ts';

export type Doc = string | Group;

export interface Group {
  /** With whatever stands before it: `headers: {`. */
  readonly open: string;
  readonly items: readonly Doc[];
  readonly close: string;
  /** Between the brackets and the items on one line: a space in JavaScript's objects. */
  readonly pad: string;
  /** A call whose last argument is opened on the line of the call. */
  readonly hug: boolean;
}

export function group(open: string, items: readonly Doc[], close: string, pad: string = ''): Group {
  return { open, items, close, pad, hug: false };
}

/** A call with its last argument hugged. */
export function call(open: string, items: readonly Doc[], close: string = ')'): Group {
  return { open, items, close, pad: '', hug: true };
}

/** Puts a text before what the doc opens with. */
export function prefixed(prefix: string, doc: Doc): Doc {
  return typeof doc === 'string' ? prefix + doc : { ...doc, open: prefix + doc.open };
}

/** Puts a text behind what the doc closes with. */
export function suffixed(doc: Doc, suffix: string): Doc {
  return typeof doc === 'string' ? doc + suffix : { ...doc, close: doc.close + suffix };
}

/** The lines of a doc, each indented by `indent` columns; `step` columns a level. */
export function layOut(doc: Doc, indent: number, step: number): string {
  return ' '.repeat(indent) + laidOut(doc, indent, step);
}

function laidOut(doc: Doc, indent: number, step: number): string {
  const flat = flatten(doc);
  // One column stays free for the comma or semicolon behind it.
  if (typeof doc === 'string' || indent + flat.length < scriptLimits.columns) return flat;
  const last = doc.items.at(-1);
  if (doc.hug && last !== undefined && typeof last !== 'string') {
    const head = [...doc.items.slice(0, -1).map(flatten), last.open].join(', ');
    if (indent + doc.open.length + head.length <= scriptLimits.columns) {
      const before = doc.items.slice(0, -1).map((item) => `${flatten(item)}, `);
      return `${doc.open}${before.join('')}${broken(last, indent, step)}${doc.close}`;
    }
  }
  return broken(doc, indent, step);
}

function broken({ open, items, close }: Group, indent: number, step: number): string {
  if (items.length === 0) return open + close;
  const lines = items.map((item) => `${layOut(item, indent + step, step)},\n`);
  return `${open}\n${lines.join('')}${' '.repeat(indent)}${close}`;
}

function flatten(doc: Doc): string {
  if (typeof doc === 'string') return doc;
  if (doc.items.length === 0) return doc.open + doc.close;
  return `${doc.open}${doc.pad}${doc.items.map(flatten).join(', ')}${doc.pad}${doc.close}`;
}
