/**
 * A bus between the processes of one machine: a table in a SQLite file, in which every message has a number, looked at whenever the file has
 * changed (`PRAGMA data_version`). Nobody has to run beside it.
 *
 * Old messages are cleared away by who publishes. Who looks and finds that what should come next is gone is told a gap, on all of his
 * channels: which one the lost messages were of is not known any more.
 */
import type { StatementSync } from 'node:sqlite';
import type { Cancel } from '@palier/base/timers';
import { kitError } from '../../errors.ts';
import { checkedKey, checkedValue } from '../call.ts';
import { HealthWatch } from '../health-watch.ts';
import type { CallOptions, Value } from '../kv.ts';
import type { CheckedStateOptions } from '../options.ts';
import { isLocked, type SqliteFile } from '../sqlite/file.ts';
import { openSqliteFile, openTimeoutMsOf } from '../sqlite/open.ts';
import { SqliteWriter } from '../sqlite/writer.ts';
import type { StateSurroundings } from '../surroundings.ts';
import type { Bus, Subscriber, Subscription } from './bus.ts';
import { Hearers } from './hearers.ts';
import { lookEveryMs, maxBytesKept, maxChannels, maxMessagesKept, messageKeptMs } from './options.ts';

const schema = `
CREATE TABLE IF NOT EXISTS message (number INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, body BLOB NOT NULL, at_ms INTEGER NOT NULL,
  bytes_before INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS message_at ON message (at_ms);
CREATE INDEX IF NOT EXISTS message_bytes ON message (bytes_before)`;

/** Messages that are handed over in one turn of the event loop. */
const maxBatch = 500;
/** Clearing away comes with every so many messages published here, or so many bytes. */
const clearEvery = 100;
const clearEveryBytes = 1_048_576;

export interface BusSqliteOptions extends CheckedStateOptions {
  readonly path: string;
}

/** Throws PALIER_STATE_OPEN. */
export function openBusSqlite(options: BusSqliteOptions, around: StateSurroundings): Promise<Bus> {
  const { path, powerSafe } = options;
  const opening = { path, powerSafe, schema, openTimeoutMs: openTimeoutMsOf(options) };
  return openSqliteFile(opening, around, (file) => new BusSqlite(file, options, around));
}

class BusSqlite implements Bus {
  readonly engine = 'sqlite';
  readonly health: HealthWatch;
  readonly #file: SqliteFile;
  readonly #writer: SqliteWriter;
  readonly #options: BusSqliteOptions;
  readonly #around: StateSurroundings;
  readonly #channels = new Map<string, Hearers>();
  readonly #table: Table;
  readonly #stop: Cancel;
  /** The number of the last message that was handed over, or passed by. */
  #last: number;
  #version = -1;
  #unclearedMessages = 0;
  #unclearedBytes = 0;
  #closed = false;

  constructor(file: SqliteFile, options: BusSqliteOptions, around: StateSurroundings) {
    this.#file = file;
    this.#options = options;
    this.#around = around;
    this.health = new HealthWatch(around.clock);
    this.health.see({ kind: 'connected' });
    this.#writer = new SqliteWriter(file, this.health, options, around, () => {});
    this.#table = new Table(file);
    this.#last = this.#table.newest();
    this.#stop = around.timers.every(lookEveryMs, () => {
      if (this.#channels.size > 0) this.#look(false);
    });
  }

  async publish(channel: string, message: Value, options?: CallOptions): Promise<void> {
    if (this.#closed) throw kitError('PALIER_STATE_CLOSED', { outcome: 'none' });
    checkedKey(channel, this.#options);
    const body = checkedValue(message, this.#options);
    this.#unclearedMessages++;
    this.#unclearedBytes += body.length;
    const clear = this.#unclearedMessages >= clearEvery || this.#unclearedBytes >= clearEveryBytes;
    if (clear) {
      this.#unclearedMessages = 0;
      this.#unclearedBytes = 0;
    }
    await this.#writer.write(() => {
      this.#table.add(channel, body);
      if (clear) this.#table.clear();
    }, options?.timeoutMs);
    // What this process commits does not change its own data_version.
    if (this.#channels.size > 0 && !this.#closed) this.#look(true);
  }

  subscribe(channel: string, subscriber: Subscriber): Promise<Subscription> {
    try {
      if (this.#closed) throw kitError('PALIER_STATE_CLOSED', { outcome: 'none' });
      checkedKey(channel, this.#options);
      if (this.#channels.size >= maxChannels) {
        throw kitError('PALIER_STATE_BUSY', { waiting: maxChannels, outcome: 'none' });
      }
      // Who subscribes first hears what comes from now on.
      if (this.#channels.size === 0) this.#last = this.#table.newest();
      else this.#look(true);
      const hearers = this.#channels.get(channel) ?? new Hearers(channel, this.#around.log);
      this.#channels.set(channel, hearers);
      const subscription = hearers.add(subscriber, () => {
        if (hearers.size === 0) this.#channels.delete(channel);
      });
      hearers.listens(true);
      return Promise.resolve(subscription);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    for (const hearers of this.#channels.values()) hearers.clear();
    this.#channels.clear();
    await this.#writer.drained();
    this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #look(changed: boolean): void {
    try {
      const version = this.#table.version();
      if (version === this.#version && !changed) return;
      this.#version = version;
      const rows = this.#table.after(this.#last, maxBatch);
      const [first] = rows;
      // Numbers are given without holes: what is missing was cleared away.
      if (first !== undefined && first.number !== this.#last + 1) for (const one of this.#channels.values()) one.gap();
      for (const { number, channel, body } of rows) {
        this.#last = number;
        this.#channels.get(channel)?.message(Buffer.from(body));
      }
      // The rest in a turn of its own: requests come first.
      if (rows.length === maxBatch) this.#version = -1;
    } catch (error) {
      // Looked at again in a moment; a number is not passed by before it was read.
      this.#version = -1;
      if (!isLocked(error)) this.health.see({ kind: 'failed', reason: String(error) });
    }
  }
}

interface Row {
  readonly number: number;
  readonly channel: string;
  readonly body: Uint8Array;
}

class Table {
  readonly #version: StatementSync;
  readonly #newest: StatementSync;
  readonly #after: StatementSync;
  readonly #add: StatementSync;
  readonly #clear: StatementSync;

  constructor(file: SqliteFile) {
    const nowMs = "CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)";
    this.#version = file.prepare('PRAGMA data_version');
    // Of the numbers given, not of the messages there: all may have been cleared away.
    this.#newest = file.prepare(
      "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0) AS number",
    );
    this.#after = file.prepare('SELECT number, channel, body FROM message WHERE number > ? ORDER BY number LIMIT ?');
    const newest = 'ORDER BY number DESC LIMIT 1';
    this.#add = file.prepare(`INSERT INTO message (channel, body, at_ms, bytes_before) VALUES (?, ?, ${nowMs},
      coalesce((SELECT bytes_before + length(body) FROM message ${newest}), 0))`);
    // The oldest go first, so that no hole comes between two that stay; the newest stays, whatever its age.
    this.#clear = file.prepare(`DELETE FROM message WHERE number < (SELECT max(number) FROM message) AND number <= max(
      coalesce((SELECT max(number) FROM message WHERE at_ms < ${nowMs} - ${messageKeptMs}), 0),
      coalesce((SELECT max(number) FROM message), 0) - ${maxMessagesKept},
      coalesce((SELECT max(number) FROM message WHERE bytes_before <
        (SELECT bytes_before FROM message ${newest}) - ${maxBytesKept}), 0))`);
  }

  version(): number {
    return Number(this.#version.get()?.['data_version']);
  }

  newest(): number {
    return Number(this.#newest.get()?.['number']);
  }

  after(number: number, limit: number): readonly Row[] {
    return this.#after.all(number, limit) as unknown as readonly Row[];
  }

  add(channel: string, body: Buffer): void {
    this.#add.run(channel, body);
  }

  clear(): void {
    this.#clear.run();
  }
}
