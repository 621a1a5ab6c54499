/** How a book is cut into ZIP volumes of equal size, the last one aside. Pure: sizes in, slices out. */
import { releasesError } from '../errors.ts';
import { maxVolumes, type PackingOptions, volumeSizesMb } from './options.ts';

/** What lies in a volume, by the bytes that the format needs for it. */
export interface EntrySize {
  readonly name: string;
  readonly bytes: number;
  /** Its checksum is known only after it has been written. */
  readonly streamed: boolean;
}

export interface Slice {
  /** Into the book. */
  readonly from: number;
  readonly bytes: number;
}

const million = 1_000_000;

/** Of a ZIP whose entries are stored, without time fields of their own (APPNOTE 4.3: local header 30, descriptor 16, directory 46, end 22). */
export function zipBytes(entries: readonly EntrySize[]): number {
  return entries.reduce((sum, { name, bytes, streamed }) => {
    const nameBytes = Buffer.byteLength(name);
    return sum + 30 + nameBytes + bytes + (streamed ? 16 : 0) + 46 + nameBytes;
  }, 22);
}

/**
 * The slices of a book of `bytes` when a volume has room for `size` less `overheadOf(many)`: what else lies in it, which may differ for the
 * only volume and for one of many. Throws PACK_TOO_LARGE beyond 99 volumes.
 */
export function cutIntoVolumes(
  bytes: number,
  volumeMb: PackingOptions['volumeMb'],
  overheadOf: (many: boolean) => number,
): Slice[] {
  for (const sizeMb of volumeMb === null ? volumeSizesMb : [volumeMb]) {
    const size = sizeMb * million;
    if (bytes <= size - overheadOf(false)) return [{ from: 0, bytes }];
    const room = size - overheadOf(true);
    const count = Math.ceil(bytes / room);
    if (room > 0 && count <= maxVolumes) {
      return Array.from({ length: count }, (_, i) => ({ from: i * room, bytes: Math.min(room, bytes - i * room) }));
    }
  }
  const largest = volumeMb ?? (volumeSizesMb.at(-1) as number);
  throw releasesError('PACK_TOO_LARGE', { bytes, maxVolumes, volumeMb: largest });
}
