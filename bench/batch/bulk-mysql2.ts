/** The engine's own limit: bare statements of many rows by mysql2, prepared once, nobody waiting for a single one. */
import { createConnection } from 'mysql2/promise';
import type { Bulk } from './bulk-pg.ts';
import { keepWords, type Row } from './rows.ts';

export async function bulkMariadb(url: string): Promise<Bulk> {
  const connection = await createConnection(url.replace(/^mariadb/, 'mysql'));
  const texts = new Map<number, string>();
  return {
    async write(rows: readonly Row[]) {
      const places = Array<string>(rows.length).fill('(?, ?, ?, ?)').join(', ');
      const text = texts.get(rows.length) ?? `INSERT INTO readings VALUES ${places} ${keepWords.mariadb}`;
      texts.set(rows.length, text);
      await connection.execute(
        text,
        rows.flatMap((row) => [row.device, row.at, row.value, row.note]),
      );
    },
    async run(question) {
      const [rows] = await connection.query(question);
      return Array.isArray(rows) ? Object.values(rows[0] ?? {})[0] : undefined;
    },
    close: () => connection.end(),
  };
}
