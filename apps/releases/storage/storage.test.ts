import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { virtualTime } from '@palier/testkit/clock';
import { temporaryFolder } from '@palier/testkit/folder';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openFolderStorage } from './folder.ts';
import { surplusOf } from './storage.ts';

const { clock } = virtualTime();

test('A received file lies aside until it is kept, and comes with its size and hash', async () => {
  await using folder = await temporaryFolder('storage');
  const storage = await openFolderStorage(folder.path, clock);
  const file = await storage.receive(Readable.from([Buffer.from('abc')]), 3);
  expect(file).toMatchObject({
    bytes: 3,
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
  expect(await readdir(folder.path)).toEqual(['incoming']);
  await storage.keep(file, 'A1.epub');
  await file.discard();
  expect(await readFile(folder.file('A1.epub'), 'utf8')).toBe('abc');
  await storage.remove(['A1.epub', 'GONE.epub']);
  expect(await readdir(folder.path)).toEqual(['incoming']);
});

test('Nothing is left of a file that is too large, empty, or breaks off', async () => {
  await using folder = await temporaryFolder('storage');
  const storage = await openFolderStorage(folder.path, clock);
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('abc');
      throw new Error('the client went away');
    })(),
  );
  const large = Readable.from([Buffer.alloc(10), Buffer.alloc(10)]);
  await expect(storage.receive(large, 15)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  await expect(storage.receive(Readable.from([]), 15)).rejects.toMatchObject({ code: 'UPLOAD_EMPTY' });
  await expect(storage.receive(broken, 15)).rejects.toThrow('the client went away');
  expect(await readdir(folder.file('incoming'))).toEqual([]);
});

test.each(['ENOSPC', 'EDQUOT', 'EFBIG'])(
  'A disk that says %s is full, and nothing is left of the file',
  async (code) => {
    await using folder = await temporaryFolder('storage');
    const storage = await openFolderStorage(folder.path, clock);
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('abc');
        throw Object.assign(new Error(code), { code });
      })(),
    );
    await expect(storage.receive(source, 15)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await readdir(folder.file('incoming'))).toEqual([]);
  },
);

test('A kept file is found with its size; one that is gone is not', async () => {
  await using folder = await temporaryFolder('storage');
  const storage = await openFolderStorage(folder.path, clock);
  await storage.keep(await storage.receive(Readable.from([Buffer.from('abc')]), 15), 'A1.epub');
  expect(await storage.find('A1.epub')).toEqual({ path: folder.file('A1.epub'), bytes: 3 });
  await storage.remove(['A1.epub']);
  expect(await storage.find('A1.epub')).toBe(undefined);
});

test('A name that is none of ours is no path', async () => {
  await using folder = await temporaryFolder('storage');
  const storage = await openFolderStorage(folder.path, clock);
  const file = await storage.receive(Readable.from([Buffer.from('x')]), 15);
  for (const name of ['../x.epub', '/etc/passwd', 'a/b.epub', '', 'x']) {
    expect(() => storage.keep(file, name)).toThrow(/no name of a kept file/);
  }
});

test('What a killed process left is swept at the next start; what arrives now is not', async () => {
  await using folder = await temporaryFolder('storage');
  await openFolderStorage(folder.path, clock);
  await writeFile(folder.file('incoming', 'old'), 'x');
  await writeFile(folder.file('incoming', 'new'), 'x');
  const now = clock.epochMs() / 1000;
  await utimes(folder.file('incoming', 'old'), now, now - 3601);
  await utimes(folder.file('incoming', 'new'), now, now - 60);
  await openFolderStorage(folder.path, clock);
  expect(await readdir(folder.file('incoming'))).toEqual(['new']);
});

test('The oldest go until both bounds hold; the newest stays; nothing goes while they hold', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 60 });
  const limits = fc.record({ maxFiles: fc.integer({ min: 1, max: 40 }), maxBytes: fc.integer({ min: 1, max: 2000 }) });
  fc.assert(
    fc.property(sizes, limits, (sizes, limits) => {
      const kept = sizes.map((bytes, i) => ({ bytes, i }));
      const surplus = surplusOf(kept, limits);
      const left = kept.slice(0, kept.length - surplus.length);
      expect(surplus).toEqual(kept.slice(left.length));
      const sum = (list: { bytes: number }[]): number => list.reduce((total, { bytes }) => total + bytes, 0);
      expect(left.length).toBeGreaterThanOrEqual(Math.min(1, kept.length));
      expect(left.length).toBeLessThanOrEqual(Math.max(1, limits.maxFiles));
      expect(left.length <= 1 || sum(left) <= limits.maxBytes).toBe(true);
      const hold = kept.length <= limits.maxFiles && sum(kept) <= limits.maxBytes;
      expect(hold && surplus.length > 0).toBe(false);
    }),
  );
});
