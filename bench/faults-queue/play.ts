/** One engine, played: jobs are added, workers work and are killed, the database is killed and started again, and at the end all is counted. */
import { mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMariadb, startPostgres } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { until } from '@palier/testkit/until';
import type { Engine } from '../batch/rows.ts';
import { Crew } from './crew.ts';
import { mixture, type Opened, openJobs, pages } from './jobs.ts';
import { type Counts, judge, noteOf, refusalOf, type Story } from './judge.ts';

export interface Pace {
  readonly jobs: number;
  /** A handler takes from none to twice of it. */
  readonly workMs: number;
  /** Short beside the life of a worker: one that lives for less than two of them notices nobody's end. */
  readonly leaseMs: number;
  /** One of the workers each time; every fourth time one is frozen for three leases instead. */
  readonly strikeEveryMs: number;
  /** See the workers' role. */
  readonly meetingsEvery: number;
  /** The database, not before: since the beginning. After each, a further part of the jobs is added. */
  readonly restartsAtMs: readonly number[];
  readonly giveUpMs: number;
  /** One engine, on a quiet machine and on a busy one. */
  readonly lastsS: readonly [number, number];
}

export const full: Pace = {
  jobs: 20_000,
  meetingsEvery: 13_000,
  workMs: 40,
  leaseMs: 1000,
  strikeEveryMs: 1000,
  restartsAtMs: [5000, 14_000],
  giveUpMs: 200_000,
  lastsS: [90, 160],
};

export const quick: Pace = { ...full, jobs: 6000, meetingsEvery: 6000, restartsAtMs: [1500, 5000], lastsS: [40, 80] };

/** Counts only: little enough for a machine that does other things. */
export const short: Pace = {
  jobs: 1000,
  meetingsEvery: 1000,
  workMs: 60,
  leaseMs: 600,
  strikeEveryMs: 700,
  restartsAtMs: [700, 2100],
  giveUpMs: 240_000,
  lastsS: [15, 60],
};

export interface Played {
  readonly engine: Engine;
  readonly counts: Counts;
  readonly kills: number;
  readonly freezes: number;
  /** With jobs left to do. */
  readonly restarts: number;
  readonly deserters: number;
  readonly seconds: number;
  /** Until the database answered again, after each time that it was killed: in all. */
  readonly awaySeconds: number;
}

const workers = 4;
const concurrency = 10;
/** Of the database, between its end and its start. */
const downMs = 300;
const freezeEvery = 4;
const lotSize = 1000;

export async function play(engine: Engine, pace: Pace): Promise<Played> {
  await using folder = await temporaryFolder('faults');
  await using server = engine === 'sqlite' ? undefined : await (engine === 'mariadb' ? startMariadb : startPostgres)();
  const url = server?.url ?? `sqlite:${folder.file('jobs.sqlite')}`;
  await using opened = await openJobs(url, pace.leaseMs);
  const parts = server === undefined ? 1 : pace.restartsAtMs.length + 1;
  const jobs = await addPart(opened, pace.jobs, 0, parts);
  const { leaseMs, workMs, meetingsEvery } = pace;
  const meetings = { folder: folder.file('meetings'), every: meetingsEvery };
  mkdirSync(meetings.folder);
  const crew = new Crew(workers, folder, { url, leaseMs, concurrency, workMs, meetings });
  await crew.start();
  const startMs = performance.now();
  const elapsedMs = (): number => performance.now() - startMs;
  let restarts = 0;
  let awayMs = 0;
  try {
    for (let strike = 1; elapsedMs() < pace.giveUpMs; strike++) {
      if (restarts === parts - 1 && !(await isAnyLeft(opened))) break;
      if (strike % freezeEvery === 0) crew.freeze(3 * leaseMs);
      else crew.kill();
      if (server !== undefined && elapsedMs() >= (pace.restartsAtMs[restarts] ?? Infinity)) {
        const atMs = elapsedMs();
        await server.kill();
        await sleep(downMs);
        await server.start();
        await answers(opened);
        awayMs += elapsedMs() - atMs;
        jobs.push(...(await addPart(opened, pace.jobs, ++restarts, parts)));
      }
      await sleep(pace.strikeEveryMs);
    }
    // Who was frozen comes back and says what he had.
    await crew.settled();
    await sleep(leaseMs);
  } finally {
    await crew.stop();
  }
  const seconds = elapsedMs() / 1000;
  const { kills, freezes, deserters } = crew;
  const counts = judge(await storyOf(opened, jobs, crew.logs));
  return { engine, counts, kills, freezes, restarts, deserters, seconds, awaySeconds: awayMs / 1000 };
}

type Added = Story['jobs'][number];

/** Those whose number leaves this remainder. */
async function addPart({ queue }: Opened, count: number, part: number, parts: number): Promise<Added[]> {
  const jobs: Added[] = [];
  for (const kind of new Set(mixture)) {
    const numbers = Array.from({ length: count }, (_, n) => n).filter(
      (n) => mixture[n % mixture.length] === kind && Math.floor(n / mixture.length) % parts === part,
    );
    for (let from = 0; from < numbers.length; from += lotSize) {
      const some = numbers.slice(from, from + lotSize);
      const added = await queue.addMany(
        kind,
        some.map((n) => ({ n })),
      );
      jobs.push(...added.map(({ id }, i) => ({ id, n: some[i] as number, kind })));
    }
  }
  return jobs;
}

/** Connections of before its end are found broken one by one. */
async function answers({ sql }: Opened): Promise<void> {
  for (let times = 0; times < 20; times++) {
    await until('the database answers', () => sql.query.selectFrom('palier_jobs').select('id').limit(1).execute());
  }
}

/** A database that is away has some. */
async function isAnyLeft({ sql }: Opened): Promise<boolean> {
  return sql.run(sql.query.selectFrom('palier_jobs').select('id').limit(1)).then(
    ({ rows }) => rows.length > 0,
    () => true,
  );
}

async function storyOf(opened: Opened, jobs: Story['jobs'], logs: readonly string[]): Promise<Story> {
  await answers(opened);
  const { sql } = opened;
  const { query } = sql;
  const timeoutMs = 60_000;
  const live = await sql.run(query.selectFrom('palier_jobs').select('id'), { timeoutMs });
  const ended = await sql.run(query.selectFrom('palier_jobs_ended').select(['id', 'result', 'reason']), { timeoutMs });
  const effects = await sql.run(query.selectFrom('effects').selectAll(), { timeoutMs });
  const outputs = await sql.run(query.selectFrom('outputs').selectAll(), { timeoutMs });
  const lines = logs.flatMap((log) => readFileSync(log, 'utf8').split('\n'));
  return {
    jobs,
    live: new Set(live.rows.map(({ id }) => id)),
    ended: ended.rows,
    notes: lines.flatMap((line) => noteOf(line) ?? []),
    refusals: lines.flatMap((line) => refusalOf(line) ?? []),
    effects: effects.rows,
    outputs: outputs.rows,
    pages,
  };
}
