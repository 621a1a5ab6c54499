/** How a release is packed: what the user can choose, the defaults, and what is refused. */
import { invalidValue } from '../errors.ts';

/** Where the book comes from; the eBOOK rules write them so. */
export const sources = ['RETAiL', 'HYBRiD', 'SCAN'] as const;
export const tags = ['READNFO', 'NFOFiX', 'DiRFiX', 'iNTERNAL', 'PROPER'] as const;
/** What is no book has a number or a date, and is named by it instead of by an author. */
export const periodicals = ['MAGAZiNE', 'COMiC', 'MANGA'] as const;
/** Sizes of a volume, in millions of bytes; from the same rules. */
export const volumeSizesMb = [5, 10, 50, 100, 150, 200, 250] as const;

export type Source = (typeof sources)[number];
export type Tag = (typeof tags)[number];
export type Periodical = (typeof periodicals)[number];

export interface PackingOptions {
  /** Default RETAiL. */
  readonly source: Source;
  /** Default: none. */
  readonly tag: Tag | null;
  /** Default, null: a book. */
  readonly kind: Periodical | null;
  /** 1 MB is 1 000 000 bytes. Default, null: the smallest with which there are 99 volumes at most. */
  readonly volumeMb: (typeof volumeSizesMb)[number] | null;
  /** Where the book can be had, for the NFO. Default: none. */
  readonly link: string | null;
  /** Of a periodical, for its names and the NFO. Default: none. */
  readonly issue: string | null;
}

export const defaultPacking: PackingOptions = {
  source: 'RETAiL',
  tag: null,
  kind: null,
  volumeMb: null,
  link: null,
  issue: null,
};

/** The largest release: 99 volumes. */
export const maxVolumes = 99;

const maxLink = 300;
const maxIssue = 40;

/** Sent options over those that were there; what is not sent stays. Throws REQUEST_INVALID, naming the field. */
export function readPacking(
  sent: Readonly<Record<string, unknown>>,
  before: PackingOptions = defaultPacking,
): PackingOptions {
  const known = ['source', 'tag', 'kind', 'volume_mb', 'link', 'issue'];
  const unknown = Object.keys(sent).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalidValue('The field', unknown, `one of ${known.join(', ')}`);
  return {
    source: 'source' in sent ? oneOf('source', sources, sent['source']) : before.source,
    tag: 'tag' in sent ? orNull(sent['tag'], (value) => oneOf('tag', tags, value)) : before.tag,
    kind: 'kind' in sent ? orNull(sent['kind'], (value) => oneOf('kind', periodicals, value)) : before.kind,
    volumeMb:
      'volume_mb' in sent
        ? orNull(sent['volume_mb'], (value) => oneOf('volume_mb', volumeSizesMb, value))
        : before.volumeMb,
    link: 'link' in sent ? orNull(sent['link'], linkOf) : before.link,
    issue: 'issue' in sent ? orNull(sent['issue'], issueOf) : before.issue,
  };
}

function orNull<Value>(sent: unknown, read: (sent: unknown) => Value): Value | null {
  return sent === null || sent === '' ? null : read(sent);
}

/** Texts in any case. */
function oneOf<const Known extends string | number>(what: string, known: readonly Known[], sent: unknown): Known {
  const found = known.find((one) => String(one).toLowerCase() === String(sent).toLowerCase());
  if (found === undefined) throw invalidValue(what, sent, `one of ${known.join(', ')}`);
  return found;
}

function linkOf(sent: unknown): string {
  const url = typeof sent === 'string' && sent.length <= maxLink ? URL.parse(sent) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw invalidValue('link', sent, `an http or https address of at most ${maxLink} characters`);
  }
  return url.href;
}

function issueOf(sent: unknown): string {
  if (typeof sent === 'string' && sent.length <= maxIssue) return sent;
  throw invalidValue('issue', sent, `at most ${maxIssue} characters`);
}
