/**
 * The names of a release, by the grammar of the eBOOK rules [2022]:
 * Author.Title.Year.LANGUAGE.SOURCE.TAG.FORMAT.eBOOK-GROUP for the directory (at most 243 characters), 8.3 for what lies in it. Of a magazine, a
 * comic or a manga Title.Issue.Year.LANGUAGE.SOURCE.TAG.MAGAZiNE.FORMAT.eBOOK-GROUP: the rules have variants for them; this one is ours.
 *
 * Only A-Z, a-z, 0-9, "." and "-", whatever the book is called: every file system, shell and URL carries them.
 */
import type { BookMetadata } from '../epub/package.ts';
import type { PackingOptions } from './options.ts';

export interface Naming {
  readonly metadata: Pick<BookMetadata, 'title' | 'creators' | 'date' | 'language'>;
  /** A-Z and 0-9, 2 to 100 of them. */
  readonly group: string;
  readonly options: Pick<PackingOptions, 'source' | 'tag' | 'kind' | 'issue'>;
}

const maxDirectory = 243;
const maxArchiveFile = 140;
const maxAuthor = 60;
const maxIssue = 40;
const untitled = 'Untitled';
/** Letters that Unicode does not take apart into a Latin one and a mark. */
const letters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ø: 'o',
  Ø: 'O',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  þ: 'th',
  Þ: 'Th',
  ı: 'i',
};
const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

export function directoryName(naming: Naming): string {
  const { metadata, group, options } = naming;
  const end = [
    issueOf(options),
    yearOf(metadata.date),
    languageOf(metadata.language),
    options.source,
    options.tag,
    options.kind,
    'EPUB',
    `eBOOK-${group}`,
  ];
  return headOf(naming, maxDirectory, end);
}

/** The name of the book itself inside the archives. */
export function payloadName(naming: Naming): string {
  // Room for ".001".
  return headOf(naming, maxArchiveFile - 4, [issueOf(naming.options), yearOf(naming.metadata.date), 'epub']);
}

/** What all files of a release begin with: at most six letters and digits, so that two digits more keep to 8.3. */
export function shortName({ metadata, group }: Naming): string {
  const words = dotted(metadata.title ?? '').split(/[.-]/);
  const initials = words.map((word) => word.charAt(0)).join('');
  return (group.slice(0, 3) + initials.slice(0, 3)).toLowerCase();
}

/** `number` from 1; two digits, since there are 99 at most. */
export function volumeName(short: string, number: number): string {
  return `${short}${String(number).padStart(2, '0')}.zip`;
}

/** Author and title, cut so that all of `ends` fits. */
function headOf({ metadata, options }: Naming, maxLength: number, ends: readonly (string | null)[]): string {
  const end = ends.map((part) => (part === null ? '' : `.${part}`)).join('');
  const author = options.kind === null ? cut(dotted(metadata.creators[0] ?? ''), maxAuthor) : '';
  const title = dotted(metadata.title ?? '') || untitled;
  const head = author === '' ? title : `${author}.${title}`;
  return (cut(head, maxLength - end.length) || untitled.slice(0, maxLength - end.length)) + end;
}

/** Two issues of one title differ in it, so it is never what is cut away. */
function issueOf({ kind, issue }: Naming['options']): string | null {
  return kind === null ? null : cut(dotted(issue ?? ''), maxIssue) || null;
}

function yearOf(date: string | null): string | null {
  return /^(\d{4})(?!\d)/.exec(date ?? '')?.[1] ?? null;
}

/** In English, in capitals; null for English itself and for what is no language. */
function languageOf(tag: string | null): string | null {
  const primary = /^[A-Za-z]{2,3}(?![A-Za-z0-9])/.exec(tag ?? '')?.[0]?.toLowerCase();
  if (primary === undefined || primary === 'en' || primary === 'eng' || primary === 'und') return null;
  return dotted(languages.of(primary) ?? '').toUpperCase() || null;
}

function dotted(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]/gu, (letter) => letters[letter] ?? ' ')
    .replace(/['`]/g, '')
    .replace(/[^A-Za-z0-9-]+/g, '.')
    .replace(/-{2,}/g, '-')
    .replace(/[.-]*\.[.-]*/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '');
}

function cut(text: string, length: number): string {
  return text.slice(0, Math.max(0, length)).replace(/[.-]+$/, '');
}
