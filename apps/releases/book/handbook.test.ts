import { writeFile } from 'node:fs/promises';
import { temporaryFolder } from '@palier/testkit/folder';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEpub } from '../epub/read.ts';
import { readXml } from '../epub/xml.ts';
import { packHandbook } from './handbook.ts';
import { markdownToXhtml } from './markdown.ts';

const documents = [{ path: 'README.md', text: '# Palier\n\nA *landing*.\n\n```ts\nif (a < b) c();\n```\n' }];

test('The handbook is a readable EPUB, the same bytes for the same documents', async () => {
  await using folder = await temporaryFolder('book');
  const book = await packHandbook(documents, 65_536);
  expect(book.equals(await packHandbook(documents, 65_536))).toBe(true);
  await writeFile(folder.file('a.epub'), book);
  expect(await readEpub(folder.file('a.epub'))).toMatchObject({ title: 'The Palier Handbook', language: 'en' });
  // The first entry says what the file is, at the place where everybody looks.
  expect(book.subarray(30, 58).toString()).toBe('mimetypeapplication/epub+zip');
});

test('The handbook keeps its bound, however much there is to pack', async () => {
  const noise = (i: number): string =>
    Array.from({ length: 4000 }, (_, j) => ((i + 1) * (j + 7) * 2654435761) >>> 0).join(' ');
  const many = Array.from({ length: 8 }, (_, i) => ({ path: `${i}.md`, text: `# ${i}\n\n${noise(i)}` }));
  const book = await packHandbook(many, 40_000);
  expect(book.length).toBeLessThanOrEqual(40_000);
  expect(book.length).toBeGreaterThan(10_000);
  expect((await packHandbook([], 65_536)).length).toBeGreaterThan(500);
});

test('Whatever the Markdown, the page is well-formed', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('# A `b', '```', '- x', '| a | b |', '**b', '<p>', '&amp;'),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const page = `<body>${markdownToXhtml(lines.join('\n'))}</body>`;
      expect(() => readXml(Buffer.from(page), 'page', 50, {})).not.toThrow();
    }),
    { examples: [[['```', '**b', '# A `b', '**b']]] },
  );
});
