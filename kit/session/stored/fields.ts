/**
 * The fields of a stored session, found in its bytes when one is asked for: most requests look at one or two of them. Pure.
 *
 * Each field: length of its name (1), name, the version that wrote it (4), length of its value (4), value (`record.ts` has the whole).
 */

/** A class, since there are some for each request (`record.ts` says why). */
export class StoredField {
  /** The session's version when it was written. */
  readonly version: number;
  readonly value: Buffer;

  constructor(version: number, value: Buffer) {
    this.version = version;
    this.value = value;
  }
}

/** By name; a `Map` is one. */
export type Fields = Pick<ReadonlyMap<string, StoredField>, 'get' | 'has' | 'keys' | 'size'> &
  Iterable<[string, StoredField]>;

/** Parts of bytes: from, to, from, to, … */
export interface Kept {
  readonly bytes: Buffer;
  readonly ranges: readonly number[];
  /** Fields in them. */
  readonly count: number;
}

export class StoredFields implements Fields {
  readonly #bytes: Buffer;
  readonly #start: number;
  /** Made when all are asked for. */
  #all: ReadonlyMap<string, StoredField> | undefined;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  get(name: string): StoredField | undefined {
    if (this.#all !== undefined) return this.#all.get(name);
    const bytes = this.#bytes;
    for (let at = this.#start; at < bytes.length; ) {
      const nameEnd = at + 1 + (bytes[at] as number);
      const start = nameEnd + 8;
      const end = start + bytes.readUInt32BE(nameEnd + 4);
      if (isNamed(bytes, at + 1, nameEnd, name)) {
        return new StoredField(bytes.readUInt32BE(nameEnd), bytes.subarray(start, end));
      }
      at = end;
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  keys(): MapIterator<string> {
    return this.#map().keys();
  }

  get size(): number {
    return this.#map().size;
  }

  [Symbol.iterator](): MapIterator<[string, StoredField]> {
    return this.#map()[Symbol.iterator]();
  }

  /** What is left of the bytes from `from` on when fields of these names are taken out, and how many fields that are. */
  without(names: readonly string[], from: number): Kept {
    const bytes = this.#bytes;
    const ranges: number[] = [from];
    let count = 0;
    for (let at = this.#start; at < bytes.length; ) {
      const nameEnd = at + 1 + (bytes[at] as number);
      const end = nameEnd + 8 + bytes.readUInt32BE(nameEnd + 4);
      if (isOneOf(names, bytes, at + 1, nameEnd)) ranges.push(at, end);
      else count++;
      at = end;
    }
    ranges.push(bytes.length);
    return { bytes, ranges, count };
  }

  #map(): ReadonlyMap<string, StoredField> {
    this.#all ??= decoded(this.#bytes, this.#start);
    return this.#all;
  }
}

function decoded(bytes: Buffer, from: number): ReadonlyMap<string, StoredField> {
  const fields = new Map<string, StoredField>();
  for (let at = from; at < bytes.length; ) {
    const nameEnd = at + 1 + (bytes[at] as number);
    const start = nameEnd + 8;
    const end = start + bytes.readUInt32BE(nameEnd + 4);
    const value = bytes.subarray(start, end);
    fields.set(bytes.toString('utf8', at + 1, nameEnd), new StoredField(bytes.readUInt32BE(nameEnd), value));
    at = end;
  }
  return fields;
}

function isOneOf(names: readonly string[], bytes: Buffer, start: number, end: number): boolean {
  for (const name of names) if (isNamed(bytes, start, end, name)) return true;
  return false;
}

function isNamed(bytes: Buffer, start: number, end: number, name: string): boolean {
  // A sign takes one byte or more.
  if (name.length > end - start) return false;
  for (let i = 0; i < name.length; i++) {
    const sign = name.charCodeAt(i);
    if (sign > 127) return bytes.toString('utf8', start, end) === name;
    if (sign !== bytes[start + i]) return false;
  }
  return name.length === end - start;
}
