/**
 * Uploaded files in a folder that the replicas share. A file arrives under a temporary name in `incoming/` and is renamed when it is kept,
 * so a reader never sees half of one. What a killed process left behind is removed at the next start.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '@palier/base/clock';
import { releasesError } from '../errors.ts';
import type { Incoming, Storage } from './storage.ts';

/** No upload and no transaction takes this long: what lies in `incoming/` since then belongs to nobody. */
const settledAfterMs = 60 * 60 * 1000;
const maxListed = 10_000;
const keptName = /^[A-Za-z0-9]{1,60}\.[a-z0-9]{1,10}$/;

/** Makes the folder and sweeps it. Throws what the file system throws when the folder cannot be made. */
export async function openFolderStorage(folder: string, clock: Clock): Promise<Storage> {
  const kept = resolve(folder);
  const incoming = join(kept, 'incoming');
  await mkdir(incoming, { recursive: true });
  const abandoned = await olderFiles(incoming, clock.epochMs() - settledAfterMs);
  await Promise.all(abandoned.map((name) => rm(join(incoming, name), { force: true })));
  return {
    receive: (source, maxBytes) => receive(source, join(incoming, randomUUID()), maxBytes),
    keep: (file, name) => rename(file.path, keptPath(kept, name)),
    find: async (name) => {
      const path = keptPath(kept, name);
      const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return found === undefined ? undefined : { path, bytes: found.size };
    },
    remove: async (names) => {
      await Promise.all(names.map((name) => rm(keptPath(kept, name), { force: true })));
    },
    settled: async () => {
      const names = await olderFiles(kept, clock.epochMs() - settledAfterMs);
      return names.filter((name) => keptName.test(name));
    },
  };
}

async function receive(source: Readable, path: string, maxBytes: number): Promise<Incoming> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        done(releasesError('BODY_TOO_LARGE', { what: 'The file', limitBytes: maxBytes }));
        return;
      }
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const discard = (): Promise<void> => rm(path, { force: true });
  try {
    await pipeline(source, measure, createWriteStream(path, { flags: 'wx' }));
    if (bytes === 0) throw releasesError('UPLOAD_EMPTY', {});
  } catch (error) {
    await discard();
    // The disk, the quota of the account, the largest file that it may write.
    if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw releasesError('STORAGE_FULL', {}, { cause: error });
    throw error;
  }
  return { path, bytes, sha256: hash.digest('hex'), discard };
}

/** Names are made by the application; this is the second lock on the door. */
function keptPath(folder: string, name: string): string {
  if (!keptName.test(name)) throw new TypeError(`"${name}" is no name of a kept file.`);
  return join(folder, name);
}

/** The files in a folder that have lain there since before `beforeMs`, at most `maxListed`. */
async function olderFiles(folder: string, beforeMs: number): Promise<string[]> {
  const older: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (older.length >= maxListed) break;
    // Another replica may remove it at the same time.
    const found = entry.isFile() ? await stat(join(folder, entry.name)).catch(() => undefined) : undefined;
    if (found !== undefined && found.mtimeMs < beforeMs) older.push(entry.name);
  }
  return older;
}
