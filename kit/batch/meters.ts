/** What a service's batches do, for Prometheus: one set of meters, a label for each table. */
import type { CounterHandle, GaugeHandle, HistogramHandle, Meters } from '../meter/index.ts';

/** Made once for all batches of a service. */
export interface BatchMeters {
  of(table: string): TableMeters;
}

export interface TableMeters {
  readonly written: CounterHandle;
  readonly quarantined: CounterHandle;
  readonly failed: CounterHandle;
  readonly again: CounterHandle;
  readonly held: GaugeHandle;
  readonly rowsOfWrite: HistogramHandle;
  readonly commitSeconds: HistogramHandle;
}

const sizes = [1, 4, 16, 64, 256, 1024, 4096];
const seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30];

export function meterBatches(meters: Meters): BatchMeters {
  const rows = meters.counter('palier_batch_rows_total', 'Rows that were settled, by table and outcome.', [
    'table',
    'outcome',
  ]);
  const again = meters.counter('palier_batch_repeated_writes_total', 'Writes that failed and are made again.', [
    'table',
  ]);
  const held = meters.gauge('palier_batch_held_rows', 'Rows in memory that are not committed yet.', ['table']);
  const size = meters.histogram('palier_batch_write_rows', 'Rows of a write that went in.', sizes, ['table']);
  const commit = meters.histogram('palier_batch_commit_seconds', 'From add() to the commit of the row.', seconds, [
    'table',
  ]);
  return {
    of: (table) => ({
      written: rows.of(table, 'written'),
      quarantined: rows.of(table, 'quarantined'),
      failed: rows.of(table, 'failed'),
      again: again.of(table),
      held: held.of(table),
      rowsOfWrite: size.of(table),
      commitSeconds: commit.of(table),
    }),
  };
}
