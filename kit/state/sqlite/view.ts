/**
 * The entries of a file as a procedure sees them, within one transaction.
 *
 * An entry whose time is over is as good as gone: readers pass it by, the first writer that meets it clears it away, and a sweep takes
 * those that nobody asks for.
 */
import type { StatementSync } from 'node:sqlite';
import { kitError } from '../../errors.ts';
import type { HashView, SortedView, View } from '../procedure.ts';
import type { SqliteFile } from './file.ts';

export const viewSchema = `
CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, kind TEXT NOT NULL, value BLOB, expires_ms INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_expires ON entry (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE TABLE IF NOT EXISTS field (key TEXT NOT NULL REFERENCES entry ON DELETE CASCADE, field TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (key, field)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS member (key TEXT NOT NULL REFERENCES entry ON DELETE CASCADE, member TEXT NOT NULL, score INTEGER NOT NULL,
  PRIMARY KEY (key, member)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_score ON member (key, score, member)`;

type Kind = 'text' | 'hash' | 'sorted';
interface EntryRow {
  readonly kind: Kind;
  readonly value: Uint8Array | null;
  readonly expires_ms: number | null;
}

export class SqliteView implements View {
  /** Set before each use. */
  nowMs = 0;
  readonly hash: HashView;
  readonly sorted: SortedView;
  readonly #entry: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #expire: StatementSync;
  readonly #sweep: StatementSync;
  #looked: Map<string, EntryRow | undefined> | undefined;

  constructor(file: SqliteFile) {
    this.#entry = file.prepare('SELECT kind, value, expires_ms FROM entry WHERE key = ?');
    this.#put = file.prepare('INSERT INTO entry (key, kind, value, expires_ms) VALUES (?, ?, ?, ?)');
    this.#remove = file.prepare('DELETE FROM entry WHERE key = ?');
    this.#expire = file.prepare('UPDATE entry SET expires_ms = ? WHERE key = ?');
    this.#sweep = file.prepare(
      'DELETE FROM entry WHERE key IN (SELECT key FROM entry WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?)',
    );
    const entries: Entries = {
      has: (key, kind) => this.#seen(key, kind) !== undefined,
      make: (key, kind) => this.#make(key, kind),
      drop: (key) => void this.#remove.run(key),
    };
    this.hash = hashView(file, entries);
    this.sorted = sortedView(file, entries);
  }

  get(key: string): Buffer | undefined {
    const row = this.#seen(key, 'text');
    return row === undefined ? undefined : Buffer.from(row.value as Uint8Array);
  }

  set(key: string, value: Buffer, expiresAtMs?: number): void {
    this.#remove.run(key);
    this.#put.run(key, 'text', value, expiresAtMs ?? null);
  }

  delete(key: string): boolean {
    const alive = this.#alive(key) !== undefined;
    this.#remove.run(key);
    return alive;
  }

  expiresAtMs(key: string): number | undefined {
    const row = this.#alive(key);
    return row === undefined ? undefined : (row.expires_ms ?? Number.POSITIVE_INFINITY);
  }

  expireAt(key: string, expiresAtMs: number): boolean {
    if (this.#alive(key) === undefined) return false;
    if (expiresAtMs <= this.nowMs) this.#remove.run(key);
    else this.#expire.run(expiresAtMs === Number.POSITIVE_INFINITY ? null : expiresAtMs, key);
    return true;
  }

  /** Clears away at most `limit` entries whose time is over; answers how many. */
  sweep(limit: number): number {
    return Number(this.#sweep.run(this.nowMs, limit).changes);
  }

  /**
   * A read that looks at one entry several times: the file is asked once. Beyond a transaction each look takes and gives back the file's lock,
   * which costs more than the look (2.2 of 2.6 µs), and what another process writes in between would make a value and a life of two entries.
   */
  reading<Result>(read: () => Result): Result {
    this.#looked = new Map();
    try {
      return read();
    } finally {
      this.#looked = undefined;
    }
  }

  #look(key: string): EntryRow | undefined {
    const looked = this.#looked;
    if (looked?.has(key) === true) return looked.get(key);
    const row = this.#entry.get(key) as EntryRow | undefined;
    looked?.set(key, row);
    return row;
  }

  #alive(key: string): EntryRow | undefined {
    const row = this.#look(key);
    return row === undefined || (row.expires_ms !== null && row.expires_ms <= this.nowMs) ? undefined : row;
  }

  #seen(key: string, kind: Kind): EntryRow | undefined {
    const row = this.#alive(key);
    if (row !== undefined && row.kind !== kind) {
      throw kitError('PALIER_STATE_KIND', { key, kind: row.kind, expected: kind, outcome: 'none' });
    }
    return row;
  }

  #make(key: string, kind: Kind): void {
    if (this.#seen(key, kind) !== undefined) return;
    this.#remove.run(key);
    this.#put.run(key, kind, null, null);
  }
}

interface Entries {
  has(key: string, kind: Kind): boolean;
  make(key: string, kind: Kind): void;
  drop(key: string): void;
}

function hashView(file: SqliteFile, entries: Entries): HashView {
  const one = file.prepare('SELECT value FROM field WHERE key = ? AND field = ?');
  const all = file.prepare('SELECT field, value FROM field WHERE key = ? ORDER BY field');
  const put = file.prepare(
    'INSERT INTO field (key, field, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const remove = file.prepare('DELETE FROM field WHERE key = ? AND field = ?');
  const count = file.prepare('SELECT count(*) AS n FROM field WHERE key = ?');
  const size = (key: string): number => (entries.has(key, 'hash') ? Number(count.get(key)?.['n']) : 0);
  return {
    get(key, field) {
      if (!entries.has(key, 'hash')) return undefined;
      const row = one.get(key, field);
      return row === undefined ? undefined : Buffer.from(row['value'] as Uint8Array);
    },
    all(key) {
      if (!entries.has(key, 'hash')) return new Map();
      return new Map(all.all(key).map((row) => [String(row['field']), Buffer.from(row['value'] as Uint8Array)]));
    },
    set(key, field, value) {
      entries.make(key, 'hash');
      put.run(key, field, value);
    },
    delete(key, field) {
      if (!entries.has(key, 'hash')) return false;
      const removed = Number(remove.run(key, field).changes) > 0;
      if (removed && size(key) === 0) entries.drop(key);
      return removed;
    },
    size,
  };
}

function sortedView(file: SqliteFile, entries: Entries): SortedView {
  const one = file.prepare('SELECT score FROM member WHERE key = ? AND member = ?');
  const put = file.prepare(
    'INSERT INTO member (key, member, score) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET score = excluded.score',
  );
  const remove = file.prepare('DELETE FROM member WHERE key = ? AND member = ?');
  const between = file.prepare(
    'SELECT member FROM member WHERE key = ? AND score BETWEEN ? AND ? ORDER BY score, member LIMIT ?',
  );
  const removeBetween = file.prepare('DELETE FROM member WHERE key = ? AND score BETWEEN ? AND ?');
  const count = file.prepare('SELECT count(*) AS n FROM member WHERE key = ?');
  const size = (key: string): number => (entries.has(key, 'sorted') ? Number(count.get(key)?.['n']) : 0);
  const dropWhenEmpty = (key: string): void => {
    if (size(key) === 0) entries.drop(key);
  };
  return {
    score(key, member) {
      if (!entries.has(key, 'sorted')) return undefined;
      const row = one.get(key, member);
      return row === undefined ? undefined : Number(row['score']);
    },
    set(key, member, score) {
      entries.make(key, 'sorted');
      put.run(key, member, score);
    },
    delete(key, member) {
      if (!entries.has(key, 'sorted')) return false;
      const removed = Number(remove.run(key, member).changes) > 0;
      if (removed) dropWhenEmpty(key);
      return removed;
    },
    range(key, least, most, limit) {
      if (!entries.has(key, 'sorted')) return [];
      return between.all(key, bound(least), bound(most), limit).map((row) => String(row['member']));
    },
    deleteRange(key, least, most) {
      if (!entries.has(key, 'sorted')) return 0;
      const removed = Number(removeBetween.run(key, bound(least), bound(most)).changes);
      if (removed > 0) dropWhenEmpty(key);
      return removed;
    },
    size,
  };
}

/** SQLite's whole numbers know no infinity; no score lies beyond these. */
function bound(score: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, score));
}
