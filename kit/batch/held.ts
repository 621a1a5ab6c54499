/**
 * The rows that are held: in the order in which they came, those of one key together.
 *
 * A slot is what one row of the database stands for: all rows of one key that came while none of them was being written. They are written as
 * one. What comes while its key is being written waits behind it, so that no two writes of one key are under way.
 */
export interface Entry {
  readonly values: readonly unknown[];
  readonly bytes: number;
  readonly addedMs: number;
}

export interface Slot<One extends Entry> {
  readonly key: string;
  /** Empty when it is held no more. */
  entries: One[];
  /** Taken out to be written: nothing joins it. */
  taken: boolean;
  behind: Slot<One> | undefined;
}

/** So many slots that went, and as many as are held, are reason for a new map. */
const mostGone = 64;

export class Held<One extends Entry> {
  readonly #keepsFirst: boolean;
  /**
   * With slots that went, until it is made anew. Nothing is ever deleted: a map in which entries come and go throws its table away again and again,
   * V8 chains each such table to the next, and once one of them is old none of the rows in them is young garbage any more
   * (half of this room's processor time, when it was measured).
   */
  #byKey = new Map<string, Slot<One>>();
  /** Those in it that are held. */
  #slots = 0;
  /** Ready slots; those before `#head` are taken. */
  #ready: Slot<One>[] = [];
  #head = 0;
  #readyBytes = 0;
  #rows = 0;
  #bytes = 0;

  constructor(onDuplicate: 'keep' | 'replace') {
    this.#keepsFirst = onDuplicate === 'keep';
  }

  /** All that is held, and its bytes. */
  get rows(): number {
    return this.#rows;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** What may be taken. */
  get readyRows(): number {
    return this.#ready.length - this.#head;
  }
  get readyBytes(): number {
    return this.#readyBytes;
  }
  get oldestMs(): number {
    return this.#ready[this.#head]?.entries[0]?.addedMs ?? 0;
  }

  put(key: string, entry: One): void {
    this.#rows++;
    this.#bytes += entry.bytes;
    const there = this.#byKey.get(key);
    if (there === undefined || there.entries.length === 0) {
      this.#queue({ key, entries: [entry], taken: false, behind: undefined });
    } else if (!there.taken) {
      this.#readyBytes -= this.written(there).bytes;
      there.entries.push(entry);
      this.#readyBytes += this.written(there).bytes;
    } else if (there.behind === undefined) {
      there.behind = { key, entries: [entry], taken: false, behind: undefined };
    } else {
      there.behind.entries.push(entry);
    }
  }

  /** The row of a slot that the database gets: of rows that are written one after the other, what would be left. */
  written(slot: Slot<One>): One {
    return (this.#keepsFirst ? slot.entries[0] : slot.entries.at(-1)) as One;
  }

  /** The oldest ready slots, as many as fit; at least one when there is one. */
  take(maxRows: number, maxBytes: number): Slot<One>[] {
    const taken: Slot<One>[] = [];
    let bytes = 0;
    while (taken.length < maxRows && this.#head < this.#ready.length) {
      const slot = this.#ready[this.#head] as Slot<One>;
      const size = this.written(slot).bytes;
      if (taken.length > 0 && bytes + size > maxBytes) break;
      bytes += size;
      slot.taken = true;
      taken.push(slot);
      this.#head++;
    }
    this.#readyBytes -= bytes;
    if (this.#head * 2 >= this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /** Lets one row of a taken slot go; with the last one the slot goes, and what waited behind it is ready. */
  drop(slot: Slot<One>, entry: One): void {
    slot.entries.splice(slot.entries.indexOf(entry), 1);
    this.#rows--;
    this.#bytes -= entry.bytes;
    if (slot.entries.length === 0) this.#release(slot);
  }

  /** Lets a taken slot go with all its rows, which it returns. */
  dropAll(slot: Slot<One>): One[] {
    const { entries } = slot;
    slot.entries = [];
    this.#rows -= entries.length;
    for (const { bytes } of entries) this.#bytes -= bytes;
    this.#release(slot);
    return entries;
  }

  #release(slot: Slot<One>): void {
    this.#slots--;
    if (slot.behind !== undefined) this.#queue(slot.behind);
    const all = this.#byKey;
    if (all.size - this.#slots < Math.max(mostGone, this.#slots)) return;
    this.#byKey = new Map();
    for (const one of all.values()) if (one.entries.length > 0) this.#byKey.set(one.key, one);
  }

  #queue(slot: Slot<One>): void {
    this.#slots++;
    this.#byKey.set(slot.key, slot);
    this.#ready.push(slot);
    this.#readyBytes += this.written(slot).bytes;
  }
}
