import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { temporaryFolder } from '@palier/testkit/folder';
import { needs } from '@palier/testkit/program';
import { expect, test } from 'vitest';
import { defaultPacking } from './options.ts';
import { type Book, packRelease } from './pack.ts';
import { type Facts, type Plan, planRelease } from './plan.ts';
import { templates } from './templates.ts';

const run = promisify(execFile);
const [unzip, cksfv] = [needs('unzip', { debian: 'unzip' }), needs('cksfv', { debian: 'cksfv' })];

const metadata = {
  title: 'The Palier Handbook',
  creators: ['The Palier authors'],
  language: 'en',
  publisher: 'Palier',
  date: '2026-01-01',
  identifier: 'urn:palier:handbook',
  description: 'Of landings.',
  subjects: ['Load testing'],
};
const nobody = { signal: new AbortController().signal, wrote: (): void => {} };
const template = templates['standard'] as string;

/** A book of bytes that do not compress, and whose places can be told from each other. */
function bookOf(bytes: number): Buffer {
  const book = Buffer.alloc(bytes);
  for (let i = 0, x = 1; i < bytes; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    book[i] = x >>> 16;
  }
  return book;
}

const readerOf = (book: Buffer): Book => ({
  read: (from, bytes) => Readable.from([book.subarray(from, from + bytes)]),
});

async function packInto(folder: string, book: Buffer, options: Partial<Facts['options']> = {}): Promise<Plan> {
  const facts: Facts = {
    metadata,
    group: 'PALIER',
    options: { ...defaultPacking, ...options },
    bytes: book.length,
    day: '2026-02-03',
  };
  const plan = planRelease(facts, template, 'whole');
  await mkdir(folder, { recursive: true });
  await packRelease(
    plan,
    readerOf(book),
    {
      async write(name, content) {
        const all = await buffer(content);
        await writeFile(join(folder, name), all);
        return { bytes: all.length, sha256: createHash('sha256').update(all).digest('hex') };
      },
    },
    nobody,
  );
  return plan;
}

test.skipIf(unzip.options.skip)(
  'unzip and sha256sum accept a release; the slices joined are the book',
  async () => {
    await using folder = await temporaryFolder('pack');
    const book = bookOf(11_000_000);
    const { volumes } = await packInto(folder.path, book);
    expect(await readdir(folder.path)).toEqual(
      ['paltph.nfo', 'paltph.sfv', 'paltph.sha256', ...volumes.map(({ name }) => name)].toSorted(),
    );
    const joined: Buffer[] = [];
    for (const { name, entry } of volumes) {
      expect((await run('unzip', ['-t', folder.file(name)])).stdout).toContain('No errors detected');
      const { stdout } = await run('unzip', ['-p', folder.file(name), entry], {
        encoding: 'buffer',
        maxBuffer: 20_000_000,
      });
      joined.push(stdout);
    }
    expect(Buffer.concat(joined).equals(book)).toBe(true);
    await run('sha256sum', ['-c', '--strict', 'paltph.sha256'], { cwd: folder.path });
    // Equal, and as large as the rules have it; the last one is what is left.
    const sizes = await Promise.all(volumes.map(async ({ name }) => (await stat(folder.file(name))).size));
    expect(sizes.slice(0, -1)).toEqual([5_000_000, 5_000_000]);
    expect(sizes.at(-1)).toBeLessThan(5_000_000);
  },
  30_000,
);

test('cksfv accepts the SFV, and notices a changed volume', cksfv.options, async () => {
  await using folder = await temporaryFolder('pack');
  const { volumes } = await packInto(folder.path, bookOf(50_000));
  expect((await run('cksfv', ['-C', folder.path, '-f', folder.file('paltph.sfv')])).stderr).toContain('Everything OK');
  const name = folder.file(volumes[0]?.name ?? '');
  const zip = await readFile(name);
  zip[100] = (zip[100] ?? 0) ^ 1;
  await writeFile(name, zip);
  await expect(run('cksfv', ['-C', folder.path, '-f', folder.file('paltph.sfv')])).rejects.toThrow('Command failed');
});

test('A book that fits one volume lies in it whole, with NFO and DIZ; the SFV is outside', async () => {
  await using folder = await temporaryFolder('pack');
  const { volumes, nfo } = await packInto(folder.path, bookOf(1000));
  const { stdout } = await run('unzip', ['-Z1', folder.file(volumes[0]?.name ?? '')]);
  expect(stdout.trim().split('\n')).toEqual([
    'FILE_ID.DIZ',
    nfo.name,
    'The.Palier.authors.The.Palier.Handbook.2026.epub',
  ]);
});

test('The same book on the same day is the same release, byte for byte', async () => {
  await using folder = await temporaryFolder('pack');
  const book = bookOf(20_000);
  for (const name of ['a', 'b']) await packInto(folder.file(name), book);
  for (const name of await readdir(folder.file('a'))) {
    expect((await readFile(folder.file('a', name))).equals(await readFile(folder.file('b', name)))).toBe(true);
  }
});

test('Packing that is called off ends between two chunks, with the reason, and closes the book', async () => {
  const called = new AbortController();
  const book = createReadStream(import.meta.filename);
  const facts: Facts = {
    metadata,
    group: 'PALIER',
    options: defaultPacking,
    bytes: (await stat(import.meta.filename)).size,
    day: '2026-02-03',
  };
  const plan = planRelease(facts, template, 'whole');
  const packing = packRelease(
    plan,
    { read: () => book },
    {
      async write(_, content) {
        called.abort(new Error('called off'));
        return { bytes: (await buffer(content)).length, sha256: '' };
      },
    },
    { ...nobody, signal: called.signal },
  );
  await expect(packing).rejects.toThrow('called off');
  await expect.poll(() => book.destroyed).toBe(true);
});

test('A book that breaks off in the middle ends the packing with its error', async () => {
  const facts: Facts = { metadata, group: 'PALIER', options: defaultPacking, bytes: 100, day: '2026-02-03' };
  const broken = (): Readable =>
    Readable.from(
      (async function* () {
        yield Buffer.alloc(10);
        throw new Error('the disk is gone');
      })(),
    );
  const sink = {
    write: async (_: string, content: Readable) => ({ bytes: (await buffer(content)).length, sha256: '' }),
  };
  await expect(packRelease(planRelease(facts, template, 'whole'), { read: broken }, sink, nobody)).rejects.toThrow(
    'the disk is gone',
  );
});
