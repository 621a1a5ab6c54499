/** What a book says of itself: the Dublin Core metadata of its OPF package (EPUB 3.3, section 5.5), and where the package lies. */
import type { EpubLimits } from './limits.ts';
import { readXml } from './xml.ts';

/** Texts are trimmed, their white space folded, and cut at the lengths of `textLimits`; what the book does not say is null or empty. */
export interface BookMetadata {
  readonly title: string | null;
  readonly creators: readonly string[];
  readonly language: string | null;
  readonly publisher: string | null;
  readonly date: string | null;
  readonly identifier: string | null;
  readonly description: string | null;
  readonly subjects: readonly string[];
}

/** Characters kept of a text, and texts of a list. */
export const textLimits = { title: 500, description: 4000, other: 300, creators: 20, subjects: 50 } as const;

const packageType = 'application/oebps-package+xml';

/** The path of the package in the archive, as META-INF/container.xml names it; undefined when it names none. Throws EPUB_MALFORMED. */
export function packagePath(container: Uint8Array, limits: EpubLimits): string | undefined {
  let path: string | undefined;
  readXml(container, 'META-INF/container.xml', limits.maxXmlDepth, {
    open({ name, attributes }) {
      const type = attributes['media-type'];
      if (name === 'rootfile' && (type === undefined || type === packageType)) path ??= attributes['full-path'];
    },
  });
  return path;
}

/** Throws EPUB_MALFORMED; undefined when the document is no OPF package. */
export function readPackage(opf: Uint8Array, limits: EpubLimits): BookMetadata | undefined {
  const found = new Map<string, string[]>();
  let identifierId: string | undefined;
  let identifier: string | undefined;
  let isPackage = false;
  readXml(opf, 'The OPF package', limits.maxXmlDepth, {
    open({ name, attributes, within }) {
      if (within.length > 0 || name !== 'package') return;
      isPackage = true;
      identifierId = attributes['unique-identifier'];
    },
    close({ name, attributes, within }, text) {
      if (!within.includes('metadata')) return;
      const max =
        name === 'title' ? textLimits.title : name === 'description' ? textLimits.description : textLimits.other;
      const value = plainText(text, max);
      if (value === '') return;
      if (name === 'identifier' && attributes['id'] !== undefined && attributes['id'] === identifierId)
        identifier ??= value;
      const values = found.get(name);
      if (values === undefined) found.set(name, [value]);
      else if (values.length < textLimits.subjects) values.push(value);
    },
  });
  if (!isPackage) return undefined;
  const first = (name: string): string | null => found.get(name)?.[0] ?? null;
  return {
    title: first('title'),
    creators: [...new Set(found.get('creator'))].slice(0, textLimits.creators),
    language: first('language'),
    publisher: first('publisher'),
    date: first('date'),
    identifier: identifier ?? first('identifier'),
    description: first('description'),
    subjects: [...new Set(found.get('subject'))].slice(0, textLimits.subjects),
  };
}

/** White space folded, cut between characters. */
function plainText(text: string, max: number): string {
  const folded = text.replace(/\s+/g, ' ').trim();
  return folded.length <= max
    ? folded
    : Array.from(folded.slice(0, max * 2))
        .slice(0, max)
        .join('')
        .trimEnd();
}
