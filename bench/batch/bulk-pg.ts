/** The engine's own limit: bare statements of many rows by pg, nobody waiting for a single one. */
import pg from 'pg';
import { keepWords, type Row } from './rows.ts';

export interface Bulk {
  write(rows: readonly Row[]): Promise<void>;
  /** Any statement; the first value of its first row. */
  run(text: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function bulkPostgres(url: string): Promise<Bulk> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const text = `INSERT INTO readings SELECT * FROM unnest($1::text[], $2::bigint[], $3::float8[], $4::text[]) ${keepWords.postgres}`;
  return {
    async write(rows) {
      const values = [
        rows.map((row) => row.device),
        rows.map((row) => row.at),
        rows.map((row) => row.value),
        rows.map((row) => row.note),
      ];
      await client.query({ name: 'bulk', text, values });
    },
    async run(question) {
      const { rows } = await client.query<Record<string, unknown>>(question);
      return Object.values(rows[0] ?? {})[0];
    },
    close: () => client.end(),
  };
}
