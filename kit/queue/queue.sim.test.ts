/**
 * Workers that die, stand still, are cut off and lose answers, by seed and in virtual time: every job is done, once as far as anybody can see,
 * and each of its writes is there once.
 */
import { silentLog } from '@palier/base/log';
import { type Random, seededRandom } from '@palier/base/random';
import { virtualTime, type VirtualTime } from '@palier/testkit/clock';
import { describe, expect, test } from 'vitest';
import { createMeters } from '../meter/index.ts';
import { type Migration, openSql, type Sql } from '../state/sql/index.ts';
import { type Job, job, type JobKind } from './jobs.ts';
import { openQueue, type Queue } from './queue.ts';
import { type QueueTables, queueMigrations } from './store/tables.ts';
import { type Breaking, breaking } from './testing/breaking.ts';

type Tables = QueueTables & { written: { job: number; page: number } };
type Kinds = { readonly pages: JobKind<{ pages: number }, number> };

const leaseMs = 1500;
const jobs = 40;
const processes = 3;
const mostMs = 3_600_000;
const faults = { refused: 0.02, unanswered: 0.03, slow: 0.02, slowMs: 2 * leaseMs };
const written: Migration = {
  name: '0001-written',
  statements: (db) => [
    db.schema
      .createTable('written')
      .addColumn('job', 'integer', (column) => column.notNull())
      .addColumn('page', 'integer', (column) => column.notNull()),
  ],
};

interface Process {
  readonly breaking: Breaking;
  readonly meters: ReturnType<typeof createMeters>;
}

/** Of each job, the attempts under way; and how many results came late, while a later one was. */
interface Seen {
  readonly underWay: Map<number, number[]>;
  beside: number;
}

async function born(sql: Sql<Tables>, time: VirtualTime, random: Random, seen: Seen): Promise<Process> {
  const { clock } = time;
  const broken = breaking(sql as unknown as Sql<QueueTables>, random.fork('faults'), time.timers, faults);
  const { timers } = broken;
  const own = broken.sql as unknown as Sql<Tables>;
  const meters = createMeters();
  const around = { clock, timers, random: random.fork('around'), log: silentLog };
  // Starting fails as all else does; a process is started again until it runs.
  const start = async (): Promise<void> => {
    const options = { jobs: kinds(), leaseMs, meters, maxCrashes: 1000, fair: true };
    const queue: Queue<Kinds> = await openQueue(own, around, options);
    await queue.work(
      { pages: (one) => writePages({ sql: own, process: broken, time, random, seen }, one) },
      { concurrency: 3, pollMs: 50 },
    );
  };
  const trying = async (): Promise<void> => {
    for (;;) {
      try {
        return await start();
      } catch {
        await timers.sleep(20);
      }
    }
  };
  void trying();
  return { breaking: broken, meters };
}

function kinds(): Kinds {
  return { pages: job({ attempts: 1000, backoff: { firstMs: 10, maxMs: 200, floor: 0.5 }, keepDoneMs: mostMs * 10 }) };
}

interface Surroundings {
  readonly sql: Sql<Tables>;
  readonly process: Breaking;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly seen: Seen;
}

async function writePages(
  { sql, process, time, random, seen }: Surroundings,
  one: Job<{ pages: number }, number>,
): Promise<number> {
  const { timers } = process;
  const attempts = seen.underWay.get(one.id) ?? [];
  seen.underWay.set(one.id, attempts);
  attempts.push(one.attempt);
  for (let page = ((one.saved as number | undefined) ?? 0) + 1; page <= one.payload.pages; page++) {
    await timers.sleep(random.int(1, 60));
    await sql.transaction(function* (tx) {
      yield* tx.run(sql.query.insertInto('written').values({ job: one.id, page }));
      yield* one.save(tx, page);
    });
  }
  // Some take so long that a late result finds them under way.
  await timers.sleep(random.next() < 0.3 ? random.int(leaseMs, 4 * leaseMs) : random.int(1, 300));
  attempts.splice(attempts.indexOf(one.attempt), 1);
  // Some processes stand still with the result in their hands.
  if (random.next() < 0.1) {
    const forMs = random.int(leaseMs, 5 * leaseMs);
    process.freeze(forMs);
    void time.timers.sleep(forMs).then(() => {
      if (attempts.some((attempt) => attempt > one.attempt)) seen.beside++;
    });
  }
  return one.attempt;
}

interface Outcome {
  readonly done: number;
  /** Done with the result of another attempt than the last. */
  readonly results: readonly unknown[];
  readonly pages: readonly string[];
  readonly fenced: number;
  /** Late results that found a later attempt under way. */
  readonly beside: number;
  readonly crashes: number;
}

async function simulate(seed: number): Promise<Outcome> {
  const time = virtualTime();
  const random = seededRandom(seed);
  const around = { clock: time.clock, timers: time.timers, random: random.fork('sql'), log: silentLog };
  await using sql = await openSql<Tables>('sqlite::memory:', around, { migrations: [...queueMigrations, written] });
  const adder = await openQueue(sql, around, { jobs: kinds(), fair: true });
  const groups = ['a', 'b', 'c'];
  for (let i = 0; i < jobs; i++) {
    const options = {
      group: random.pick(groups),
      ...(i % 5 === 0 ? { lane: 'lane' } : {}),
      delayMs: random.pick([0, 0, 700]),
    };
    await adder.add('pages', { pages: (i % 6) + 1 }, options);
  }
  const seen: Seen = { underWay: new Map(), beside: 0 };
  const alive = await Promise.all(Array.from({ length: processes }, (_, i) => born(sql, time, random.fork(i), seen)));
  const all = [...alive];
  for (let step = 0; time.clock.monotonicMs() < mostMs; step++) {
    await time.advance(random.int(200, 2000));
    if ((await adder.depths()).every((depth) => depth.jobs === 0)) break;
    if (random.next() < 0.3 && step < 60) {
      const i = random.int(0, processes - 1);
      alive[i]?.breaking.kill();
      alive[i] = await born(sql, time, random.fork(`born ${step}`), seen);
      all.push(alive[i] as Process);
    }
    if (random.next() < 0.3) random.pick(alive).breaking.freeze(random.int(leaseMs, 3 * leaseMs));
    if (random.next() < 0.1) time.jumpWallClock(random.int(-3_600_000, 3_600_000));
  }
  for (const { breaking } of all) breaking.kill();
  const done = await adder.list('done', 1000);
  const rows = await sql.query.selectFrom('written').selectAll().orderBy('job').orderBy('page').execute();
  const fenced = all.map(({ meters }) => Number(/what="fenced"\} (\d+)/.exec(meters.text())?.[1] ?? 0));
  const payloads = new Map(done.map(({ id, payload }) => [id, (payload as { pages: number }).pages]));
  return {
    done: done.length,
    results: done.filter(({ attempt, result }) => result !== attempt),
    pages: [...payloads].flatMap(([id, pages]) => {
      const found = rows.filter((row) => row.job === id).map((row) => row.page);
      return found.join() === Array.from({ length: pages }, (_, page) => page + 1).join()
        ? []
        : [`${id}: ${found.join()}`];
    }),
    fenced: fenced.reduce((sum, one) => sum + one, 0),
    beside: seen.beside,
    crashes: done.reduce((sum, { crashes }) => sum + crashes, 0),
  };
}

describe('workers that break by seed', () => {
  test.each(Array.from({ length: 12 }, (_, seed) => [seed]))(
    'seed %d: every job is done, every page is written once',
    async (seed) => {
      const { done, results, pages } = await simulate(seed);
      expect({ done, results, pages }).toEqual({ done: jobs, results: [], pages: [] });
    },
  );

  test('the seeds do what they are for: workers are lost, and late results are refused', async () => {
    const outcomes = [await simulate(4), await simulate(8), await simulate(9)];
    const sum = (what: 'crashes' | 'fenced' | 'beside') => outcomes.reduce((total, one) => total + one[what], 0);
    expect(sum('crashes')).toBeGreaterThan(0);
    expect(sum('fenced')).toBeGreaterThan(0);
    expect(sum('beside')).toBeGreaterThan(0);
  });
});
