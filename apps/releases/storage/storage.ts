/** Where uploaded files lie. A port: the folder that the replicas share is one way; an object store could be another. */
import type { Readable } from 'node:stream';

/** A file that has arrived whole and is not kept yet. */
export interface Incoming {
  /** Where it can be read until it is kept or discarded. */
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  /** Removes it; harmless once it is kept. */
  discard(): Promise<void>;
}

export interface Storage {
  /**
   * Takes a file in, its hash on the way. Throws BODY_TOO_LARGE beyond `maxBytes`, UPLOAD_EMPTY, STORAGE_FULL, and whatever the source
   * throws; then nothing is left of it.
   */
  receive(source: Readable, maxBytes: number): Promise<Incoming>;
  /** Keeps a file under a name (letters, digits and one ending), all at once: whoever looks sees nothing or the whole. */
  keep(incoming: Incoming, name: string): Promise<void>;
  /** Where a kept file can be read for as long as it is kept; undefined when it is gone. */
  find(name: string): Promise<{ readonly path: string; readonly bytes: number } | undefined>;
  /** Removes kept files; one that is gone already is no fault. */
  remove(names: readonly string[]): Promise<void>;
  /** Kept files older than an hour, at most 10 000: whatever of these no row names belongs to nobody. */
  settled(): Promise<string[]>;
}

/** What is left over when more is kept than should be: the oldest, until both bounds hold with some room, so that not every upload tidies. */
export function surplusOf<Kept extends { readonly bytes: number }>(
  newestFirst: readonly Kept[],
  limits: { readonly maxFiles: number; readonly maxBytes: number },
): Kept[] {
  const total = newestFirst.reduce((sum, kept) => sum + kept.bytes, 0);
  if (newestFirst.length <= limits.maxFiles && total <= limits.maxBytes) return [];
  // Room for a twentieth more, at least one file; the newest always stays.
  const files = Math.max(1, limits.maxFiles - Math.max(1, Math.floor(limits.maxFiles / 20)));
  const bytes = Math.floor(limits.maxBytes * 0.95);
  let sum = 0;
  const from = newestFirst.findIndex((kept, i) => {
    sum += kept.bytes;
    return i > 0 && (i >= files || sum > bytes);
  });
  return from === -1 ? [] : newestFirst.slice(from);
}
