/** The engine's own limit: bare transactions of many rows by node:sqlite. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Bulk } from './bulk-pg.ts';
import { keepWords } from './rows.ts';

export async function bulkSqlite(url: string): Promise<Bulk> {
  const file = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 5000 });
  file.exec('PRAGMA synchronous = NORMAL');
  // Not every file has the table.
  let insert: StatementSync | undefined;
  return {
    async write(rows) {
      insert ??= file.prepare(`INSERT INTO readings VALUES (?, ?, ?, ?) ${keepWords.sqlite}`);
      file.exec('BEGIN IMMEDIATE');
      for (const { device, at, value, note } of rows) insert.run(device, at, value, note);
      file.exec('COMMIT');
      // As others, it lets the event loop turn.
      await new Promise((resolve) => setImmediate(resolve));
    },
    async run(question) {
      return Object.values(file.prepare(question).get() ?? {})[0];
    },
    close: async () => file.close(),
  };
}
