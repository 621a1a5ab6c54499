/** Names and single statements in an engine's own words. */
import { CompiledQuery, type Compilable, sql } from 'kysely';
import { PalierError } from '@palier/base/error';
import { kitError } from '../../errors.ts';
import type { Sql } from '../../state/sql/index.ts';
import type { RowForm } from '../writer.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a writer does not know the tables
export type AnySql = Sql<any>;

/** As the engine quotes it; `schema.table` is two names. */
export function quotedTable({ query }: AnySql, table: string): string {
  return sql`${sql.table(table)}`.compile(query).sql;
}

export function quotedColumns({ query }: AnySql, columns: readonly string[]): string[] {
  return columns.map((column) => sql`${sql.ref(column)}`.compile(query).sql);
}

/** A statement that was written by hand: building one of a thousand rows with Kysely takes longer than to execute it. */
export function statement(text: string, parameters: readonly unknown[] = []): Compilable<Record<string, unknown>> {
  return { compile: () => CompiledQuery.raw(text, [...parameters]) as CompiledQuery<Record<string, unknown>> };
}

/** As PostgreSQL and SQLite say it. */
export function conflict(sql: AnySql, { columns, key, onDuplicate }: RowForm): string {
  const target = `ON CONFLICT (${quotedColumns(sql, key).join(', ')})`;
  const others = quotedColumns(
    sql,
    columns.filter((column) => !key.includes(column)),
  );
  if (onDuplicate === 'keep' || others.length === 0) return `${target} DO NOTHING`;
  return `${target} DO UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`;
}

export function lacking(table: string, column: string, isThere: boolean): Error {
  const found = isThere ? `there is no column ${column}` : 'there is no such table';
  return kitError('PALIER_BATCH_TABLE', {
    table,
    found,
    expected: 'the columns that are written; see that the migrations were run',
  });
}

/** Asks whether the statement suits its table. Throws PALIER_BATCH_TABLE when it does not. */
export async function suits({ table, key }: RowForm, ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof PalierError) || error.code !== 'PALIER_SQL_STATEMENT') throw error;
    const found = String(error.facts['why']);
    const expected = `the columns that are written, and a unique index on (${key.join(', ')})`;
    throw kitError('PALIER_BATCH_TABLE', { table, found, expected }, { cause: error });
  }
}
