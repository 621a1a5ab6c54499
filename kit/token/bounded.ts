/**
 * A map that is bounded by entries and bytes. When it is full, the entry that came first goes, unless it was used since it was last looked at:
 * then it gets a second chance (Corbató's CLOCK). A hit writes one flag, where LRU moves the entry.
 */

export interface Bounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

interface Held<Value> {
  value: Value;
  readonly bytes: number;
  used: boolean;
}

export class BoundedMap<Key, Value> {
  readonly #bounds: Bounds;
  readonly #held = new Map<Key, Held<Value>>();
  #bytes = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: Key): Value | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    held.used = true;
    return held.value;
  }

  /** What is larger than the whole is not kept. `bytes` as the caller estimates key and value. */
  set(key: Key, value: Value, bytes: number): void {
    this.delete(key);
    if (bytes > this.#bounds.maxBytes) return;
    while (this.#held.size >= this.#bounds.maxEntries || this.#bytes + bytes > this.#bounds.maxBytes) this.#evict();
    this.#held.set(key, { value, bytes, used: false });
    this.#bytes += bytes;
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

  /** Ends: each entry has one second chance until all flags are taken. */
  #evict(): void {
    for (const [key, held] of this.#held) {
      if (!held.used) {
        this.delete(key);
        return;
      }
      held.used = false;
      this.#held.delete(key);
      this.#held.set(key, held);
    }
  }
}
