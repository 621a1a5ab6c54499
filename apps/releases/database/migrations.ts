/**
 * How the tables came about, one step after the other, written with Kysely's schema builder so that each database gets its own words.
 * A step that has been released is never changed; the next one mends it. `ifNotExists`: databases older than the
 * record of what was run have the tables already.
 */
import type { Migration } from '@palier/kit/state/sql';
import type { Compilable, CreateTableBuilder, Kysely } from 'kysely';

// oxlint-disable-next-line typescript/no-explicit-any -- Kysely: a migration must not know today's tables
type AnyDatabase = Kysely<any>;

export const migrations: readonly Migration[] = [
  { name: '0001-first', statements: first },
  { name: '0002-list-orders', statements: listOrders },
  { name: '0003-manage', statements: manage },
  ...jobColumns(),
  { name: '0005-packed', statements: packed },
  { name: '0006-configurations', statements: configurations },
];

function* first(db: AnyDatabase): Generator<Compilable> {
  yield* people(db);
  yield* releases(db);
  yield table(db, 'rules')
    .addColumn('name', 'varchar(200)', (column) => column.notNull())
    .addColumn('section', 'varchar(20)', (column) => column.notNull())
    .addColumn('scene', 'varchar(50)', (column) => column.notNull())
    .addColumn('year', 'integer', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('created_at', 'varchar(24)', (column) => column.notNull());
  yield index(db, 'rules', ['section', 'name', 'id']);
  yield index(db, 'rules', ['name', 'id']);
  yield db.schema
    .createTable('seeds')
    .ifNotExists()
    .addColumn('name', 'varchar(100)', (column) => column.primaryKey().notNull())
    .addColumn('stamp', 'varchar(200)', (column) => column.notNull())
    .addColumn('created_at', 'varchar(24)', (column) => column.notNull());
}

function* people(db: AnyDatabase): Generator<Compilable> {
  yield table(db, 'users')
    .addColumn('login', 'varchar(100)', (column) => column.notNull().unique())
    .addColumn('name', 'varchar(200)', (column) => column.notNull())
    .addColumn('password_hash', 'varchar(200)', (column) => column.notNull())
    .addColumn('created_at', 'varchar(24)', (column) => column.notNull());
  for (const name of ['roles', 'groups']) {
    yield table(db, name).addColumn('name', 'varchar(100)', (column) => column.notNull().unique());
  }
  yield db.schema
    .createTable('role_permissions')
    .ifNotExists()
    .addColumn('role_id', 'varchar(26)', (column) => column.notNull().references('roles.id'))
    .addColumn('resource', 'varchar(50)', (column) => column.notNull())
    .addColumn('action', 'varchar(50)', (column) => column.notNull())
    .addPrimaryKeyConstraint('role_permissions_pk', ['role_id', 'resource', 'action']);
  for (const [name, other, others] of [
    ['user_roles', 'role_id', 'roles'],
    ['user_groups', 'group_id', 'groups'],
  ] as const) {
    yield db.schema
      .createTable(name)
      .ifNotExists()
      .addColumn('user_id', 'varchar(26)', (column) => column.notNull().references('users.id'))
      .addColumn(other, 'varchar(26)', (column) => column.notNull().references(`${others}.id`))
      .addPrimaryKeyConstraint(`${name}_pk`, ['user_id', other]);
  }
}

function* releases(db: AnyDatabase): Generator<Compilable> {
  yield table(db, 'releases')
    .addColumn('user_id', 'varchar(26)', (column) => column.notNull().references('users.id'))
    .addColumn('group_id', 'varchar(26)', (column) => column.notNull().references('groups.id'))
    .addColumn('release_type', 'varchar(20)', (column) => column.notNull())
    .addColumn('status', 'varchar(20)', (column) => column.notNull())
    .addColumn('title', 'varchar(500)', (column) => column.notNull())
    .addColumn('title_key', 'varchar(100)', (column) => column.notNull())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('release_metadata', 'text', (column) => column.notNull())
    .addColumn('config', 'text', (column) => column.notNull())
    .addColumn('file_path', 'varchar(255)')
    .addColumn('file_bytes', 'bigint')
    .addColumn('file_sha256', 'varchar(64)')
    .addColumn('created_at', 'varchar(24)', (column) => column.notNull())
    .addColumn('updated_at', 'varchar(24)', (column) => column.notNull());
  // One index for each order and each filter of the list. Each ends in (created_at, id), the order of the pages, so that a page is a
  // walk along one index, and a count never touches the rows.
  yield index(db, 'releases', ['created_at', 'id']);
  yield index(db, 'releases', ['title_key', 'created_at', 'id']);
  for (const column of ['release_type', 'status', 'user_id', 'group_id']) {
    yield index(db, 'releases', [column, 'created_at', 'id']);
  }
  yield db.schema
    .createTable('release_words')
    .ifNotExists()
    .addColumn('word', 'varchar(40)', (column) => column.notNull())
    .addColumn('release_id', 'varchar(26)', (column) => column.notNull().references('releases.id'))
    .addPrimaryKeyConstraint('release_words_pk', ['word', 'release_id']);
  yield index(db, 'release_words', ['release_id']);
  yield table(db, 'uploads')
    .addColumn('release_id', 'varchar(26)', (column) => column.notNull().references('releases.id'))
    .addColumn('file_path', 'varchar(255)', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull());
  yield table(db, 'jobs')
    .addColumn('release_id', 'varchar(26)', (column) => column.notNull().references('releases.id'))
    .addColumn('status', 'varchar(20)', (column) => column.notNull())
    .addColumn('job_type', 'varchar(20)', (column) => column.notNull())
    .addColumn('created_by', 'varchar(26)', (column) => column.notNull().references('users.id'))
    .addColumn('created_at', 'varchar(24)', (column) => column.notNull());
  yield index(db, 'jobs', ['created_by']);
  yield index(db, 'jobs', ['release_id']);
}

/**
 * The two filters that keep thousands of releases, each with the other orders of the list: without, a page of 7000 books by title sorted
 * all of them, 2.8 ms of CPU.
 */
function* listOrders(db: AnyDatabase): Generator<Compilable> {
  for (const [filter, order] of [
    ['release_type', 'title_key'],
    ['release_type', 'status'],
    ['status', 'title_key'],
    ['status', 'release_type'],
  ] as const) {
    const columns = [filter, order, 'created_at', 'id'];
    yield db.schema.createIndex(`releases_by_${filter}_${order}`).ifNotExists().on('releases').columns(columns);
  }
}

/** Who could administer or edit may from now on manage the releases of others; an empty database has no such role yet. */
function* manage(db: AnyDatabase): Generator<Compilable> {
  yield granted(db, 'releases', 'manage', ['administrator', 'editor']);
}

/** A statement each: MariaDB takes none back. */
function jobColumns(): Migration[] {
  // In the order of their names, as the steps are run.
  const columns = {
    ended_at: 'varchar(24)',
    queue_id: 'bigint',
    reason: 'varchar(500)',
    started_at: 'varchar(24)',
  } as const;
  return Object.entries(columns).map(([name, type]) => ({
    name: `0004-jobs-${name}`,
    statements: (db) => [db.schema.alterTable('jobs').addColumn(name, type)],
  }));
}

function* packed(db: AnyDatabase): Generator<Compilable> {
  yield table(db, 'release_files')
    .addColumn('release_id', 'varchar(26)', (column) => column.notNull().references('releases.id'))
    .addColumn('job_id', 'varchar(26)', (column) => column.notNull())
    .addColumn('directory', 'varchar(255)', (column) => column.notNull())
    .addColumn('name', 'varchar(140)', (column) => column.notNull())
    .addColumn('file_path', 'varchar(100)', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'varchar(64)', (column) => column.notNull())
    .addColumn('crc32', 'varchar(8)', (column) => column.notNull());
  yield index(db, 'release_files', ['release_id', 'id']);
  yield index(db, 'release_files', ['job_id', 'bytes']);
  yield index(db, 'release_files', ['file_path']);
  yield table(db, 'job_logs')
    .addColumn('job_id', 'varchar(26)', (column) => column.notNull())
    .addColumn('line', 'varchar(500)', (column) => column.notNull())
    .addColumn('at', 'varchar(24)', (column) => column.notNull());
  yield index(db, 'job_logs', ['job_id', 'id']);
  // Those that are open, for whoever looks after them; there are few.
  yield index(db, 'jobs', ['status', 'id']);
}

/** Whoever could change what roles permit may set them from now on. */
function* configurations(db: AnyDatabase): Generator<Compilable> {
  yield db.schema
    .createTable('configurations')
    .ifNotExists()
    .addColumn('key', 'varchar(100)', (column) => column.primaryKey().notNull())
    .addColumn('value', 'varchar(200)', (column) => column.notNull())
    .addColumn('set_at', 'varchar(24)', (column) => column.notNull());
  yield granted(db, 'config', 'write', ['administrator']);
}

/** A permission more for the roles of these names; an empty database has none yet. */
function granted(db: AnyDatabase, resource: string, action: string, roles: readonly string[]): Compilable {
  return db
    .insertInto('role_permissions')
    .columns(['role_id', 'resource', 'action'])
    .expression((of) =>
      of
        .selectFrom('roles')
        .select(['id', of.val(resource).as('resource'), of.val(action).as('action')])
        .where('name', 'in', roles),
    );
}

function table(db: AnyDatabase, name: string): CreateTableBuilder<string, 'id'> {
  return db.schema
    .createTable(name)
    .ifNotExists()
    .addColumn('id', 'varchar(26)', (column) => column.primaryKey().notNull()) as CreateTableBuilder<string, 'id'>;
}

function index(db: AnyDatabase, on: string, columns: readonly string[]): Compilable {
  return db.schema
    .createIndex(`${on}_by_${columns[0]}`)
    .ifNotExists()
    .on(on)
    .columns([...columns]);
}
