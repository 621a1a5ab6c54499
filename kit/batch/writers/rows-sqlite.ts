/** Many rows into SQLite: one transaction that runs a prepared statement for each. There is no way to the file that many rows at once would save. */
import type { RowForm, RowWriter } from '../writer.ts';
import { type AnySql, conflict, quotedColumns, quotedTable, statement, suits } from './names.ts';

/** The event loop stands still meanwhile: some two milliseconds. */
const maxRows = 512;
/** SQLITE_MAX_LENGTH, https://sqlite.org/limits.html */
const maxBytes = 1_000_000_000;

/** Throws PALIER_BATCH_TABLE. */
export async function sqliteWriter(sql: AnySql, form: RowForm): Promise<RowWriter> {
  const columns = quotedColumns(sql, form.columns);
  const text = `INSERT INTO ${quotedTable(sql, form.table)} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ${conflict(sql, form)}`;
  const nothing = statement(
    `EXPLAIN ${text}`,
    columns.map(() => null),
  );
  await suits(form, () => sql.run(nothing));
  const options = form.timeoutMs === undefined ? {} : { timeoutMs: form.timeoutMs };
  return {
    maxRows,
    maxBytes,
    maxRowBytes: maxBytes,
    maxInFlight: 1,
    async write(rows) {
      await sql.transaction(function* (tx) {
        for (const { values } of rows) yield* tx.run(statement(text, values));
      }, options);
    },
  };
}
