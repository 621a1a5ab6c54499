/**
 * Keys and values in a SQLite file: what the replicas of one machine share when there is no Redis.
 *
 * Readers ask the file at once; writers are gathered (`writer.ts`).
 */
import { kitError } from '../../errors.ts';
import { checkedKey, checkedLifetime, checkedTags, checkedValue } from '../call.ts';
import type { CopyEvents, CopySource, CopySourceOptions, SourceRead } from '../copies/source.ts';
import { checkedReplicas, type Durable, notDurable } from '../durable/durable.ts';
import { HealthWatch } from '../health-watch.ts';
import type { CallOptions, Kv, SetOptions, Value, WriteOptions } from '../kv.ts';
import type { CheckedStateOptions } from '../options.ts';
import type { Procedure } from '../procedure.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { isLocked, type SqliteFile } from './file.ts';
import { SqliteLanes } from './lanes.ts';
import { openSqliteFile, openTimeoutMsOf } from './open.ts';
import { SqliteView, viewSchema } from './view.ts';
import { SqliteWriter } from './writer.ts';

/** Clearing away what is over: 2000 entries a second, in bites of about a millisecond. */
const sweepEveryMs = 250;
const maxSwept = 500;
/**
 * Copies are served for so long; then the file is looked at, once for all of them, and they go on while no other process has written. 200 looks a
 * second are half a per mill of a core.
 */
const copyForMs = 5;

export interface KvSqliteOptions extends CheckedStateOptions {
  readonly path: string;
}

/** Throws PALIER_STATE_OPEN. */
export function openSqlite(options: KvSqliteOptions, around: StateSurroundings): Promise<Kv> {
  const { path, powerSafe } = options;
  const opening = { path, powerSafe, schema: viewSchema, openTimeoutMs: openTimeoutMsOf(options) };
  return openSqliteFile(opening, around, (file) => new KvSqlite(file, options, around));
}

class KvSqlite implements Kv {
  readonly engine = 'sqlite';
  readonly health: HealthWatch;
  readonly #options: KvSqliteOptions;
  readonly #file: SqliteFile;
  readonly #view: SqliteView;
  readonly #nowMs: () => number;
  readonly #copies = new Set<CopyEvents>();
  readonly #lanes: SqliteLanes;
  readonly #writer: SqliteWriter;
  #closed = false;
  readonly #stopSweeping: () => void;

  constructor(file: SqliteFile, options: KvSqliteOptions, around: StateSurroundings) {
    this.#options = options;
    this.#file = file;
    this.#view = new SqliteView(this.#file);
    this.#lanes = new SqliteLanes(this.#file, around.clock, copyForMs);
    const clock = this.#file.prepare("SELECT CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER) AS now");
    this.#nowMs = () => Number(clock.get()?.['now']);
    this.health = new HealthWatch(around.clock);
    this.health.see({ kind: 'connected' });
    this.#writer = new SqliteWriter(this.#file, this.health, options, around, () => {
      this.#view.nowMs = this.#nowMs();
    });
    this.#stopSweeping = around.timers.every(sweepEveryMs, () => this.#sweep());
  }

  get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    return this.#read(options, () => this.#view.get(checkedKey(key, this.#options)));
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    return this.#read(options, () => keys.map((key) => this.#view.get(checkedKey(key, this.#options))));
  }

  set(key: string, value: Value, options: SetOptions = {}): Promise<boolean> {
    const { expiresInMs, onlyIf } = options;
    return this.#checked(() => {
      checkedKey(key, this.#options);
      const bytes = checkedValue(value, this.#options);
      const lifetimeMs = expiresInMs === undefined ? undefined : checkedLifetime(expiresInMs);
      return this.#write(options, options.durable, () => {
        const view = this.#view;
        if (onlyIf !== undefined && (view.expiresAtMs(key) !== undefined) !== (onlyIf === 'present')) return false;
        view.set(key, bytes, lifetimeMs === undefined ? undefined : view.nowMs + lifetimeMs);
        this.#written([key]);
        return true;
      });
    });
  }

  delete(key: string, options?: WriteOptions): Promise<boolean> {
    return this.#checked(() => {
      checkedKey(key, this.#options);
      return this.#write(options, options?.durable, () => {
        this.#written([key]);
        return this.#view.delete(key);
      });
    });
  }

  run<Result>(
    procedure: Procedure<Result>,
    keys: readonly string[],
    args: readonly (Value | number)[],
    options?: WriteOptions,
  ): Promise<Result> {
    return this.#checked(() => {
      for (const key of keys) checkedKey(key, this.#options);
      checkedTags(procedure.name, keys);
      const bytes = args.map((arg) => checkedValue(typeof arg === 'number' ? String(arg) : arg, this.#options));
      const apply = (): Result => procedure.read(procedure.apply(this.#view, keys, bytes));
      return procedure.readOnly === true
        ? this.#read(options, apply)
        : this.#write(options, options?.durable, () => {
            this.#written(keys);
            return this.#file.nested(apply);
          });
    });
  }

  copySource(events: CopyEvents, { reader }: CopySourceOptions): CopySource {
    this.#copies.add(events);
    const readNow = (key: string): SourceRead | undefined => {
      if (this.#closed || this.#writer.waiting > 0) return undefined;
      checkedKey(key, this.#options);
      const view = this.#view;
      try {
        const lane = this.#lanes.now();
        view.nowMs = this.#nowMs();
        return view.reading(() => {
          const reply = reader === undefined ? [view.get(key)] : reader.apply(view, [key], []);
          const endMs = view.expiresAtMs(key) ?? Number.POSITIVE_INFINITY;
          return { reply, leftMs: Number.isFinite(endMs) ? endMs - view.nowMs : undefined, lane, slot: 0 };
        });
      } catch (error) {
        if (isLocked(error)) return undefined;
        throw error;
      }
    };
    return {
      maxStaleMs: copyForMs,
      readNow,
      read: (key) => this.#checked(() => Promise.resolve(readNow(key))),
      close: () => void this.#copies.delete(events),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopSweeping();
    await this.#writer.drained();
    this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Within the turn that commits: nobody in this process reads between. */
  #written(keys: readonly string[]): void {
    for (const events of this.#copies) for (const key of keys) events.changed(key);
  }

  /** What is thrown before a call begins is the answer of that call. */
  #checked<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return call();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** At once, unless a write of this process waits: who wrote before he reads must see what he wrote. */
  #read<Result>(options: CallOptions | undefined, run: () => Result): Promise<Result> {
    return this.#checked(() => {
      if (this.#closed) throw this.#closedError();
      if (this.#writer.waiting > 0) return this.#write(options, undefined, run);
      try {
        this.#view.nowMs = this.#nowMs();
        return Promise.resolve(run());
      } catch (error) {
        if (isLocked(error)) return this.#write(options, undefined, run);
        throw error;
      }
    });
  }

  #write<Result>(options: CallOptions | undefined, durable: Durable | undefined, run: () => Result): Promise<Result> {
    if (this.#closed) throw this.#closedError();
    const onDisk = checkedReplicas(durable) !== undefined;
    if (onDisk && this.#options.path === ':memory:') throw notDurable('SQLite', 'it is in memory', 'a file');
    return this.#writer.write(run, options?.timeoutMs, onDisk);
  }

  #sweep(): void {
    if (this.#writer.waiting > 0) return;
    try {
      const attempt = this.#file.transaction(() => {
        this.#view.nowMs = this.#nowMs();
        this.#view.sweep(maxSwept);
      });
      // Whoever asks nothing of a file that is down hears so that it is back.
      if (!attempt.locked) this.health.see({ kind: 'answered' });
    } catch (error) {
      this.health.see({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
    }
  }

  #closedError(): Error {
    return kitError('PALIER_STATE_CLOSED', { outcome: 'none' });
  }
}
