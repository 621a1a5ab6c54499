/**
 * Writes a planned release: the volumes one after the other, each as a stream, then the texts and the checksums of all of it. What is in
 * memory at a time is a chunk of the book, whatever its size.
 */
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { sfvOf, type Summed, sha256sOf } from './checksums.ts';
import { dizName, type Plan, type PlannedVolume } from './plan.ts';
import { zipStream } from './zip.ts';

/** The book; read once, slice by slice. */
export interface Book {
  read(from: number, bytes: number): Readable;
}

/** Where the files of a release go; `write` resolves when one is there, whole. */
export interface Sink {
  write(name: string, content: Readable): Promise<{ readonly bytes: number; readonly sha256: string }>;
}

export interface PackedFile extends Summed {
  readonly bytes: number;
}

export interface Watch {
  /** Between chunks: ends the packing with the signal's reason. */
  readonly signal: AbortSignal;
  /** After each file: how many bytes of the book are packed. */
  wrote(file: PackedFile, packedBytes: number): void;
}

/** All files of the release, in their order. Throws what book and sink throw, and the signal's reason. */
export async function packRelease(plan: Plan, book: Book, sink: Sink, watch: Watch): Promise<PackedFile[]> {
  const files: PackedFile[] = [];
  let packed = 0;
  const write = async (name: string, content: Readable, bytes = 0): Promise<void> => {
    const sum = { crc32: 0 };
    const written = await sink.write(name, Readable.from(summed(content, sum, watch.signal), { objectMode: false }));
    const file = { name, ...written, ...sum };
    packed += bytes;
    files.push(file);
    watch.wrote(file, packed);
  };
  for (const volume of plan.volumes)
    await write(volume.name, zipStream(entriesOf(plan, volume, book), plan.day), volume.bytes);
  await write(plan.nfo.name, textStream(plan.nfo.text));
  // Of what is there now: the checksum files do not list themselves.
  const listed = [...files];
  await write(plan.sfvName, textStream(sfvOf(listed)));
  await write(plan.sha256Name, textStream(sha256sOf(listed)));
  return files;
}

function entriesOf(plan: Plan, volume: PlannedVolume, book: Book): Parameters<typeof zipStream>[0] {
  return [
    { name: dizName, content: Buffer.from(volume.diz) },
    { name: plan.nfo.name, content: Buffer.from(plan.nfo.text) },
    { name: volume.entry, bytes: volume.bytes, open: () => book.read(volume.from, volume.bytes) },
  ];
}

function textStream(text: string): Readable {
  return Readable.from([Buffer.from(text)]);
}

async function* summed(content: Readable, sum: { crc32: number }, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    signal.throwIfAborted();
    sum.crc32 = crc32(chunk as Buffer, sum.crc32);
    yield chunk as Buffer;
  }
}
