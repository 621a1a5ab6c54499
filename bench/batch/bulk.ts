/** The engine's own limit, by the library that its URL names; loaded only then. */
import type { Bulk } from './bulk-pg.ts';

export async function openBulk(url: string): Promise<Bulk> {
  if (url.startsWith('postgres:')) return (await import('./bulk-pg.ts')).bulkPostgres(url);
  if (url.startsWith('mariadb:')) return (await import('./bulk-mysql2.ts')).bulkMariadb(url);
  return (await import('./bulk-sqlite.ts')).bulkSqlite(url);
}
