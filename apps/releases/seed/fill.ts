/** Fills an empty database with the rows of a seed, all or nothing; does nothing when they are there. Two at once: one fills. */
import type { Compilable } from 'kysely';
import type { Database } from '../database/open.ts';
import { releasesError } from '../errors.ts';
import { type SeedOptions, seedRows } from './rows.ts';

/** Raised when the rows of a seed change. */
const seedVersion = 1;
/** Values in one statement: below SQLite's 32 766 and short to compile. */
const valuesPerStatement = 3000;

/** What stands in `seeds` once a database is filled. */
export function seedStamp(options: Omit<SeedOptions, 'passwordHash'>): string {
  return `version ${seedVersion}, seed ${options.seed}, ${options.releases} releases, ${options.rules} rules`;
}

/**
 * Whether something was written. `hash` is called only when the database is empty. Throws DATABASE_SEEDED when it holds another seed,
 * or accounts of its own.
 */
export async function fillDatabase(
  db: Database,
  options: Omit<SeedOptions, 'passwordHash'>,
  now: string,
  hash: () => Promise<string>,
): Promise<boolean> {
  const wanted = seedStamp(options);
  const found = await stampOf(db);
  if (found === wanted) return false;
  if (found !== undefined) throw releasesError('DATABASE_SEEDED', { is: found, wanted });
  const statements: Compilable[] = [
    db.query.insertInto('seeds').values({ name: 'releases', stamp: wanted, created_at: now }),
  ];
  for (const { table, rows } of seedRows({ ...options, passwordHash: await hash() })) {
    const perStatement = Math.max(1, Math.floor(valuesPerStatement / Object.keys(rows[0] ?? {}).length));
    for (let i = 0; i < rows.length; i += perStatement) {
      // The rows were made for this table; Kysely cannot know that of a table chosen by a variable.
      statements.push(db.query.insertInto(table).values(rows.slice(i, i + perStatement) as never));
    }
  }
  try {
    await db.atomically(statements);
    return true;
  } catch (error) {
    // Another one was faster: its stamp is there now, and nothing of ours.
    if ((await stampOf(db)) === wanted) return false;
    throw error;
  }
}

/** The stamp of the seed that a database holds; undefined when it is empty. */
async function stampOf(db: Database): Promise<string | undefined> {
  const row = await db.query.selectFrom('seeds').select('stamp').where('name', '=', 'releases').executeTakeFirst();
  if (row !== undefined) return row.stamp;
  const user = await db.query.selectFrom('users').select('login').limit(1).executeTakeFirst();
  return user === undefined ? undefined : `none, but the account ${user.login}`;
}
