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

/** What lies in `incoming/` longer than this belongs to nobody. */
const abandonedAfterMs = 60 * 60 * 1000;
const maxSwept = 10_000;

/** Makes the folder and sweeps it. Throws what the file system throws when the folder cannot be made. */
export async function openFolderStorage(folder: string, clock: Clock): Promise<Storage> {
  const kept = resolve(folder);
  const incoming = join(kept, 'incoming');
  await mkdir(incoming, { recursive: true });
  await sweep(incoming, clock.epochMs() - abandonedAfterMs);
  return {
    receive: (source, maxBytes) => receive(source, join(incoming, randomUUID()), maxBytes),
    keep: (file, name) => rename(file.path, keptPath(kept, name)),
    remove: async (names) => {
      await Promise.all(names.map((name) => rm(keptPath(kept, name), { force: true })));
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
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw releasesError('STORAGE_FULL', {}, { cause: error });
    throw error;
  }
  return { path, bytes, sha256: hash.digest('hex'), discard };
}

/** Names are made by the application; this is the second lock on the door. */
function keptPath(folder: string, name: string): string {
  if (!/^[A-Za-z0-9]{1,60}\.[a-z0-9]{1,10}$/.test(name)) throw new TypeError(`"${name}" is no name of a kept file.`);
  return join(folder, name);
}

async function sweep(folder: string, beforeMs: number): Promise<void> {
  for (const name of (await readdir(folder)).slice(0, maxSwept)) {
    const path = join(folder, name);
    // Another replica may sweep at the same time.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < beforeMs) await rm(path, { force: true });
  }
}
