/** What the workers do while they are killed: four kinds of jobs, each with its own way of telling afterwards whether it was done. */
import { systemSurroundings } from '@palier/base/surroundings';
import { type Log, silentLog } from '@palier/base/log';
import { job, type JobKind, openQueue, type Queue, queueMigrations } from '@palier/kit/queue';
import { type Migration, openSql, type Sql } from '@palier/kit/state/sql';

export interface Numbered {
  readonly n: number;
}

/** Of the attempt that did it. */
export interface Told {
  readonly token: string;
}

// A type and no interface: a record of kinds.
export type Kinds = Readonly<Record<KindName, JobKind<Numbered, Told>>>;
/** `kept`: its result stays. `gone`: nothing stays. `effect`: a row and its end in one transaction. `paged`: rows, page by page, saved with each. */
export type KindName = 'kept' | 'gone' | 'effect' | 'paged';

/** Of ten jobs, in this order. */
export const mixture: readonly KindName[] = [
  'kept',
  'gone',
  'kept',
  'gone',
  'effect',
  'kept',
  'gone',
  'kept',
  'gone',
  'paged',
];
export const pages = 5;

export interface Tables {
  palier_jobs: { id: number };
  palier_jobs_ended: { id: number; result: string | null; reason: string | null };
  effects: { n: number; token: string };
  outputs: { n: number; page: number; token: string };
}

/** No row of them has a key: one that is written twice is there twice. */
const tables: readonly Migration[] = [
  {
    name: '0001-effects',
    statements: (db) => [
      db.schema
        .createTable('effects')
        .addColumn('n', 'integer', (column) => column.notNull())
        .addColumn('token', 'varchar(40)', (column) => column.notNull()),
    ],
  },
  {
    name: '0002-outputs',
    statements: (db) => [
      db.schema
        .createTable('outputs')
        .addColumn('n', 'integer', (column) => column.notNull())
        .addColumn('page', 'integer', (column) => column.notNull())
        .addColumn('token', 'varchar(40)', (column) => column.notNull()),
    ],
  },
];

/** A database that is away fails an attempt that writes; a worker that is killed is nobody's fault here. */
const patient = { attempts: 1000, backoff: { firstMs: 50, maxMs: 500, floor: 0.5 } };
const maxCrashes = 20;
const keepDoneMs = 3_600_000;

const kinds: Kinds = {
  kept: job({ ...patient, keepDoneMs }),
  gone: job(patient),
  effect: job(patient),
  paged: job({ ...patient, keepDoneMs }),
};

export interface Opened extends AsyncDisposable {
  readonly sql: Sql<Tables>;
  readonly queue: Queue<Kinds>;
}

/** As one replica has it. */
export async function openJobs(url: string, leaseMs: number, log: Log = silentLog): Promise<Opened> {
  const around = systemSurroundings(log);
  const migrations = [...queueMigrations, ...tables];
  const sql = await openSql<Tables>(url, around, { migrations, openTimeoutMs: 60_000, connections: 5 });
  const queue = await openQueue(sql, around, { jobs: kinds, leaseMs, maxCrashes });
  return {
    sql,
    queue,
    async [Symbol.asyncDispose]() {
      await queue.close();
      await sql.close();
    },
  };
}
