/**
 * Which answers may be kept as copies, and which copies may be served: the decision alone, without any input or output.
 *
 * - What changes while a read is under way spoils the read: its answer reaches its callers, and is neither kept nor shared with callers who
 *   come later.
 * - A copy is served while its lane lives and was proven within `staleWithinMs`, before its entry's life is over, and until `maxAgeMs`.
 *   Lifetimes count from when the read was sent, so that a copy is gone before its entry is.
 * - Beyond `maxEntries` or `maxBytes` the copy that came first goes, unless it was asked for since it was last passed over (second chance).
 */
import { BoundedMap, type Held } from '@palier/base/bounded';
import type { CheckedCopyOptions } from './options.ts';
import type { Lane } from './source.ts';

/** What is served: `value` may be undefined, for a key that is not there. */
export interface Copy<Value> {
  readonly value: Value;
}

/** A read under way. */
export interface Flight<Value> {
  readonly key: string;
  readonly sentMs: number;
  readonly spoiled: boolean;
  /** For the table's owner: what the callers wait for. */
  promise: Promise<Value> | undefined;
}

export interface CopyCounts {
  readonly entries: number;
  readonly bytes: number;
  /** Reads answered from memory, and not. */
  readonly hits: number;
  readonly misses: number;
  /** Copies taken back because somebody changed them, or because a connection was lost. */
  readonly dropped: number;
  /** Copies that made room for others. */
  readonly evicted: number;
}

export interface Answer<Value> extends Copy<Value> {
  readonly bytes: number;
  readonly leftMs: number | undefined;
  readonly lane: Lane;
  readonly slot: number;
}

/** Of an entry of the table, beside its bytes. */
const overheadBytes = 256;

interface Kept<Value> extends Copy<Value>, Held {
  readonly endMs: number;
  readonly lane: Lane;
  readonly slot: number;
}

type Under<Value> = { -readonly [Name in keyof Flight<Value>]: Flight<Value>[Name] };

export class CopyTable<Value> {
  readonly #options: CheckedCopyOptions;
  readonly #kept: BoundedMap<string, Kept<Value>>;
  readonly #flights = new Map<string, Under<Value>>();
  #hits = 0;
  #misses = 0;
  #dropped = 0;

  constructor(options: CheckedCopyOptions) {
    this.#options = options;
    this.#kept = new BoundedMap(options);
  }

  get counts(): CopyCounts {
    return {
      entries: this.#kept.size,
      bytes: this.#kept.bytes,
      hits: this.#hits,
      misses: this.#misses,
      dropped: this.#dropped,
      evicted: this.#kept.evicted,
    };
  }

  peek(key: string, nowMs: number): Copy<Value> | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || !this.#serves(kept, nowMs)) {
      this.#misses++;
      return undefined;
    }
    kept.used = true;
    this.#hits++;
    return kept;
  }

  /** A copy that was the engine's value at some moment of the last `withinMs`, its connection lost or not. */
  last(key: string, withinMs: number, nowMs: number): Copy<Value> | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || nowMs >= kept.endMs || kept.lane.gone?.(kept.slot) === true) return undefined;
    return nowMs - kept.lane.provenMs <= withinMs ? kept : undefined;
  }

  /** A read that a caller of this moment may wait for too: nothing has spoiled it, and it was sent lately enough. */
  joinable(key: string, nowMs: number): Flight<Value> | undefined {
    const flight = this.#flights.get(key);
    return flight !== undefined && nowMs - flight.sentMs <= this.#options.staleWithinMs ? flight : undefined;
  }

  begin(key: string, nowMs: number): Flight<Value> {
    const flight: Under<Value> = { key, sentMs: nowMs, spoiled: false, promise: undefined };
    const before = this.#flights.get(key);
    if (before !== undefined) before.spoiled = true;
    this.#flights.set(key, flight);
    return flight;
  }

  /** The read has ended, answered or not; true when its answer is kept. */
  end(flight: Flight<Value>, answer: Answer<Value> | undefined, nowMs: number): boolean {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
    if (answer === undefined || flight.spoiled) return false;
    const { maxAgeMs } = this.#options;
    const bytes = answer.bytes + flight.key.length + overheadBytes;
    const endMs = flight.sentMs + Math.min(answer.leftMs ?? maxAgeMs, maxAgeMs);
    if (endMs <= nowMs || !answer.lane.holds(answer.slot)) return false;
    const { value, lane, slot } = answer;
    return this.#kept.set(flight.key, { value, endMs, bytes, lane, slot, used: false });
  }

  /** True when a copy was dropped. */
  changed(key: string): boolean {
    const flight = this.#flights.get(key);
    if (flight !== undefined) {
      flight.spoiled = true;
      this.#flights.delete(key);
    }
    if (!this.#kept.delete(key)) return false;
    this.#dropped++;
    return true;
  }

  /** Everything, or what was read over one lane; reads under way are spoiled in both cases. How many copies were dropped. */
  clear(lane?: Lane): number {
    const before = this.#kept.size;
    for (const flight of this.#flights.values()) flight.spoiled = true;
    this.#flights.clear();
    if (lane === undefined) this.#kept.clear();
    else for (const [key, kept] of this.#kept) if (kept.lane === lane) this.#kept.delete(key);
    this.#dropped += before - this.#kept.size;
    return before - this.#kept.size;
  }

  #serves(kept: Kept<Value>, nowMs: number): boolean {
    if (nowMs >= kept.endMs || nowMs - kept.lane.provenMs > this.#options.staleWithinMs) return false;
    return kept.lane.holds(kept.slot);
  }
}
