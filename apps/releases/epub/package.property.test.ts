import fc from 'fast-check';
import { expect, test } from 'vitest';
import { epubLimits } from './limits.ts';
import { packagePath, readPackage } from './package.ts';
import { readXml } from './xml.ts';
import { xmlText } from './write.ts';

const dc = 'xmlns:dc="http://purl.org/dc/elements/1.1/"';

function opf(metadata: string, attributes = ''): Buffer {
  return Buffer.from(
    `<?xml version="1.0"?><package version="3.0" ${attributes}><metadata ${dc}>${metadata}</metadata></package>`,
  );
}

test('Title, creators, language, publisher, date, identifier, description and subjects come back as written', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
    .map(folded)
    .filter((text) => text !== '');
  const book = fc.record({
    title: text,
    creators: fc.uniqueArray(text, { maxLength: 5 }),
    subjects: fc.uniqueArray(text, { maxLength: 5 }),
  });
  fc.assert(
    fc.property(book, ({ title, creators, subjects }) => {
      const list = (name: string, values: string[]): string =>
        values.map((value) => `<dc:${name}>\n  ${xmlText(value)} </dc:${name}>`).join('');
      const read = readPackage(
        opf(list('title', [title, 'A second title']) + list('creator', creators) + list('subject', subjects)),
        epubLimits,
      );
      expect(read).toMatchObject({ title, creators, subjects, language: null, publisher: null });
    }),
  );
});

test('The identifier is the one that the package calls unique, and otherwise the first', () => {
  const two = '<dc:identifier>one</dc:identifier><dc:identifier id="b">two</dc:identifier>';
  expect(readPackage(opf(two, 'unique-identifier="b"'), epubLimits)?.identifier).toBe('two');
  expect(readPackage(opf(two, 'unique-identifier="x"'), epubLimits)?.identifier).toBe('one');
});

test('UTF-16, a byte order mark and a declared Latin-1 are read as what they are', () => {
  const text = opf('<dc:title>Café</dc:title>').toString();
  const title = (bytes: Uint8Array): unknown => readPackage(bytes, epubLimits)?.title;
  expect(title(Buffer.from(`\uFEFF${text}`))).toBe('Café');
  expect(title(Buffer.from(`\uFEFF${text}`, 'utf16le'))).toBe('Café');
  expect(title(Buffer.from(`\uFEFF${text}`, 'utf16le').swap16())).toBe('Café');
  expect(title(Buffer.from(text.replace('?>', ' encoding="ISO-8859-1"?>'), 'latin1'))).toBe('Café');
  expect(() => title(Buffer.from(text, 'latin1'))).toThrow(/not in utf-8/);
});

test('Long texts and long lists are cut', () => {
  const many = Array.from({ length: 500 }, (_, i) => `<dc:subject>${i}</dc:subject>`).join('');
  const read = readPackage(opf(`<dc:title>${'😀'.repeat(2000)}</dc:title>${many}`), epubLimits);
  expect([...(read?.title ?? '')]).toHaveLength(500);
  expect(read?.subjects).toHaveLength(50);
});

test('Declared entities are refused before one is expanded; unknown ones, cut-off and too deep documents too', () => {
  const laughs = '<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>';
  const bad = [
    `<?xml version="1.0"?>${laughs}<package/>`,
    `<?xml version="1.0"?>${laughs}<package><metadata><dc:title>&b;</dc:title></metadata></package>`,
    '<package><metadata><dc:title>&file;</dc:title></metadata></package>',
    '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><package>&x;</package>',
    '<package><metadata>',
    '<a>'.repeat(100) + '</a>'.repeat(100),
    '',
    'no XML',
  ];
  for (const text of bad) {
    expect(() => readPackage(Buffer.from(text), epubLimits)).toThrow(
      expect.objectContaining({ code: 'EPUB_MALFORMED' }),
    );
  }
});

test('Any bytes are either read or refused, and nothing else happens', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.string().map((text) => Buffer.from(`<package>${text}`)),
      ),
      (bytes) => {
        for (const read of [readPackage, packagePath]) {
          expect(outcome(() => read(bytes, epubLimits))).toMatch(/^(read|EPUB_MALFORMED)$/);
        }
      },
    ),
  );
});

test('The container names the package; another kind of rootfile does not count', () => {
  const container = (rootfiles: string): Buffer =>
    Buffer.from(`<container><rootfiles>${rootfiles}</rootfiles></container>`);
  const pdf = '<rootfile full-path="a.pdf" media-type="application/pdf"/>';
  const good = '<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/>';
  expect(packagePath(container(pdf + good), epubLimits)).toBe('b.opf');
  expect(packagePath(container(pdf), epubLimits)).toBeUndefined();
  expect(packagePath(container(''), epubLimits)).toBeUndefined();
});

test('What xmlText writes, the reader reads', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      let read = '';
      readXml(Buffer.from(`<a>${xmlText(text)}</a>`), 'a', 5, { close: (_, inside) => void (read = inside) });
      // XML folds line ends, and cannot hold control characters or half a character.
      expect(read.replaceAll('\n', '')).toBe(
        xmlText(text)
          .replace(
            /&(amp|lt|gt|quot);/g,
            (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] as string,
          )
          .replace(/[\r\n]/g, ''),
      );
    }),
  );
});

function folded(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** `read`, or the code of the error. */
function outcome(read: () => unknown): unknown {
  try {
    read();
    return 'read';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
