/**
 * A map that is bounded by entries and bytes. When it is full, the entry that came first goes, unless it was used since it was last passed over:
 * then it gets a second chance (Corbató's CLOCK). A hit writes one flag, where LRU moves the entry.
 */

export interface Bounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** What is held has its own flag, so that no further object is held around it. */
export interface Held {
  /** With its key, as the owner estimates it. */
  readonly bytes: number;
  /** Set it when the entry was of use. */
  used: boolean;
}

/** So many second chances are given for one new entry; then the oldest goes, used or not. */
const maxPassedOver = 64;

export class BoundedMap<Key, Value extends Held> {
  readonly #bounds: Bounds;
  readonly #held = new Map<Key, Value>();
  /**
   * Where the clock's hand is: all that came before it is gone or was put at the end. A Map that is read from its beginning each time passes by all
   * that was deleted since it last moved its entries, tens of thousands of them when it is large.
   */
  #hand: MapIterator<[Key, Value]> | undefined;
  #bytes = 0;
  #evicted = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many made room for others. */
  get evicted(): number {
    return this.#evicted;
  }

  get(key: Key): Value | undefined {
    return this.#held.get(key);
  }

  /** False: it is larger than the whole, and not kept. What was there under the key is gone in both cases. */
  set(key: Key, value: Value): boolean {
    this.delete(key);
    const { maxEntries, maxBytes } = this.#bounds;
    if (value.bytes > maxBytes) return false;
    while (this.#held.size >= maxEntries || this.#bytes + value.bytes > maxBytes) this.#evict();
    this.#held.set(key, value);
    this.#bytes += value.bytes;
    return true;
  }

  delete(key: Key): boolean {
    const held = this.#held.get(key);
    if (held === undefined) return false;
    this.#bytes -= held.bytes;
    return this.#held.delete(key);
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#held.entries();
  }

  #evict(): void {
    this.#hand ??= this.#held.entries();
    for (let passedOver = 0; ; passedOver++) {
      const next = this.#hand.next();
      if (next.done === true) {
        this.#hand = undefined;
        return;
      }
      const [key, held] = next.value;
      this.delete(key);
      if (!held.used || passedOver === maxPassedOver) {
        this.#evicted++;
        return;
      }
      held.used = false;
      this.#held.set(key, held);
      this.#bytes += held.bytes;
    }
  }
}
