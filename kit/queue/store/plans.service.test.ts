/** No statement of the hot path walks a table: with thousands of live and ended jobs, by the engine's own plan of each statement sent. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { mariadbServer, postgresServer } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { type CompiledQuery, type Kysely, sql as raw } from 'kysely';
import { describe, expect, test } from 'vitest';
import { openSql, type Sql, type Steps } from '../../state/sql/index.ts';
import { job } from '../jobs.ts';
import { openQueue } from '../queue.ts';
import { type Databases, mariadbDatabases, postgresDatabases, sqliteDatabases } from '../testing/databases.ts';
import { type QueueTables, queueMigrations } from './tables.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
const live = 6000;
const ended = 20_000;

/** Every statement that goes to the tables of jobs, once. */
function recorded(sql: Sql<QueueTables>): {
  readonly sql: Sql<QueueTables>;
  readonly seen: Map<string, CompiledQuery>;
} {
  const seen = new Map<string, CompiledQuery>();
  const see = (query: CompiledQuery): CompiledQuery => {
    if (/palier_jobs/.test(query.sql) && !/^\s*insert/i.test(query.sql))
      seen.set(query.sql.replace(/\d+/g, '0'), query);
    return query;
  };
  function* watched<Result>(steps: Steps<Result>): Steps<Result> {
    let step = steps.next();
    while (step.done !== true) step = steps.next(yield see(step.value));
    return step.value;
  }
  const on: Sql<QueueTables> = {
    ...sql,
    run: (statement, options) => sql.run({ compile: () => see(statement.compile()) as never }, options),
    transaction: (steps, options) => sql.transaction((tx) => watched(steps(tx)), options),
  };
  return { sql: on, seen };
}

async function filled(db: Kysely<QueueTables>): Promise<void> {
  const row = {
    queue: 1,
    name: 'old',
    priority: 0,
    attempt: 1,
    crashes: 0,
    added_at: 1,
    version: 0,
    payload: '{"n":1}',
  };
  for (let from = 0; from < ended; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      ...row,
      id: 1_000_000 + from + i,
      state: 10 + (i % 4),
      keep_until: 9_000_000_000_000 + i,
      ended_at: 1,
    }));
    await db
      .insertInto('palier_jobs_ended')
      .values(rows as never)
      .execute();
  }
  for (let from = 0; from < live; from += 1000) {
    const delayed = Array.from({ length: 1000 }, (_, i) => ({
      ...row,
      state: i % 2 === 0 ? 1 : 0,
      place: i % 2 === 0 ? 9_000_000_000_000 : 0,
      tier: i % 2 === 0 ? 0 : 5,
      due_at: 1,
      cancel: 0,
    }));
    await db
      .insertInto('palier_jobs')
      .values(delayed as never)
      .execute();
  }
}

/** Lines of the plan that read a table of jobs from end to end, or sort what an index should have in order. */
async function wrongIn(sql: Sql<QueueTables>, query: CompiledQuery): Promise<string[]> {
  const prefix = { sqlite: 'EXPLAIN QUERY PLAN ', mariadb: 'EXPLAIN ', postgres: 'EXPLAIN ' }[sql.engine];
  const explained = { ...query, sql: `${prefix}${query.sql}`, query: raw``.compile(sql.query).query } as CompiledQuery;
  const byId =
    /(?:update|from) `palier_jobs\w*`(?: set .*)? where `id` (?:in|=)/i.test(query.sql) && sql.engine === 'mariadb';
  const { rows } = await sql.run({ compile: () => explained as CompiledQuery<Record<string, unknown>> });
  const wrong: Readonly<Record<typeof sql.engine, RegExp>> = {
    sqlite: /SCAN palier_jobs|TEMP B-TREE FOR ORDER BY/,
    mariadb: /"table":"palier_jobs\w*".*"type":"(?:ALL|index)"|filesort/,
    postgres: /Seq Scan on palier_jobs|Sort Key: .*(tier|place)/,
  };
  const lines = rows.map((row) => JSON.stringify(row));
  // Another index would lock rows of other workers.
  const elsewhere = lines.filter((line) => byId && /"table":"palier_jobs/.test(line) && !/"key":"PRIMARY"/.test(line));
  // By fewer columns it would walk what was taken before.
  const short = lines.filter(
    (line) =>
      /FORCE INDEX/.test(query.sql) && /"table":"palier_jobs"/.test(line) && !/"type":"(?:range|const)"/.test(line),
  );
  return [...elsewhere, ...short, ...lines.filter((line) => wrong[sql.engine].test(line))];
}

describe.each([
  ['a SQLite file', sqliteDatabases, {}],
  ['MariaDB', mariadbDatabases, mariadbServer().options],
  ['PostgreSQL', postgresDatabases, postgresServer().options],
] as const)('on %s', (_, start: () => Promise<Databases>, options) => {
  test('every statement about jobs is led by an index', options, async () => {
    await using databases = await start();
    const url = await databases.create();
    await using plain = await openSql<QueueTables>(url, around, {
      migrations: [...queueMigrations],
      timeoutMs: 30_000,
    });
    const { sql, seen } = recorded(plain);
    await using queue = await openQueue(sql, around, {
      jobs: { quick: job<{ n: number }, number>(), kept: job<{ n: number }, number>({ keepDoneMs: 60_000 }) },
      leaseMs: 300,
    });
    await filled(plain.query);
    if (plain.engine === 'sqlite') await raw`ANALYZE`.execute(plain.query);
    else if (plain.engine === 'postgres') await raw`ANALYZE palier_jobs, palier_jobs_ended`.execute(plain.query);
    else await raw`ANALYZE TABLE palier_jobs, palier_jobs_ended`.execute(plain.query);
    let done = 0;
    const run = async ({ payload: { n }, attempt }: { payload: { n: number }; attempt: number }) => {
      if (n % 7 === 0 && attempt === 1) throw new Error('once more');
      return ++done;
    };
    const worker = await queue.work({ quick: run, kept: run }, { pollMs: 10 });
    await queue.addMany('quick', [{ n: 1 }, { n: 2 }]);
    await queue.add('quick', { n: 3 }, { delayMs: 1 });
    await queue.add('quick', { n: 4 }, { lane: 'one', key: 'one' });
    await queue.add('kept', { n: 7 });
    await until('the jobs', () => done >= 5);
    const { id } = await queue.add('quick', { n: 5 }, { delayMs: 60_000 });
    await queue.cancel(id);
    await queue.look(id);
    await queue.retry(id);
    await queue.list('ready');
    await queue.list('dead');
    await queue.page('ready', '0.0.1');
    await queue.page('done', '9000000000000.1000000');
    await queue.depths();
    await queue.depths('dead', 'done', 'parked');
    await queue.isPaused();
    // A beat, and all that comes with it.
    await around.timers.sleep(400);
    await worker.stop();
    expect(seen.size).toBeGreaterThan(15);
    const wrong: Record<string, string[]> = {};
    for (const [text, query] of seen) {
      const lines = await wrongIn(plain, query);
      if (lines.length > 0) wrong[text] = lines;
    }
    expect(wrong).toEqual({});
  });
});
