import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { epubLimits, type EpubLimits } from './limits.ts';
import type { BookMetadata } from './package.ts';
import { readEpub } from './read.ts';

const container = '<container><rootfiles><rootfile full-path="a/b.opf"/></rootfiles></container>';
const opf = '<package><metadata><title>A book</title></metadata></package>';

type Entries = readonly (readonly [string, string | Buffer])[];

async function zipOf(entries: Entries): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of entries) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return buffer(zip.outputStream);
}

/** A book whose package lies in a folder of these bytes, told to be UTF-8 or left open (APPNOTE, flag bit 11). */
async function renamed(folder: Buffer, flagged: boolean, container: string): Promise<Buffer> {
  const placeholder = 'x'.repeat(folder.length);
  const file = await zipOf([
    ['META-INF/container.xml', container],
    [`${placeholder}/b.opf`, opf],
  ]);
  for (let at = file.indexOf(placeholder); at !== -1; at = file.indexOf(placeholder)) {
    folder.copy(file, at);
    flagAt(file, at, flagged);
  }
  return file;
}

/** Of the entry whose name stands there, in its own header or in the table of contents. */
function flagAt(file: Buffer, at: number, flagged: boolean): void {
  const isCentral = file.readUInt32LE(at - 46) === 0x02014b50;
  const flags = at - (isCentral ? 46 - 8 : 30 - 6);
  file.writeUInt16LE(flagged ? file.readUInt16LE(flags) | 0x800 : file.readUInt16LE(flags) & ~0x800, flags);
}

async function read(file: Buffer, limits?: EpubLimits): Promise<BookMetadata> {
  await using folder = await temporaryFolder('epub');
  await writeFile(folder.file('book'), file);
  return await readEpub(folder.file('book'), limits);
}

const sound: Entries = [
  ['META-INF/container.xml', container],
  ['a/b.opf', opf],
];

test('The package that the container names is read', async () => {
  expect(await read(await zipOf(sound))).toMatchObject({ title: 'A book', creators: [], language: null });
});

test('A package path written as a URL is found', async () => {
  const encoded = container.replace('a/b.opf', 'my%20book/b.opf');
  expect(
    await read(
      await zipOf([
        ['META-INF/container.xml', encoded],
        ['my book/b.opf', opf],
      ]),
    ),
  ).toMatchObject({ title: 'A book' });
});

test('What is no ZIP, or a damaged one, is refused', async () => {
  const good = await zipOf(sound);
  const damaged = Buffer.from(good);
  // In the middle of the first entry's data.
  damaged[70] = (damaged[70] as number) ^ 0xff;
  for (const bad of [Buffer.from('no zip'), good.subarray(0, good.length - 10), Buffer.alloc(5000), damaged]) {
    await expect(read(bad)).rejects.toMatchObject({ code: 'EPUB_NOT_ZIP' });
  }
});

test.each([
  ['no container', [['readme.txt', 'hello']]],
  ['a container that names nothing', [['META-INF/container.xml', '<container/>']]],
  ['a container that names what is not there', [['META-INF/container.xml', container]]],
  [
    'a package that is another document',
    [
      ['META-INF/container.xml', container],
      ['a/b.opf', '<html/>'],
    ],
  ],
] as [string, Entries][])('%s is no EPUB', async (_, entries) => {
  await expect(read(await zipOf(entries))).rejects.toMatchObject({ code: 'EPUB_NO_PACKAGE' });
});

test('Broken XML is named', async () => {
  await expect(read(await zipOf([['META-INF/container.xml', '<a>']]))).rejects.toThrow(
    /^META-INF\/container.xml is not sound/,
  );
});

test('A bomb is refused by what it declares, before anything is inflated', async () => {
  const zeros = Buffer.alloc(3 * 1024 * 1024);
  await expect(read(await zipOf([...sound, ['zeros', zeros]]))).rejects.toThrow(/inflated bytes for each byte/);
  await expect(read(await zipOf(sound), { ...epubLimits, maxInflatedBytes: 50 })).rejects.toThrow(/has inflated bytes/);
  await expect(read(await zipOf(sound), { ...epubLimits, maxEntries: 1 })).rejects.toThrow(/has entries 2/);
  const large = `<package>${'<!-- -->'.repeat(200_000)}</package>`;
  const limits = { ...epubLimits, maxRatio: 10_000 };
  const file = await zipOf([
    ['META-INF/container.xml', container],
    ['a/b.opf', large],
  ]);
  await expect(read(file, limits)).rejects.toThrow(/a\/b.opf with bytes 16000\d\d; it should have at most 1048576/);
});

test('An entry that inflates to more than it declares is refused', async () => {
  const file = await zipOf(sound);
  // The declared size of a/b.opf in the table of contents: 24 bytes into its header.
  const header = file.lastIndexOf(Buffer.from('PK\x01\x02'));
  file.writeUInt32LE(10, header + 24);
  await expect(read(file)).rejects.toMatchObject({ code: 'EPUB_NOT_ZIP' });
});

test.each(['../a.txt', '/etc/passwd', 'C:\\windows\\a.txt'])(
  'The name %s makes the archive unreadable',
  async (name) => {
    const placeholder = 'x'.repeat(name.length);
    const file = await zipOf([...sound, [placeholder, 'x']]);
    for (let at = file.indexOf(placeholder); at !== -1; at = file.indexOf(placeholder)) file.write(name, at);
    await expect(read(file)).rejects.toMatchObject({ code: 'EPUB_NOT_ZIP' });
  },
);

test('Names in whatever encoding stand in nobody’s way; a package with an accent in its path is found', async () => {
  const accent = container.replace('a/b.opf', 'été/日本.opf');
  expect(
    await read(
      await zipOf([
        ['META-INF/container.xml', accent],
        ['été/日本.opf', opf],
      ]),
    ),
  ).toMatchObject({ title: 'A book' });
  // Bytes that are no UTF-8, once in an archive that says they are, once in one that leaves it open (APPNOTE, flag bit 11).
  for (const flagged of [true, false]) {
    const file = await zipOf([...sound, ['xxxx', 'x']]);
    for (let at = file.indexOf('xxxx'); at !== -1; at = file.indexOf('xxxx')) {
      Buffer.from([0xff, 0x82, 0xe9, 0x5c]).copy(file, at);
      flagAt(file, at, flagged);
    }
    expect(await read(file)).toMatchObject({ title: 'A book' });
  }
});

test('A package is found by its name in CP437, in UTF-8 that the archive does not tell of, and in letters taken apart', async () => {
  const asked = container.replace('a/b.opf', 'été/b.opf');
  const named = (bytes: Buffer, flagged: boolean): Promise<Buffer> => renamed(bytes, flagged, asked);
  for (const [bytes, flagged] of [
    // CP437: é is 0x82.
    [Buffer.from([0x82, 0x74, 0x82]), false],
    [Buffer.from('été'), false],
    [Buffer.from('été'), true],
    [Buffer.from('été'.normalize('NFD')), true],
    [Buffer.from('été'.normalize('NFD')), false],
  ] as const) {
    expect(await read(await named(bytes, flagged))).toMatchObject({ title: 'A book' });
  }
  // What is told to be UTF-8 is not read as CP437.
  await expect(read(await named(Buffer.from([0x82, 0x74, 0x82]), true))).rejects.toMatchObject({
    code: 'EPUB_NO_PACKAGE',
  });
});

test('An encrypted package is refused as such', async () => {
  const file = await zipOf(sound);
  const header = file.lastIndexOf(Buffer.from('PK\x01\x02'));
  file.writeUInt16LE(file.readUInt16LE(header + 8) | 1, header + 8);
  await expect(read(file)).rejects.toMatchObject({ code: 'EPUB_ENCRYPTED' });
});

const shelf = resolve(import.meta.dirname, '../../../../shared/data/epub');
const books = {
  'debmake-doc.en': 'en',
  'developers-reference.en': 'en',
  'developers-reference.fr': 'fr',
  policy: 'en',
};

test.skipIf(!existsSync(shelf)).each(Object.entries(books))(
  'The real book %s is read (left out where ../shared/data/epub is not there)',
  async (name, language) => {
    const metadata = await read(await readFile(resolve(shelf, `${name}.epub`)));
    expect(metadata).toMatchObject({
      language,
      title: expect.stringMatching(/./),
      creators: [expect.stringMatching(/./)],
    });
  },
);
