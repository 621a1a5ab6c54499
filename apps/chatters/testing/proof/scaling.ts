/**
 * Captures of many users, done by one, two and three workers: each user's one channel is listed, stored, and its accounts asked for and stored. All
 * jobs are there before a worker may begin. What a worker has are its places: so many jobs at once, which wait for Twitch nearly all the time.
 */
import { until } from '@palier/testkit/until';
import type { CaptureRow } from '../../database/tables.ts';
import { type Installation, installation } from '../captures.ts';
import type { Engines } from './engines.ts';
import { readProcessor } from './processor.ts';

export interface ScalingSize {
  /** Each with points and one channel of their own; two jobs each. At most 200: thirty more are there to begin with. */
  readonly users: number;
  readonly rounds: number;
  /** JOBS_AT_ONCE of each worker. */
  readonly places: number;
  /** Of an answer of Twitch's, and up to how much longer. */
  readonly latencyMs: number;
  readonly jitterMs: number;
}

export interface Outing {
  readonly workers: number;
  readonly jobsPerSecond: number;
  /** Of the whole machine while it ran. */
  readonly busyCores: number;
  readonly failed: number;
  /** Calls that Twitch refused for want of points. */
  readonly refused: number;
}

const mostWorkers = 3;
/** Whose captures come before those that count: a worker that has just started is slower. */
const warmUsers = 30;
const jobsOfACapture = 2;

/** `tell` gets a line for each outing. Each number of workers once a round, in another order each time. */
export async function playScaling(
  engines: Engines,
  size: ScalingSize,
  tell: (line: string) => void,
): Promise<readonly Outing[]> {
  await using stack = new AsyncDisposableStack();
  const urls = await engines.start(stack, false);
  const site = await installation(stack, urls['DATABASE_URL'], size.latencyMs, {
    ...urls,
    HELIX_POINTS_PER_MINUTE: '800',
    HELIX_JITTER_MS: String(size.jitterMs),
    JOBS_AT_ONCE: String(size.places),
    LEASE_MS: '7500',
  });
  const users = Array.from({ length: warmUsers + size.users }, (_, i) => String(6001 + i));
  for (const [i, id] of users.entries()) await site.signIn(id, `guest_${String(i + 1).padStart(3, '0')}`);
  const outings: Outing[] = [];
  const counts = Array.from({ length: mostWorkers }, (_, i) => i + 1);
  for (let round = 0; round < size.rounds; round++) {
    for (const place of counts.keys()) {
      const outing = await play(site, users, counts[(place + round) % mostWorkers] as number);
      outings.push(outing);
      tell(
        `  ${outing.workers} ${outing.workers === 1 ? 'worker ' : 'workers'}: ${outing.jobsPerSecond.toFixed(1)} jobs/s, ${outing.busyCores.toFixed(2)} cores busy`,
      );
    }
  }
  return outings;
}

async function play(site: Installation, users: readonly string[], workers: number): Promise<Outing> {
  await forget(site);
  await using stack = new AsyncDisposableStack();
  for (let i = 0; i < workers; i++) {
    const { process } = await site.worker();
    stack.defer(() => process.stop().then(() => {}));
  }
  for (const id of users.slice(0, warmUsers)) await site.start(id, id);
  await endOfAll(site);
  const refusedBefore = await site.refused();
  await site.queue.pause();
  const measured = users.slice(warmUsers);
  for (const id of measured) await site.start(id, id);
  const before = readProcessor();
  const beganMs = Date.now();
  await site.queue.resume();
  const rows = (await endOfAll(site)).filter(({ user_id: id }) => measured.includes(id));
  const busyCores = readProcessor().busyCoresSince(before);
  const endedMs = Math.max(...rows.map(({ done_at: atMs }) => Number(atMs)));
  const failed = rows.filter(({ state }) => state === 'failed').length;
  const jobsPerSecond = ((rows.length - failed) * jobsOfACapture * 1000) / (endedMs - beganMs);
  return { workers, jobsPerSecond, busyCores, failed, refused: (await site.refused()) - refusedBefore };
}

function endOfAll({ sql }: Installation): Promise<Pick<CaptureRow, 'user_id' | 'state' | 'done_at'>[]> {
  return until(
    'the end of all captures',
    async () => {
      const all = await sql.query.selectFrom('captures').select(['user_id', 'state', 'done_at']).execute();
      return all.every(({ state }) => state === 'done' || state === 'failed') && all;
    },
    { withinMs: 10 * 60_000, everyMs: 200 },
  );
}

/** Nobody has been captured yet: each account is asked for again. */
async function forget({ sql: { query } }: Installation): Promise<void> {
  for (const table of ['capture_chatters', 'captures', 'collections', 'account_names', 'accounts'] as const) {
    await query.deleteFrom(table).execute();
  }
}
