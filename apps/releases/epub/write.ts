/** Writes a small EPUB 3: chapters of XHTML, a table of contents, the metadata. The same book for the same chapters, byte by byte. */
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

export interface Chapter {
  readonly title: string;
  /** The inside of an XHTML body; escaped by who writes it. */
  readonly body: string;
}

export interface Book {
  readonly title: string;
  readonly creators: readonly string[];
  readonly language: string;
  readonly publisher: string;
  /** ISO 8601. */
  readonly date: string;
  readonly identifier: string;
  readonly description: string;
  readonly subjects: readonly string[];
  readonly chapters: readonly Chapter[];
}

/** The time of every entry: an archive has no other reason to differ. */
const entryTime = new Date(Date.UTC(2000, 0, 1, 12));

export async function writeEpub(book: Book): Promise<Buffer> {
  const zip = new ZipFile();
  // First, and stored: that is how a file is known as EPUB (OCF 3.3, section 4.3).
  zip.addBuffer(Buffer.from('application/epub+zip'), 'mimetype', entry(false));
  const add = (name: string, content: string): void => zip.addBuffer(Buffer.from(content), name, entry(true));
  add('META-INF/container.xml', container);
  add('EPUB/package.opf', packageOf(book));
  add('EPUB/nav.xhtml', page(book.title, `<nav epub:type="toc"><h1>Contents</h1><ol>${contentsOf(book)}</ol></nav>`));
  book.chapters.forEach((chapter, i) => add(`EPUB/${fileOf(i)}`, page(chapter.title, chapter.body)));
  zip.end();
  return buffer(zip.outputStream);
}

/** A text as it stands in XML: marked up characters escaped, those that XML cannot hold left out. */
export function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] as string);
}

function entry(compress: boolean) {
  return { mtime: entryTime, mode: 0o100644, compress, forceDosTimestamp: true };
}

const container = `<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
`;

function packageOf(book: Book): string {
  const dc = (name: string, value: string, attributes = ''): string =>
    `    <dc:${name}${attributes}>${xmlText(value)}</dc:${name}>\n`;
  const metadata = [
    dc('identifier', book.identifier, ' id="id"'),
    dc('title', book.title),
    ...book.creators.map((creator) => dc('creator', creator)),
    dc('language', book.language),
    dc('publisher', book.publisher),
    dc('date', book.date),
    dc('description', book.description),
    ...book.subjects.map((subject) => dc('subject', subject)),
    `    <meta property="dcterms:modified">${book.date.slice(0, 10)}T00:00:00Z</meta>\n`,
  ].join('');
  const ids = book.chapters.map((_, i) => `c${i + 1}`);
  const items = ids.map((id, i) => `    <item id="${id}" href="${fileOf(i)}" media-type="application/xhtml+xml"/>\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
${metadata}  </metadata>
  <manifest>
    <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
${items.join('')}  </manifest>
  <spine>${ids.map((id) => `<itemref idref="${id}"/>`).join('')}</spine>
</package>
`;
}

function contentsOf(book: Book): string {
  return book.chapters.map((chapter, i) => `<li><a href="${fileOf(i)}">${xmlText(chapter.title)}</a></li>`).join('');
}

function page(title: string, body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>${xmlText(title)}</title></head>
<body>${body}</body>
</html>
`;
}

function fileOf(chapter: number): string {
  return `chapter-${chapter + 1}.xhtml`;
}
