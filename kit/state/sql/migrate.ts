/**
 * Brings a database up to date: each migration once, in order, whatever number of replicas starts at once. Forward only.
 *
 * On SQLite and PostgreSQL a migration is one transaction. MariaDB commits at every change of a table: there a migration that ends halfway
 * is marked, and no replica starts until somebody has looked. One change of a table in each migration leaves nothing to look for.
 *
 * A database that is newer than this service is no error: an older version must be able to start again beside or after a newer one, and
 * migrations must be such that it can.
 */
import { createHash } from 'node:crypto';
import type { Log } from '@palier/base/log';
import { PalierError } from '@palier/base/error';
import { type CompiledQuery, type Kysely, type QueryResult, sql } from 'kysely';
import { kitError } from '../../errors.ts';
import type { Engine } from './engines/engine.ts';
import type { CheckedSqlOptions } from './options.ts';
import type { SqlEngine } from './address.ts';
import type { Migration, Steps } from './sql.ts';

interface Run {
  readonly name: string;
  readonly checksum: string;
  readonly done_at: string | null;
}

interface OwnTables {
  palier_migrations: { name: string; checksum: string; began_at: string; done_at: string | null };
}

const maxNameLength = 100;
/** PostgreSQL's locks have numbers: the first bytes of "palier migrations" hashed. */
const lockNumber = 7_205_431_986;

export interface MigrationSurroundings {
  readonly query: Kysely<unknown>;
  readonly options: CheckedSqlOptions;
  readonly log: Log;
  /** ISO 8601 in UTC; for people who look at the table. */
  readonly now: () => string;
}

/** Throws PALIER_SQL_MIGRATION, PALIER_SQL_MIGRATION_CHANGED, PALIER_SQL_MIGRATION_TORN, or what the engine says. */
export async function migrate(engine: Engine, around: MigrationSurroundings): Promise<void> {
  const { migrations, migrationTimeoutMs: timeoutMs } = around.options;
  if (migrations.length === 0) return;
  checkNames(migrations);
  const query = around.query as Kysely<OwnTables>;
  const alone = <Result>(steps: () => Steps<Result>): Promise<Result> =>
    engine.transaction(() => locked(query, engine.name, timeoutMs, steps), {
      timeoutMs,
      statementTimeoutMs: timeoutMs,
      attempts: 5,
      ownConnection: true,
    });
  const runs = await alone(() => prepared(query));
  const later = unknownOnes(runs, migrations);
  if (later.length > 0) around.log('warn', 'the database is newer than this service', { migrations: later.join(', ') });
  for (const migration of migrations) {
    const statements = Array.from(migration.statements(query, engine.name), (statement) => statement.compile());
    const checksum = checksumOf(statements);
    const found = runs.find(({ name }) => name === migration.name);
    if (found !== undefined) {
      checkRun(found, checksum);
      continue;
    }
    try {
      const ran = await alone(() => once(query, migration.name, checksum, statements, around.now));
      if (ran) around.log('info', 'a migration was run', { migration: migration.name });
    } catch (error) {
      if (!(error instanceof PalierError) || error.code.startsWith('PALIER_SQL_MIGRATION')) throw error;
      throw kitError('PALIER_SQL_MIGRATION', { name: migration.name, why: error.message }, { cause: error });
    }
  }
}

/** What was run, and by which statements: white space does not count. */
function checksumOf(statements: readonly CompiledQuery[]): string {
  const hash = createHash('sha256');
  for (const { sql: text, parameters } of statements) {
    hash.update(`${text.replace(/\s+/g, ' ').trim()}\0${JSON.stringify(parameters, bigintsAsText)}\0`);
  }
  return hash.digest('hex');
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function checkNames(migrations: readonly Migration[]): void {
  const newest = new Map<string, string>();
  for (const { name } of migrations) {
    const before = newest.get(setOf(name)) ?? '';
    if (name <= before || name.length > maxNameLength) {
      const expected = `at most ${maxNameLength} characters, and after "${before}"`;
      throw kitError('PALIER_STATE_OPTION', { option: 'migrations', value: name, expected });
    }
    newest.set(setOf(name), name);
  }
}

/** The order holds within a set: a room's next migration comes long after those of the service that uses it. */
function setOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}

/** Those that this service does not know. Throws when one of them comes before one that it has still to run. */
function unknownOnes(runs: readonly Run[], migrations: readonly Migration[]): string[] {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = runs.map(({ name }) => name).filter((name) => !known.has(name));
  const after = (name: string) => runs.filter((run) => setOf(run.name) === setOf(name) && run.name > name);
  const stray = migrations.find(({ name }) => !runs.some((run) => run.name === name) && after(name).length > 0);
  if (stray !== undefined) {
    const newest = after(stray.name)
      .map(({ name }) => name)
      .toSorted()
      .at(-1) as string;
    throw kitError('PALIER_SQL_MIGRATION_CHANGED', { name: stray.name, why: `"${newest}" was run before it` });
  }
  return unknown;
}

function checkRun({ name, checksum, done_at }: Run, expected: string): void {
  if (done_at === null) throw kitError('PALIER_SQL_MIGRATION_TORN', { name });
  if (checksum !== expected) {
    throw kitError('PALIER_SQL_MIGRATION_CHANGED', { name, why: 'its statements have another checksum' });
  }
}

/** False when another replica was faster. */
function* once(
  query: Kysely<OwnTables>,
  name: string,
  checksum: string,
  statements: readonly CompiledQuery[],
  now: () => string,
): Steps<boolean> {
  const found = (yield* recorded(query)).find((run) => run.name === name);
  if (found !== undefined) {
    checkRun(found, checksum);
    return false;
  }
  const table = 'palier_migrations';
  yield query.insertInto(table).values({ name, checksum, began_at: now(), done_at: null }).compile();
  for (const statement of statements) yield statement;
  yield query.updateTable(table).set({ done_at: now() }).where('name', '=', name).compile();
  return true;
}

/** MariaDB ends a transaction at a change of a table, so that this stands before the one of a migration. */
function* prepared(query: Kysely<OwnTables>): Steps<Run[]> {
  yield query.schema
    .createTable('palier_migrations')
    .ifNotExists()
    .addColumn('name', 'varchar(100)', (column) => column.primaryKey().notNull())
    .addColumn('checksum', 'varchar(64)', (column) => column.notNull())
    .addColumn('began_at', 'varchar(24)', (column) => column.notNull())
    .addColumn('done_at', 'varchar(24)')
    .compile();
  return yield* recorded(query);
}

function* recorded(query: Kysely<OwnTables>): Steps<Run[]> {
  const { rows } = yield query.selectFrom('palier_migrations').select(['name', 'checksum', 'done_at']).compile();
  return rows as Run[];
}

/** One replica at a time. SQLite: a transaction is alone anyway. */
function* locked<Result>(
  query: Kysely<OwnTables>,
  engine: SqlEngine,
  timeoutMs: number,
  steps: () => Steps<Result>,
): Steps<Result> {
  if (engine === 'postgres') yield sql`SELECT pg_advisory_xact_lock(${sql.lit(lockNumber)})`.compile(query);
  if (engine === 'mariadb') {
    const wait = sql.lit(Math.ceil(timeoutMs / 1000));
    // Of this database, not of the whole server. It ends with the connection, which is not used again.
    const got = yield sql`SELECT GET_LOCK(CONCAT('palier ', MD5(DATABASE())), ${wait}) AS got`.compile(query);
    if ((got as QueryResult<{ got: unknown }>).rows[0]?.got !== 1) {
      throw kitError('PALIER_SQL_CONFLICT', { engine: 'MariaDB', why: 'another replica migrates', outcome: 'none' });
    }
  }
  return yield* steps();
}
