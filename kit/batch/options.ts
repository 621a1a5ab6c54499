/** What can be set on a batch, and why it is as it is. */
import type { Insertable } from 'kysely';
import { optionChecks } from '../options.ts';
import type { BatchMeters } from './meters.ts';
import type { RowForm } from './writer.ts';

/** One row as it is added: the named columns, each as Kysely would insert it. */
export type RowOf<Tables, Table extends keyof Tables, Column extends keyof Tables[Table]> = {
  readonly [Name in Column & keyof Insertable<Tables[Table]>]: Insertable<Tables[Table]>[Name];
};

export interface Quarantined<Row> {
  readonly row: Row;
  /** Why the database does not take it. */
  readonly error: unknown;
}

export interface BatchOptions<
  Tables,
  Table extends keyof Tables & string,
  Column extends keyof Tables[Table] & string,
> {
  readonly table: Table;
  /** All columns that a row brings. The others get their defaults. */
  readonly columns: readonly Column[];
  /** What makes a row this row: the columns of a unique index, exactly. It is what makes a repeated write harmless. */
  readonly key: readonly NoInfer<Column>[];
  /** What becomes of a row whose key is there already: `keep` leaves the old one, `replace` gives it the new values. */
  readonly onDuplicate: 'keep' | 'replace';
  /**
   * Rows of one write at most. Default 1024: four times as many were less than a quarter faster on PostgreSQL, and take four times as
   * long to be halved or repeated. MariaDB takes 65 535 values at once; with many columns it is less.
   */
  readonly maxRows?: number;
  /** Bytes of one write at most; a larger row goes alone. Default 1 MiB; on MariaDB at most half of max_allowed_packet. */
  readonly maxBytes?: number;
  /**
   * Writes under way at once. Default 2: the second one is being made and sent while the first one commits. It starts only when it has 256
   * rows (or is full), more than are under way, or when they have waited for too long (`overtakeMs`). SQLite has one writer, and 1.
   */
  readonly inFlight?: number;
  /**
   * Rows that have waited for four usual writes, or at most so long, do not wait for the write before them: that one is held up by a lock.
   * Default 50 ms: a disk that is busy for a moment is none.
   */
  readonly overtakeMs?: number;
  /**
   * The longest that rows wait for company when nothing is under way, and they do so only when as many again are expected within that time.
   * Default 0, not at all: it adds its whole length to every row and wins nothing until the database is saturated, when rows gather anyway.
   */
  readonly lingerMs?: number;
  /** Rows held in memory at most, those being written included; one more is refused with PALIER_BATCH_FULL. Default 10 000. */
  readonly maxHeldRows?: number;
  /** The same in bytes. Default 16 MiB. */
  readonly maxHeldBytes?: number;
  /**
   * For how long a row is tried while the database is away; then its promise fails with PALIER_BATCH_LATE. Default 30 000 ms: a failover, or a
   * restart.
   */
  readonly maxAgeMs?: number;
  /** How long close() lets rows be tried. Default 10 000 ms: below the 30 s that orchestrators give a process. */
  readonly closeWithinMs?: number;
  /** How long one write may take. Default: that of the database. Another one costs a round trip when a connection changes over. */
  readonly timeoutMs?: number;
  /** Told of each row that the database refuses for itself. Default: they are kept in `quarantined`. */
  readonly quarantine?: (bad: Quarantined<RowOf<Tables, Table, NoInfer<Column>>>) => void;
  /** Rows that `quarantined` keeps; the oldest goes first. Default 100. */
  readonly maxQuarantined?: number;
  /** Made once by `meterBatches(meters)` for all batches of a service. */
  readonly meters?: BatchMeters;
}

export interface BatchLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly inFlight: number;
  readonly overtakeMs: number;
  readonly lingerMs: number;
  readonly maxHeldRows: number;
  readonly maxHeldBytes: number;
  readonly maxAgeMs: number;
  readonly closeWithinMs: number;
  readonly maxQuarantined: number;
}

const checks = optionChecks('PALIER_BATCH_OPTION');
const ranges = {
  maxRows: [1024, 1, 10_000],
  maxBytes: [1_048_576, 1, 268_435_456],
  inFlight: [2, 1, 100],
  overtakeMs: [50, 0, 3_600_000],
  lingerMs: [0, 0, 60_000],
  maxHeldRows: [10_000, 1, 10_000_000],
  maxHeldBytes: [16_777_216, 1, 4_294_967_296],
  maxAgeMs: [30_000, 1, 86_400_000],
  closeWithinMs: [10_000, 0, 3_600_000],
  maxQuarantined: [100, 0, 1_000_000],
} as const;

/** Throws PALIER_BATCH_OPTION. */
export function checkedLimits(options: Partial<BatchLimits>): BatchLimits {
  const limits = checks.wholes(options, ranges);
  if (limits.lingerMs >= limits.maxAgeMs) throw checks.wrong('lingerMs', limits.lingerMs, 'less than maxAgeMs');
  return limits;
}

/** Throws PALIER_BATCH_OPTION. */
export function checkedForm({ table, columns, key, onDuplicate, timeoutMs }: RowForm): RowForm {
  if (columns.length === 0 || new Set(columns).size !== columns.length) {
    throw checks.wrong('columns', columns.join(', ') || 'empty', 'at least one column, each once');
  }
  if (key.length === 0 || new Set(key).size !== key.length || key.some((name) => !columns.includes(name))) {
    throw checks.wrong('key', key.join(', ') || 'empty', 'at least one of the columns, each once');
  }
  if (timeoutMs !== undefined) checks.whole('timeoutMs', timeoutMs, 1, 3_600_000);
  return { table, columns, key, onDuplicate, timeoutMs };
}
