/**
 * Copies of chosen keys in this process, emptied by everybody's changes: a read that costs no call, and is never older than a stated bound.
 *
 * A copy is the engine's value at some moment of the last `staleWithinMs` (500 by default); while all is well, of the last few milliseconds,
 * since changes are pushed. What this process writes through the same kv is seen by its own next read.
 */
import type { Kv } from '../kv.ts';
import type { Procedure } from '../procedure.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { type CheckedCopyOptions, checkedCopyOptions, type CopyOptions } from './options.ts';
import type { CopySource, Lane, SourceRead } from './source.ts';
import { type Answer, type Copy, type CopyCounts, CopyTable, type Flight } from './table.ts';

export interface ReadOptions {
  /** How long the call may take when there is no copy. Default: the kv's `timeoutMs`. */
  readonly timeoutMs?: number;
}

export interface Copies<Value> extends AsyncDisposable {
  /** From memory when there is a valid copy, else from the engine. Rejects as `Kv.get` and `Kv.run` do. */
  get(key: string, options?: ReadOptions): Promise<Value>;
  /** A valid copy, or undefined: the hot path, without a promise. On SQLite it reads the file when there is none. */
  peek(key: string): Copy<Value> | undefined;
  /**
   * For a time without the engine: what was its value at some moment of the last `lastKnownMs`, whether the connection is lost or not; undefined
   * when that is not known. Never what is known to be changed, never past the entry's life.
   */
  last(key: string): Copy<Value> | undefined;
  /** Forgets the copy; the next read asks the engine. */
  drop(key: string): void;
  /** Called when a copy was dropped by a change, with undefined when many were. Not on SQLite for the changes of others: they end copies unseen. */
  onDropped(listener: (key: string | undefined) => void): () => void;
  readonly counts: CopyCounts;
  close(): Promise<void>;
}

const maxListeners = 100;

/** Copies of plain values: bytes, or undefined for a key that is not there (that is kept as well). Throws PALIER_STATE_OPTION. */
export function openCopies(kv: Kv, around: StateSurroundings, options?: CopyOptions): Copies<Buffer | undefined>;
/** Copies of what a procedure reads of one key: kept as its `read` made it, and shared by all callers, who must not change it. */
export function openCopies<Value>(
  kv: Kv,
  around: StateSurroundings,
  options: CopyOptions,
  procedure: Procedure<Value>,
): Copies<Value>;
export function openCopies<Value>(
  kv: Kv,
  around: StateSurroundings,
  options: CopyOptions = {},
  procedure?: Procedure<Value>,
): Copies<Value> {
  return new KvCopies(kv, around, options, procedure);
}

class KvCopies<Value> implements Copies<Value> {
  readonly #kv: Kv;
  readonly #around: StateSurroundings;
  readonly #procedure: Procedure<Value> | undefined;
  readonly #table: CopyTable<Value>;
  readonly #source: CopySource | undefined;
  readonly #listeners = new Set<(key: string | undefined) => void>();
  readonly #options: CheckedCopyOptions;
  #closed = false;

  constructor(kv: Kv, around: StateSurroundings, options: CopyOptions, procedure: Procedure<Value> | undefined) {
    const checked = checkedCopyOptions(options);
    this.#kv = kv;
    this.#around = around;
    this.#procedure = procedure;
    const events = {
      changed: (key: string) => this.#changed(key),
      cleared: () => this.#clear(undefined),
      lost: (lane: Lane) => {
        if (checked.lastKnownMs === 0) this.#clear(lane);
      },
    };
    this.#source = kv.copySource?.(events, { ...checked, reader: procedure });
    const staleWithinMs = Math.min(checked.staleWithinMs, this.#source?.maxStaleMs ?? checked.staleWithinMs);
    this.#options = { ...checked, staleWithinMs };
    this.#table = new CopyTable(this.#options);
  }

  get counts(): CopyCounts {
    return this.#table.counts;
  }

  get(key: string, options?: ReadOptions): Promise<Value> {
    const nowMs = this.#around.clock.monotonicMs();
    const copy = this.#table.peek(key, nowMs);
    if (copy !== undefined) return Promise.resolve(copy.value);
    const under = this.#table.joinable(key, nowMs)?.promise;
    if (under !== undefined) return under;
    const flight = this.#table.begin(key, nowMs);
    flight.promise = this.#fetch(flight, options?.timeoutMs);
    return flight.promise;
  }

  peek(key: string): Copy<Value> | undefined {
    const nowMs = this.#around.clock.monotonicMs();
    const copy = this.#table.peek(key, nowMs);
    if (copy !== undefined || this.#source?.readNow === undefined || this.#closed) return copy;
    const read = this.#source.readNow(key);
    if (read === undefined) return undefined;
    const answer = this.#answer(read);
    this.#table.end(this.#table.begin(key, nowMs), answer, nowMs);
    return answer;
  }

  last(key: string): Copy<Value> | undefined {
    return this.#table.last(key, this.#options.lastKnownMs, this.#around.clock.monotonicMs());
  }

  drop(key: string): void {
    this.#table.changed(key);
  }

  onDropped(listener: (key: string | undefined) => void): () => void {
    if (this.#listeners.size >= maxListeners) throw new RangeError(`More than ${maxListeners} listen to one table.`);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#source?.close();
    this.#table.clear();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #fetch(flight: Flight<Value>, timeoutMs: number | undefined): Promise<Value> {
    const { clock } = this.#around;
    let answer: Answer<Value> | undefined;
    try {
      const read = this.#closed ? undefined : await this.#source?.read(flight.key, timeoutMs);
      if (read !== undefined) answer = this.#answer(read);
    } finally {
      this.#table.end(flight, this.#closed ? undefined : answer, clock.monotonicMs());
    }
    if (answer !== undefined) return answer.value;
    // Where nothing can be kept now, the engine is asked the plain way, in the time that is left.
    if (timeoutMs === undefined) return this.#ask(flight.key, {});
    return this.#ask(flight.key, { timeoutMs: Math.max(1, flight.sentMs + timeoutMs - clock.monotonicMs()) });
  }

  async #ask(key: string, options: ReadOptions): Promise<Value> {
    if (this.#procedure !== undefined) return this.#kv.run(this.#procedure, [key], [], options);
    return (await this.#kv.get(key, options)) as Value;
  }

  #answer({ reply, leftMs, lane, slot }: SourceRead): Answer<Value> {
    const value = this.#procedure === undefined ? (reply[0] as Value) : this.#procedure.read(reply);
    const bytes = reply.reduce<number>((sum, one) => sum + (typeof one === 'object' ? one.length : 8), 0);
    return { value, bytes, leftMs, lane, slot };
  }

  #changed(key: string): void {
    if (this.#table.changed(key)) for (const listener of this.#listeners) listener(key);
  }

  #clear(lane: Lane | undefined): void {
    if (this.#table.clear(lane) > 0) for (const listener of this.#listeners) listener(undefined);
  }
}
