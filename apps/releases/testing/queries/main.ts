/**
 * Plays reads for a bench: `main.ts URL` answers each line of its standard input, `{way, kind, warmMs, forMs}`, with one line,
 * `{requests, elapsedMs, cpuMs, statements}`. `main.ts URL drop` takes the indexes back and ends.
 */
import { createInterface } from 'node:readline';
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { type Random, seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type Database, openDatabase } from '../../database/open.ts';
import { findReleases } from '../../releases/find.ts';
import { createMemo } from '../../web/memo.ts';
import { dropIndexes } from './indexes.ts';
import { asFound, kinds, type Known, newest, ours, type Reads, rowByRow } from './reads.ts';
import { unprepared } from './unprepared.ts';

interface Asked {
  readonly way: string;
  readonly kind: string;
  readonly warmMs: number;
  readonly forMs: number;
}

const [url = '', what] = process.argv.slice(2);
const engine = url.startsWith('sqlite:') ? 'sqlite' : 'mariadb';
const clock = systemClock();
let statements = 0;

const around = { clock, timers: systemTimers(), random: seededRandom(1), log: silentLog };
const db = await openDatabase(
  { url, timeoutMs: 60_000, connections: 2, replicas: 1 },
  { ...around, onQuery: () => statements++, onLocked: () => {} },
);
if (what === 'drop') await dropIndexes(db.query, engine);
else await serve(db);
await db.close();

async function serve(db: Database): Promise<void> {
  const known = await knownOf(db);
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await play(db, known, JSON.parse(line) as Asked))}\n`);
  }
}

async function play(db: Database, known: Known, { way, kind, warmMs, forMs }: Asked): Promise<object> {
  const reads = readsOf(way, db);
  const request = kinds[kind];
  if (request === undefined) throw new Error(`There is no read called ${kind}.`);
  const random = seededRandom(7);
  await repeat(() => request(reads, known, random), warmMs);
  const [cpu, before] = [process.cpuUsage(), statements];
  const { requests, elapsedMs } = await repeat(() => request(reads, known, random), forMs);
  const { user, system } = process.cpuUsage(cpu);
  return { requests, elapsedMs, cpuMs: (user + system) / 1000, statements: statements - before };
}

/** One after the other: what each costs, not how many go at once. */
async function repeat(run: () => Promise<unknown>, forMs: number): Promise<{ requests: number; elapsedMs: number }> {
  const startMs = clock.monotonicMs();
  let requests = 0;
  do {
    await run();
    requests++;
  } while (clock.monotonicMs() - startMs < forMs);
  return { requests, elapsedMs: clock.monotonicMs() - startMs };
}

function readsOf(way: string, { query }: Database): Reads {
  const nobody = { add: () => {} };
  const totals = createMemo<number>({ ttlMs: 2000, maxEntries: 500 }, clock, { reads: nobody, hits: nobody });
  switch (way) {
    case 'row by row':
      return rowByRow(query, totals);
    case 'not prepared':
      return ours(unprepared(query, engine), totals);
    case 'as found':
      return asFound(unprepared(query, engine));
    default:
      return ours(query, totals);
  }
}

async function knownOf({ query }: Database): Promise<Known> {
  const random: Random = seededRandom(3);
  const users = await query.selectFrom('users').select('id').execute();
  const releases = await query.selectFrom('releases').select(['id', 'title']).orderBy('id').limit(20_000).execute();
  const drawn = Array.from({ length: 500 }, () => random.pick(releases));
  const words = drawn.flatMap(({ title }) => title.toLowerCase().match(/[a-z]{5,}/g) ?? []);
  const far: Known['far'][number][] = [];
  for (const page of Array.from({ length: 20 }, () => random.int(2000, 4000))) {
    const { last } = await findReleases(query, {}, newest, { page: page - 1, perPage: 20 });
    if (last !== null) far.push({ page, after: last });
  }
  return { far, releaseIds: drawn.map(({ id }) => id), userIds: users.map(({ id }) => id), words: [...new Set(words)] };
}
