/** The texts of a release: its NFO of at most 80 columns, the FILE_ID.DIZ of each volume of at most 45 columns and 30 lines. UTF-8, CRLF. */
import type { BookMetadata } from '../epub/package.ts';
import { plainLine, wrapped } from './columns.ts';
import type { PackingOptions } from './options.ts';
import { type Placeholder, placeholders } from './templates.ts';

export interface Told {
  readonly metadata: BookMetadata;
  readonly group: string;
  readonly options: PackingOptions;
  readonly directory: string;
  readonly bytes: number;
  /** The day of the release, YYYY-MM-DD. */
  readonly day: string;
}

const nfoColumns = 80;
const maxNfoLines = 400;
const dizColumns = 45;
const maxDizLines = 30;
/** Lines of a title, of the authors, and of a publisher, in a DIZ: 19 at most with the others. */
const dizShare = { title: 8, creators: 4, publisher: 4 } as const;

/** `template`: lines with `{placeholders}` (templates.ts). A line all of whose placeholders are empty is left out. */
export function nfoOf(told: Told, template: string): string {
  const values = valuesOf(told);
  const lines = template.split(/\r?\n/).flatMap((line) => nfoLines(line, values));
  return textOf(lines.slice(0, maxNfoLines));
}

/** Of the volume `number` of `count`, counted from 1. The same length in bytes for each of them. */
export function dizOf({ metadata, group, options, day }: Told, number: number, count: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const part = (text: string | null, lead: string, most: number): string[] =>
    text === null || plainLine(text) === '' ? [] : wrapped(plainLine(text), dizColumns, lead).slice(0, most);
  const lines = [
    ...part(metadata.title ?? 'Untitled', '', dizShare.title),
    ...part(metadata.creators.join(', '), 'by ', dizShare.creators),
    ...part(metadata.publisher, 'at ', dizShare.publisher),
    `${[options.source, options.kind, 'EPUB'].filter((word) => word !== null).join(' ')}, ${day}`,
    `[${two(number)}/${two(count)}]`,
    ...wrapped(group, dizColumns, '-- '),
  ];
  return textOf(lines.slice(0, maxDizLines));
}

function nfoLines(templateLine: string, values: Readonly<Record<Placeholder, string>>): string[] {
  const asked = Array.from(templateLine.matchAll(/\{(\w+)\}/g), ([, name]) => name as Placeholder);
  const known = asked.filter((name) => placeholders.includes(name));
  if (known.length > 0 && known.every((name) => values[name] === '')) return [];
  const filled = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? values[name as Placeholder] : whole,
    );
  // What stands before the first placeholder is the label, under which the lines that follow are indented.
  const at = known.length === 0 ? 0 : templateLine.indexOf(`{${known[0]}}`);
  const spaces = /^ */.exec(templateLine)?.[0].length ?? 0;
  const label = known.length === 0 ? ' '.repeat(spaces) : ' '.repeat(spaces) + plainLine(templateLine.slice(0, at));
  const lead = known.length === 0 || label.trim() === '' ? label : `${label} `;
  return wrapped(plainLine(filled(templateLine.slice(at))), nfoColumns, lead);
}

function valuesOf({ metadata, group, options, directory, bytes, day }: Told): Record<Placeholder, string> {
  const values: Record<Placeholder, string | null> = {
    release: directory,
    title: metadata.title ?? 'Untitled',
    authors: metadata.creators.join(', '),
    publisher: metadata.publisher,
    published: metadata.date,
    language: metadata.language,
    identifier: metadata.identifier,
    subjects: metadata.subjects.join(', '),
    description: metadata.description,
    issue: options.issue,
    link: options.link,
    type: options.source,
    format: 'EPUB',
    bytes: String(bytes),
    released: day,
    group,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, plainLine(value ?? '')])) as Record<
    Placeholder,
    string
  >;
}

function textOf(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}
