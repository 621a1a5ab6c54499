/**
 * The port for shared keys and values: what every engine promises, in sentences that `conformance/` holds each driver to.
 *
 * - A call that was acknowledged is seen by every later call of every process on that engine.
 * - A call ends within its deadline, whatever the engine does. Its error says whether it may have happened (`outcomeOf`).
 * - An entry whose time is over is gone for every reader at once; time is the engine's own clock, never the caller's.
 * - Nothing of anybody else happens between two steps of a procedure.
 * - A durable call that was acknowledged is on as many replicas as it asked for (SQLite: on the disk). Where there are not so many it is
 *   refused with nothing done; when they did not confirm in time, its outcome is unknown: it holds, and a failover may lose it.
 */
import type { CopyEvents, CopySource, CopySourceOptions } from './copies/source.ts';
import type { Durable } from './durable/durable.ts';
import type { Health } from './health.ts';
import type { KeepingFacts } from './keeping/facts.ts';
import type { Procedure } from './procedure.ts';

/** What may be handed in as a value: text is stored as UTF-8. */
export type Value = string | Uint8Array;

export interface CallOptions {
  /** How long the call may take, the wait for a connection and the time on the wire included. Default: the kv's `timeoutMs`. */
  readonly timeoutMs?: number;
}

export interface WriteOptions extends CallOptions {
  /**
   * Acknowledged only when replicas have it. Left out: when the primary has it. Durable calls happen in the order in which they were made, but
   * beside the others: await one where a later call without it depends on it.
   */
  readonly durable?: Durable;
}

export interface SetOptions extends WriteOptions {
  /** The entry is gone after that time. Left out: it stays. */
  readonly expiresInMs?: number;
  /** Nothing happens when the key is there already. */
  readonly onlyIf?: 'absent' | 'present';
}

export interface Kv extends AsyncDisposable {
  /** What stands behind it: told in messages and meters, never asked to decide. */
  readonly engine: KvEngine;
  readonly health: Health;
  /** The value, or undefined. */
  get(key: string, options?: CallOptions): Promise<Buffer | undefined>;
  /** One value for each key, in their order. On a Cluster the keys may lie anywhere; they are not read at one moment then. */
  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]>;
  /** Whether it was set: false only with `onlyIf`. A value of another kind under that key is replaced. */
  set(key: string, value: Value, options?: SetOptions): Promise<boolean>;
  /** Whether there was something to delete, of any kind. */
  delete(key: string, options?: WriteOptions): Promise<boolean>;
  /** Runs an atomic change. The keys must share a hash tag (`keyOf`), so that they live on one node wherever there are several. */
  run<Result>(
    procedure: Procedure<Result>,
    keys: readonly string[],
    args: readonly (Value | number)[],
    options?: WriteOptions,
  ): Promise<Result>;
  /** For `openCopies`: reads that are taken back when somebody changes what was read. A driver without it keeps no copies. */
  copySource?(events: CopyEvents, options: CopySourceOptions): CopySource;
  /** For `checkKeeps`: what each node says of its memory and its disk. Left out where nothing is ever thrown away. */
  keepingFacts?(options?: CallOptions): Promise<readonly KeepingFacts[]>;
  /** Ends what is under way within `timeoutMs`, then lets go. Calls after it fail with PALIER_STATE_CLOSED. */
  close(): Promise<void>;
}

export type KvEngine = 'sqlite' | 'redis' | 'sentinel' | 'cluster';

/**
 * A key of which `tag` decides the node: all keys with one tag live together, so that one procedure may touch them. A brace in `tag` would
 * end the tag early (Redis Cluster specification, "Hash tags"), and an id from outside could then choose its node, or another's key: both
 * are written as percent escapes, as are the separators of the parts.
 */
export function keyOf(room: string, tag: string, ...parts: readonly string[]): string {
  return [room, `{${keyPart(tag)}}`, ...parts.map(keyPart)].join(':');
}

const separator = /[%{}:]/;

/** A text as `keyOf` writes it, for who makes many keys of one form. */
export function keyPart(text: string): string {
  if (!separator.test(text)) return text;
  return text.replace(/[%{}:]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
