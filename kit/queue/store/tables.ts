/** The tables of the queues, and the migrations that make them. */
import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Compilable, type Kysely, sql } from 'kysely';
import type { Migration, SqlEngine } from '../../state/sql/index.ts';

/** Hot: only what is still to be done. `place` orders the index that serves claiming, delays and leases alike: */
export interface JobRow {
  readonly id: number;
  readonly queue: number;
  /** See `states/states.ts`. */
  readonly state: number;
  /** Ready: the priority. Blocked: the hash of its lane. Else 0. */
  readonly tier: number;
  /** Ready: its turn, fair between groups. Delayed: when it is due, in milliseconds. Running: the claim. */
  readonly place: number;
  readonly name: string;
  readonly priority: number;
  /** Begun so often. */
  readonly attempt: number;
  /** Of these, ended with their worker. */
  readonly crashes: number;
  /** 1: it is to be called off. */
  readonly cancel: number;
  readonly added_at: number;
  readonly due_at: number;
  readonly version: number;
  readonly payload: string;
  readonly saved: string | null;
  readonly progress: string | null;
  readonly error: string | null;
  readonly flow: string | null;
  readonly lane: string | null;
  readonly job_key: string | null;
  readonly trace: string | null;
}

/** Cold: what has ended, until its time is over. */
export interface EndedRow {
  readonly id: number;
  readonly queue: number;
  readonly state: number;
  readonly keep_until: number;
  readonly ended_at: number;
  readonly name: string;
  readonly priority: number;
  readonly attempt: number;
  readonly crashes: number;
  readonly added_at: number;
  readonly version: number;
  readonly payload: string;
  readonly saved: string | null;
  readonly result: string | null;
  readonly reason: string | null;
  readonly error: string | null;
  readonly flow: string | null;
  readonly lane: string | null;
  readonly job_key: string | null;
  readonly trace: string | null;
}

export interface QueueTables {
  palier_queues: { id: number; name: string; paused: number; reached: number };
  palier_jobs: JobRow;
  palier_jobs_ended: EndedRow;
  palier_job_workers: { id: number; queue: number; name: string; beat: number };
  palier_job_keys: { queue: number; job_key: string; job: number };
  palier_job_lanes: { queue: number; lane: string; held: number };
  palier_job_groups: { queue: number; flow: string; tail: number };
  palier_job_schedules: { queue: number; name: string; pattern: string; due_at: number };
}

/** To be given to `openSql` before the service's own. Each is one change, so that MariaDB leaves nothing half done. */
export const queueMigrations: readonly Migration[] = [
  table('queue/0001-queues', 'palier_queues', (make, engine) =>
    numbered(make, engine)
      .addColumn('name', 'varchar(100)', (column) => column.notNull().unique())
      .addColumn('paused', 'smallint', zero)
      .addColumn('reached', 'bigint', zero),
  ),
  table('queue/0002-jobs', 'palier_jobs', (make, engine) =>
    common(
      numbered(make, engine)
        .addColumn('queue', 'integer', (column) => column.notNull())
        .addColumn('state', 'smallint', (column) => column.notNull())
        .addColumn('tier', 'integer', zero)
        .addColumn('place', 'bigint', zero)
        .addColumn('cancel', 'smallint', zero)
        .addColumn('due_at', 'bigint', (column) => column.notNull()),
      engine,
    ).addColumn('progress', 'text'),
  ),
  index('queue/0003-jobs-turn', 'palier_jobs', ['queue', 'state', 'tier', 'place', 'id']),
  table('queue/0004-ended', 'palier_jobs_ended', (make, engine) =>
    common(
      make
        .addColumn('id', engine === 'sqlite' ? 'integer' : 'bigint', (column) => column.primaryKey().notNull())
        .addColumn('queue', 'integer', (column) => column.notNull())
        .addColumn('state', 'smallint', (column) => column.notNull())
        .addColumn('keep_until', 'bigint', (column) => column.notNull())
        .addColumn('ended_at', 'bigint', (column) => column.notNull()),
      engine,
    )
      .addColumn('result', longText(engine))
      .addColumn('reason', 'varchar(200)'),
  ),
  index('queue/0005-ended-kept', 'palier_jobs_ended', ['queue', 'state', 'keep_until']),
  table('queue/0006-workers', 'palier_job_workers', (make, engine) =>
    numbered(make, engine)
      .addColumn('queue', 'integer', (column) => column.notNull())
      .addColumn('name', 'varchar(100)', (column) => column.notNull())
      .addColumn('beat', 'bigint', zero),
  ),
  keyed('queue/0007-keys', 'palier_job_keys', 'job_key', 'job'),
  keyed('queue/0008-lanes', 'palier_job_lanes', 'lane', 'held'),
  keyed('queue/0009-groups', 'palier_job_groups', 'flow', 'tail'),
  table('queue/0010-schedules', 'palier_job_schedules', (make) =>
    make
      .addColumn('queue', 'integer', (column) => column.notNull())
      .addColumn('name', 'varchar(200)', (column) => column.notNull())
      .addColumn('pattern', 'varchar(300)', (column) => column.notNull())
      .addColumn('due_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('palier_job_schedules_key', ['queue', 'name']),
  ),
  {
    // Rows live for milliseconds: cleaned up after some thousands, not after a fifth of what the table ever was; room for the new
    // version of a row on its own page.
    name: 'queue/0011-jobs-vacuum',
    statements: (db, engine) =>
      engine === 'postgres'
        ? [
            raw(
              db,
              `ALTER TABLE palier_jobs SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
                autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 5000)`,
            ),
          ]
        : [],
  },
];

// oxlint-disable-next-line typescript/no-explicit-any -- Kysely's builder names its columns in its type
type Table = CreateTableBuilder<any, any>;

const zero = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull().defaultTo(0);

function table(name: string, called: string, make: (make: Table, engine: SqlEngine) => Table): Migration {
  return { name, statements: (db, engine) => [make(db.schema.createTable(called), engine)] };
}

function index(name: string, on: string, columns: readonly string[]): Migration {
  const called = `${on}_${name.slice(name.lastIndexOf('-') + 1)}`;
  return {
    name,
    statements: (db) => [
      db.schema
        .createIndex(called)
        .on(on)
        .columns([...columns]),
    ],
  };
}

/** One row a text of a queue. */
function keyed(name: string, called: string, key: string, value: string): Migration {
  return table(name, called, (make) =>
    make
      .addColumn('queue', 'integer', (column) => column.notNull())
      .addColumn(key, 'varchar(200)', (column) => column.notNull())
      .addColumn(value, 'bigint', zero)
      .addPrimaryKeyConstraint(`${called}_key`, ['queue', key]),
  );
}

/** Never given twice: an ended job keeps its number, and so does a claim. */
function numbered(make: Table, engine: SqlEngine): Table {
  switch (engine) {
    case 'postgres':
      return make.addColumn('id', 'bigint', (column) => column.primaryKey().generatedByDefaultAsIdentity());
    case 'mariadb':
      return make.addColumn('id', 'bigint', (column) => column.primaryKey().autoIncrement());
    case 'sqlite':
      return make.addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement());
  }
}

function common(make: Table, engine: SqlEngine): Table {
  return make
    .addColumn('name', 'varchar(100)', (column) => column.notNull())
    .addColumn('priority', 'integer', zero)
    .addColumn('attempt', 'integer', zero)
    .addColumn('crashes', 'integer', zero)
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addColumn('version', 'integer', zero)
    .addColumn('payload', longText(engine), (column) => column.notNull())
    .addColumn('saved', longText(engine))
    .addColumn('error', 'text')
    .addColumn('flow', 'varchar(200)')
    .addColumn('lane', 'varchar(200)')
    .addColumn('job_key', 'varchar(200)')
    .addColumn('trace', 'varchar(100)');
}

function longText(engine: SqlEngine): 'text' | ReturnType<typeof sql> {
  return engine === 'mariadb' ? sql`mediumtext` : 'text';
}

// oxlint-disable-next-line typescript/no-explicit-any -- as in `Migration`
function raw(db: Kysely<any>, text: string): Compilable {
  return { compile: () => sql.raw(text).compile(db) };
}
