/**
 * The archive of an EPUB: opened from the file, its table of contents checked against the limits, single entries read into memory with
 * their length and checksum proved. Nothing is unpacked to disk, and no name in the archive is ever a path.
 *
 * A name is in UTF-8 where the archive says so, else in CP437 (APPNOTE 4.4.4, bit 11). Many who write UTF-8 do not say so, and some take letters
 * apart (NFD): an entry is found by each of its readings.
 */
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { releasesError } from '../errors.ts';
import type { EpubLimits } from './limits.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface Archive {
  has(name: string): boolean;
  /** An entry's bytes. Throws EPUB_TOO_LARGE, EPUB_ENCRYPTED, EPUB_NOT_ZIP when it is damaged; undefined when there is none. */
  read(name: string, maxBytes: number): Promise<Buffer | undefined>;
  close(): void;
}

/** Throws EPUB_NOT_ZIP, EPUB_TOO_LARGE. */
export async function openArchive(path: string, limits: EpubLimits): Promise<Archive> {
  const zip = await asZip(() => openPromise(path, { autoClose: false, lazyEntries: true }));
  try {
    const entries = await contentsOf(zip, limits);
    return {
      has: (name) => entries.has(name.normalize()),
      read: async (name, maxBytes) => {
        const entry = entries.get(name.normalize());
        return entry === undefined ? undefined : readEntry(zip, entry, maxBytes);
      },
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function contentsOf(zip: ZipFile, limits: EpubLimits): Promise<Map<string, Entry>> {
  atMost('entries', zip.entryCount, limits.maxEntries);
  const entries = new Map<string, Entry>();
  const guessed = new Map<string, Entry>();
  let inflatedBytes = 0;
  // A name that leads out of the archive is an error of yauzl, and thereby "no readable ZIP".
  await asZip(async () => {
    for await (const entry of zip.eachEntry()) {
      inflatedBytes += entry.uncompressedSize;
      if (entry.fileName.endsWith('/')) continue;
      const [told = '', ...others] = readingsOf(entry);
      // The first of two entries with one name counts, for every reader the same; and what an archive says of a name before what it may have meant.
      if (!entries.has(told)) entries.set(told, entry);
      for (const other of others) if (!guessed.has(other)) guessed.set(other, entry);
    }
  });
  for (const [name, entry] of guessed) if (!entries.has(name)) entries.set(name, entry);
  atMost('inflated bytes', inflatedBytes, limits.maxInflatedBytes);
  if (inflatedBytes > limits.ratioFromBytes) {
    atMost('inflated bytes for each byte', Math.ceil(inflatedBytes / Math.max(1, zip.fileSize)), limits.maxRatio);
  }
  return entries;
}

/** Its name as the archive tells it, then as UTF-8 that was not told; composed (NFC). */
function readingsOf({ fileName, fileNameRaw }: Entry): string[] {
  const told = fileName.normalize();
  try {
    return [told, utf8.decode(fileNameRaw).normalize()];
  } catch {
    return [told];
  }
}

async function readEntry(zip: ZipFile, entry: Entry, maxBytes: number): Promise<Buffer> {
  if (entry.isEncrypted()) throw releasesError('EPUB_ENCRYPTED', { part: entry.fileName });
  atMost(`${entry.fileName} with bytes`, entry.uncompressedSize, maxBytes);
  return asZip(async () => {
    // yauzl ends the stream with an error at the first byte beyond the declared size.
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    if (crc32(bytes) !== entry.crc32) throw new Error(`the checksum of ${entry.fileName} is wrong`);
    return bytes;
  });
}

function atMost(what: string, is: number, limit: number): void {
  if (is > limit) throw releasesError('EPUB_TOO_LARGE', { what, is, limit });
}

/** What the ZIP reader objects to, as an error of the sender. Trouble of the file system stays trouble of ours. */
async function asZip<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw releasesError('EPUB_NOT_ZIP', { reason: (error as Error).message }, { cause: error });
  }
}
