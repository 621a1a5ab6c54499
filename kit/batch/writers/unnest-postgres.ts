/**
 * Many rows into PostgreSQL: one parameter for each column, an array of its values, and `unnest`.
 *
 * One statement for any number of rows, so that nothing is prepared and no limit of parameters is near; twice as fast as VALUES with a
 * parameter for each value. COPY knows no ON CONFLICT: it would need a table in between.
 */
import { kitError } from '../../errors.ts';
import type { RowForm, RowWriter, WrittenRow } from '../writer.ts';
import { type AnySql, conflict, lacking, quotedColumns, quotedTable, statement, suits } from './names.ts';

/** Far below the gigabyte that a message may have; what is larger does not belong into a row. */
const maxBytes = 67_108_864;

/** Throws PALIER_BATCH_TABLE when the table, a column or a unique index on the key is missing. */
export async function postgresWriter(sql: AnySql, form: RowForm): Promise<RowWriter> {
  const types = await typesOf(sql, form);
  const table = quotedTable(sql, form.table);
  const columns = quotedColumns(sql, form.columns);
  const arrays = types.map((type, i) => `$${i + 1}::${type}[]`);
  const text = `INSERT INTO ${table} (${columns.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')}) ${conflict(sql, form)}`;
  const options = form.timeoutMs === undefined ? {} : { timeoutMs: form.timeoutMs };
  // No row at all: refused when it would be refused with any.
  const nothing = statement(
    text,
    types.map(() => '{}'),
  );
  await suits(form, () => sql.run(nothing, options));
  return {
    maxRows: 10_000,
    maxBytes,
    maxRowBytes: maxBytes,
    maxInFlight: 100,
    async write(rows) {
      await sql.run(
        statement(
          text,
          types.map((_, i) => arrayOf(rows, i)),
        ),
        options,
      );
    },
  };
}

/**
 * The columns' own types, without a length: a cast to `varchar(5)[]` would cut texts off, and the column refuses them.
 */
async function typesOf(sql: AnySql, { table, columns }: RowForm): Promise<string[]> {
  const question = `SELECT a.attname AS name, t.typcategory AS category, quote_ident(n.nspname) || '.' || quote_ident(t.typname) AS type
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`;
  const { rows } = await sql.run(statement(question, [quotedTable(sql, table)]));
  const types = new Map(rows.map((row) => [row['name'], row]));
  return columns.map((column) => {
    const found = types.get(column);
    if (found === undefined) throw lacking(table, column, rows.length > 0);
    if (found['category'] === 'A')
      throw kitError('PALIER_BATCH_TABLE', {
        table,
        found: `${column} is an array`,
        expected: 'columns of single values',
      });
    return String(found['type']);
  });
}

/** The array as PostgreSQL writes it: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayOf(rows: readonly WrittenRow[], column: number): string {
  let text = '{';
  for (let i = 0; i < rows.length; i++) {
    if (i > 0) text += ',';
    text += literal((rows[i] as WrittenRow).values[column]);
  }
  return `${text}}`;
}

const special = /["\\]/;

function literal(value: unknown): string {
  if (typeof value === 'string')
    return special.test(value) ? `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"${value}"`;
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Date) return `"${value.toISOString()}"`;
  if (value instanceof Uint8Array) {
    return String.raw`"\\x` + `${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}"`;
  }
  return String(value);
}
