/**
 * Tokens of the seeded accounts, for a load whose users have logged in before it begins: one login lasts a day, and hashing its password
 * costs as much as a hundred pages.
 */
import { writeFile } from 'node:fs/promises';
import type { Tokens } from '@palier/kit/token';
import type { Database } from '../database/open.ts';

/** Writes `[{ login, token }]` for every account to `file`, readable by its owner alone; returns how many. */
export async function writeTokens(db: Database, tokens: Pick<Tokens, 'open'>, file: string): Promise<number> {
  const users = await db.query.selectFrom('users').select(['id', 'login']).orderBy('login').execute();
  const rows = await Promise.all(
    users.map(async ({ id, login }) => ({ login, token: (await tokens.open(id)).accessToken })),
  );
  await writeFile(file, JSON.stringify(rows), { mode: 0o600 });
  return rows.length;
}
