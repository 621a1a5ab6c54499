/** Opens a batch on a table, or on a driver of one's own. */
import type { StateSurroundings } from '../state/index.ts';
import type { Sql } from '../state/sql/index.ts';
import { type Batch, RowBatch } from './batch.ts';
import { type BatchOptions, checkedForm, checkedLimits, type RowOf } from './options.ts';
import type { RowForm, RowWriter } from './writer.ts';
import type { AnySql } from './writers/names.ts';

/**
 * Rows for one table of a database. Asks whether the table suits. Throws PALIER_BATCH_OPTION, PALIER_BATCH_TABLE, and what the database
 * throws.
 */
export async function openBatch<
  Tables,
  Table extends keyof Tables & string,
  Column extends keyof Tables[Table] & string,
>(
  sql: Sql<Tables>,
  around: StateSurroundings,
  options: BatchOptions<Tables, Table, Column>,
): Promise<Batch<RowOf<Tables, Table, Column>>> {
  const form = checkedForm({ ...options, timeoutMs: options.timeoutMs });
  const limits = checkedLimits(options);
  const writer = await openWriter(sql as AnySql, form);
  const meters = options.meters?.of(options.table);
  return new RowBatch(writer, form, around, { ...limits, quarantine: options.quarantine, meters });
}

/** For a driver of one's own, and for tests. Throws PALIER_BATCH_OPTION. */
export function batchOn<Row extends object>(
  writer: RowWriter,
  around: StateSurroundings,
  options: Omit<BatchOptions<Record<string, Row>, string, keyof Row & string>, 'timeoutMs' | 'quarantine'> & {
    readonly quarantine?: (bad: { readonly row: Row; readonly error: unknown }) => void;
  },
): Batch<Row> {
  const form = checkedForm({ ...options, timeoutMs: undefined });
  const meters = options.meters?.of(options.table);
  return new RowBatch(writer, form, around, { ...checkedLimits(options), quarantine: options.quarantine, meters });
}

/** The driver of the database's engine. Throws PALIER_BATCH_TABLE. */
export async function openWriter(sql: AnySql, form: RowForm): Promise<RowWriter> {
  switch (sql.engine) {
    case 'sqlite':
      return (await import('./writers/rows-sqlite.ts')).sqliteWriter(sql, form);
    case 'mariadb':
      return (await import('./writers/values-mariadb.ts')).mariadbWriter(sql, form);
    case 'postgres':
      return (await import('./writers/unnest-postgres.ts')).postgresWriter(sql, form);
  }
}
