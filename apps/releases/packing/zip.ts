/**
 * Writes a ZIP as a stream, its entries stored: what lies in it is compressed already, and only so its size is known before it is written.
 * The same entries and the same day, the same bytes.
 */
import type { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

export type ZipEntry =
  | { readonly name: string; readonly content: Buffer }
  | { readonly name: string; readonly bytes: number; readonly open: () => Readable };

/** `day`: YYYY-MM-DD, the time of every entry. The stream fails when an entry's does; destroying it destroys that, too. */
export function zipStream(entries: readonly ZipEntry[], day: string): Readable {
  const zip = new ZipFile();
  const out = zip.outputStream as Readable;
  // DOS time is that of the place (APPNOTE 4.4.6): noon of the day, wherever it is packed.
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const common = {
    mtime: new Date(year, month - 1, date, 12),
    mode: 0o100644,
    compress: false,
    forceDosTimestamp: true,
  };
  for (const entry of entries) {
    if ('content' in entry) {
      zip.addBuffer(entry.content, entry.name, common);
      continue;
    }
    zip.addReadStreamLazy(entry.name, { ...common, size: entry.bytes }, (take) => {
      const source = entry.open();
      source.once('error', (error) => out.destroy(error));
      out.once('close', () => source.destroy());
      take(null, source);
    });
  }
  zip.on('error', (error: Error) => out.destroy(error));
  zip.end();
  return out;
}
