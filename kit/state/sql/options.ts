/** What can be set on a database, and why it is as it is. */
import { optionChecks } from '../../options.ts';
import type { Migration } from './sql.ts';

export interface SqlOptions {
  /** Forward only, in their order, each run once whatever number of replicas starts at once. Default: none. */
  readonly migrations?: readonly Migration[];
  /**
   * How long a statement may take when it does not say itself. Default 2000 ms: far above a good query's few, below a user's patience. The
   * server itself gives up at 0.9 of it, so that it does not work on for nobody.
   */
  readonly timeoutMs?: number;
  /**
   * How long a transaction may take, its repetitions included. Default 5000 ms: a few deadlocks. Each of its statements has `timeoutMs` on the
   * server, unless the call names a time: then each has that. When its client sends nothing for so long (a process that stands still, a partition),
   * the server takes it back by itself, and lets go of its rows.
   */
  readonly transactionTimeoutMs?: number;
  /** How long a migration may take. Default 60 000 ms: an index over a large table. */
  readonly migrationTimeoutMs?: number;
  /** How long to wait at the start for a server that is not there yet. Default 10 000 ms: servers and replicas are started together. */
  readonly openTimeoutMs?: number;
  /**
   * Connections of this replica. Default 10: a database of 4 to 8 cores is busy with 20 to 30 in all; more of them wait inside it
   * instead of here.
   */
  readonly connections?: number;
  /** How many replicas open such a pool, over all services that share the server. Default 1. */
  readonly replicas?: number;
  /** Connections of the server that no pool may count on: people, backups, exporters, the old replicas while new ones start. Default 10. */
  readonly reserve?: number;
  /** Statements that may wait for a connection; one more fails with PALIER_STATE_BUSY. Default 1000. */
  readonly maxWaiting?: number;
  /** How often a transaction may be begun. Default 5. */
  readonly attempts?: number;
  /** SQLite: a commit waits for the disk, and a power cut loses nothing. Default false: a killed process loses nothing. */
  readonly powerSafe?: boolean;
  /** With `?tls=on`: the authorities whose servers are trusted, as PEM. Default: those of this process, `NODE_EXTRA_CA_CERTS` among them. */
  readonly ca?: string;
  /** Called for each statement sent. For meters. */
  readonly onStatement?: () => void;
  /** Called each time that something waits and comes again: a locked file, a deadlock, a lost connection. For meters. */
  readonly onRetry?: (why: string) => void;
}

export type CheckedSqlOptions = Required<Omit<SqlOptions, 'ca'>> & { readonly ca: string | undefined };

const { wholes } = optionChecks('PALIER_STATE_OPTION');

export function checkedSqlOptions(options: SqlOptions): CheckedSqlOptions {
  return {
    migrations: options.migrations ?? [],
    ...wholes(options, {
      timeoutMs: [2000, 1, 3_600_000],
      transactionTimeoutMs: [5000, 1, 3_600_000],
      migrationTimeoutMs: [60_000, 1, 86_400_000],
      openTimeoutMs: [10_000, 1, 3_600_000],
      connections: [10, 1, 1000],
      replicas: [1, 1, 10_000],
      reserve: [10, 0, 10_000],
      maxWaiting: [1000, 0, 1_000_000],
      attempts: [5, 1, 100],
    }),
    powerSafe: options.powerSafe ?? false,
    ca: options.ca,
    onStatement: options.onStatement ?? (() => {}),
    onRetry: options.onRetry ?? (() => {}),
  };
}
