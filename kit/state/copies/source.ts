/**
 * What an engine offers to whoever keeps copies of its values: reads, and being told when somebody changes what was read. For drivers.
 *
 * A `Lane` is one life of one connection. Whatever the engine changed before `provenMs` has been told to `CopyEvents` by now, so that a copy
 * that is still there was the engine's value at that moment.
 */
import type { Procedure, Reply } from '../procedure.ts';

export interface Lane {
  /** Monotonic: a question that was sent then has been answered, and with it came all changes before. */
  readonly provenMs: number;
  /** Whether it lives, and is still told about what lies in `slot`. */
  holds(slot: number): boolean;
  /** The engine itself says that what lies in `slot` is elsewhere, or going there: what was known of it proves nothing. */
  gone?(slot: number): boolean;
}

/** One answer, and until when it is the engine's. */
export interface SourceRead {
  /** Of the reader; without one, the bytes of the key or undefined. */
  readonly reply: Reply;
  /** What is left of the entry's life; undefined: it stays, or there is none. */
  readonly leftMs: number | undefined;
  readonly lane: Lane;
  readonly slot: number;
}

export interface CopySource {
  /** A copy is served for so long after its lane was proven; the option `staleWithinMs` only lowers it. */
  readonly maxStaleMs: number;
  /** Undefined: not here, not now. The caller asks the kv instead and keeps nothing. */
  read(key: string, timeoutMs?: number): Promise<SourceRead | undefined>;
  /** The same at once, where the engine needs no wait. */
  readNow?(key: string): SourceRead | undefined;
  close(): void;
}

export interface CopySourceOptions {
  /** How often a lane must be proven: several times in that. */
  readonly staleWithinMs: number;
  readonly maxAgeMs: number;
  /** What is read of each key; undefined: its bytes. */
  readonly reader: Procedure<unknown> | undefined;
}

export interface CopyEvents {
  /** Somebody changed the key, or may have; this process's own writes are told before they are acknowledged to the caller. */
  changed(key: string): void;
  /** Everything was changed. */
  cleared(): void;
  /** The lane has ended: nothing is told on it any more. */
  lost(lane: Lane): void;
}
