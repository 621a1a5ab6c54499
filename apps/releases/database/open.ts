/** Opens the database that a URL names, brings its tables up to date, and runs lists of statements all or nothing. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock } from '@palier/base/clock';
import { type Compilable, Kysely, type QueryResult } from 'kysely';
import { Migrator } from 'kysely/migration';
import { releasesError } from '../errors.ts';
import { makeId } from './ids.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './schema.ts';
import { SqliteConnection, SqliteFileDialect, type SqliteSurroundings } from './sqlite.ts';

export interface Database {
  /** For reading, and for single statements. */
  readonly query: Kysely<Tables>;
  /**
   * Runs all statements or none, in one short transaction. Nothing can be decided between them: what a later one needs is known before
   * (ids are made here) or said in SQL. Throws DATABASE_BUSY.
   */
  atomically(statements: readonly Compilable[]): Promise<readonly QueryResult<unknown>[]>;
  newId(): string;
  /** Asks the database for one row. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `sqlite:FILE`, relative to the working folder. */
  readonly url: string;
  readonly lockWaitMs: number;
}

/** Throws DATABASE_URL when the URL names nothing that this application knows, DATABASE_MIGRATION when a step fails. */
export async function openDatabase(options: DatabaseOptions, around: SqliteSurroundings): Promise<Database> {
  const file = /^sqlite:(?:\/\/)?(.+)$/.exec(options.url)?.[1];
  if (file === undefined) throw releasesError('DATABASE_URL', { url: options.url });
  const path = file === ':memory:' ? file : resolve(file);
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const connection = new SqliteConnection({ path, lockWaitMs: options.lockWaitMs }, around);
  const query = new Kysely<Tables>({ dialect: new SqliteFileDialect(connection) });
  try {
    await migrate(query);
  } catch (error) {
    await query.destroy();
    throw error;
  }
  return {
    query,
    atomically: (statements) => connection.atomically(statements.map((statement) => statement.compile())),
    newId: idMaker(around.clock),
    ping: async () => {
      await query.selectFrom('seeds').select('name').limit(1).execute();
    },
    close: () => query.destroy(),
  };
}

async function migrate(query: Kysely<Tables>): Promise<void> {
  const { error } = await new Migrator({ db: query, provider: migrations }).migrateToLatest();
  if (error === undefined) return;
  throw releasesError('DATABASE_MIGRATION', { reason: (error as Error).message }, { cause: error });
}

function idMaker(clock: Clock): () => string {
  return () => makeId(clock.epochMs(), randomBytes(16));
}
