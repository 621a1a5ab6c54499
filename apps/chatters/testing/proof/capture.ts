/**
 * A capture of the largest channel from the click to the chart: a streamer clicks at the gateway, the only worker is killed twice on the way and
 * another one is started, as a supervisor would; then the page of the analysis is asked for. What was captured is held against the world.
 */
import { until } from '@palier/testkit/until';
import type { Summary } from '../../analysis/summary.ts';
import { walk } from '../../collections/walk.ts';
import type { CaptureRow } from '../../database/tables.ts';
import type { Channel } from '../../helix/world/channels.ts';
import { makeWorld, type World } from '../../helix/world/world.ts';
import { openBrowser, type Visit } from '../browser.ts';
import { type Installation, installation } from '../captures.ts';
import { request, type Running } from '../running.ts';
import {
  type CaptureCounts,
  type ClusterCounts,
  countCapture,
  countClusters,
  type Present,
  type StoredChatter,
} from './judge.ts';
import type { Engines } from './engines.ts';

export interface CaptureSize {
  /** People of the channel, before what is planted. */
  readonly people: number;
  /** Of a user; the contract has 800. */
  readonly pointsPerMinute: number;
  /** Of an answer of Twitch's, and up to how much longer. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly leaseMs: number;
  /** MariaDB does not wait for the disk. */
  readonly fast: boolean;
}

/** Where a worker was killed. */
export interface Kill {
  readonly state: 'reading' | 'enriching';
  /** Chatters read, or asked for, by then, and how many there are. */
  readonly reached: number;
  readonly of: number;
}

export interface Captured extends CaptureCounts {
  readonly engines: string;
  readonly kills: readonly Kill[];
  readonly clusters: ClusterCounts;
  /** Accounts that are stored with several names, and of those the ones that never changed theirs. */
  readonly renamed: number;
  readonly renamedWrongly: number;
  readonly refused: number;
  /** From the click to the end of the capture, and to the page with its chart. */
  readonly captureMs: number;
  readonly chartMs: number;
  /** Points that Twitch took, and how long the user's bucket makes one wait for so many at least. */
  readonly points: number;
  readonly leastMs: number;
  /** The page of the analysis: with the summary computed for it, and the median of those with the kept one. */
  readonly computedMs: number;
  readonly keptMs: number;
}

const channelId = '5006';
const moderator = 'moderator_1';
const seed = 1;
const withinMs = 20 * 60_000;
const keptAsked = 21;

/** `tell` gets a line now and then. */
export async function playCapture(
  engines: Engines,
  size: CaptureSize,
  tell: (line: string) => void,
): Promise<Captured> {
  await using stack = new AsyncDisposableStack();
  const site = await open(stack, engines, size);
  const world = makeWorld({ seed, hugePeople: size.people, moderators: 200, renameEveryMs: 1000 });
  const channel = world.channel(channelId) as Channel;
  const present = async (): Promise<Present> => (await request(`${site.helixUrl}/director/present/${channelId}`)).body;

  const analysis = await site.analysis();
  const gateway = await site.gateway(analysis.url);
  const browser = openBrowser(gateway.url);
  await browser.signIn(moderator);
  const before = await present();
  tell(`${engines.name}: ${before.numbers.length} chatters are there; ${moderator} clicks`);

  const clickedMs = performance.now();
  const clicked = await browser.post('/captures', { broadcaster_id: channelId });
  if (clicked.location !== '/collections') throw new Error(`The click was answered ${clicked.status}: ${clicked.body}`);
  const { id, collection_id: collection } = await site.sql.query
    .selectFrom('captures')
    .selectAll()
    .executeTakeFirstOrThrow();
  const kills: Kill[] = [];
  let worker = await site.worker();
  for (const state of ['reading', 'enriching'] as const) {
    kills.push(await killIn(site, worker, id, state));
    tell(`  kill -9 while it is ${state}: ${kills.at(-1)?.reached} of ${kills.at(-1)?.of}`);
    worker = await site.worker();
  }
  const capture = await until('the end of the capture', () => over(site, id), { withinMs, everyMs: 50 });
  const captureMs = performance.now() - clickedMs;
  const after = await present();
  tell(`  ${capture.state} after ${(captureMs / 1000).toFixed(1)} s`);
  if (capture.state !== 'done') throw new Error(`The capture has failed: ${capture.reason}`);

  const ask = (): Promise<Visit> => browser.get(`/collections/${collection}`);
  const page = await timed(ask);
  if (page.answer.status !== 200 || !page.answer.body.includes('<svg')) throw new Error('The page has no chart.');
  const kept: number[] = [];
  for (let i = 0; i < keptAsked; i++) kept.push((await timed(ask)).ms);
  const { body: summary } = await request(`${analysis.url}/collections/${collection}/summary`);

  const rows = await rowsOf(site, id);
  const points = await pointsTaken(site);
  return {
    engines: engines.name,
    ...countCapture(world, channel, [before, after], rows),
    ...(await renamesOf(site, world)),
    clusters: countClusters(world, channel, (summary as Summary).clusters),
    kills,
    captureMs,
    chartMs: captureMs + page.ms,
    points,
    refused: await site.refused(),
    leastMs: Math.max(0, ((points - size.pointsPerMinute) / size.pointsPerMinute) * 60_000),
    computedMs: page.ms,
    keptMs: kept.toSorted((a, b) => a - b)[(keptAsked - 1) / 2] as number,
  };
}

async function open(stack: AsyncDisposableStack, engines: Engines, size: CaptureSize): Promise<Installation> {
  const urls = await engines.start(stack, size.fast);
  return installation(stack, urls['DATABASE_URL'], size.latencyMs, {
    ...urls,
    HELIX_SEED: String(seed),
    HELIX_HUGE: String(size.people),
    HELIX_POINTS_PER_MINUTE: String(size.pointsPerMinute),
    HELIX_JITTER_MS: String(size.jitterMs),
    HELIX_DRIFT_PERMILLE: '20',
    LEASE_MS: String(size.leaseMs),
  });
}

/** kill -9 once a third of it is done; where that was missed, the kill comes too late, and says so. */
async function killIn(site: Installation, worker: Running, id: string, state: Kill['state']): Promise<Kill> {
  const look = async (): Promise<Kill> => {
    const row = await site.capture(id);
    const past = row.state !== 'waiting' && row.state !== 'reading' && row.state !== state;
    const reached = state === 'reading' ? row.chatters : row.enriched;
    return { state, reached: past ? row.expected : reached, of: row.expected };
  };
  await until(
    `a third of it, ${state}`,
    async () => {
      const { reached, of } = await look();
      return of > 0 && reached >= of / 3;
    },
    { withinMs, everyMs: 5 },
  );
  process.kill(worker.process.pid, 'SIGKILL');
  await worker.process.ended;
  return look();
}

async function over(site: Installation, id: string): Promise<CaptureRow | false> {
  const row = await site.capture(id);
  return (row.state === 'done' || row.state === 'failed') && row;
}

async function timed<Answer>(ask: () => Promise<Answer>): Promise<{ readonly ms: number; readonly answer: Answer }> {
  const beganMs = performance.now();
  const answer = await ask();
  return { ms: performance.now() - beganMs, answer };
}

async function rowsOf({ sql }: Installation, captureId: string): Promise<readonly StoredChatter[]> {
  const rows: StoredChatter[] = [];
  for await (const stretch of walk(sql, [captureId])) {
    for (const { account, seenIn } of stretch) {
      const { id, created_at: createdMs, fetched_at: fetchedMs, gone } = account;
      for (const _ of seenIn) rows.push({ id, createdMs, fetched: fetchedMs !== null, gone: gone === 1 });
    }
  }
  return rows;
}

/** Everybody of this world who has several names by now. */
async function renamesOf(
  { sql: { query } }: Installation,
  world: World,
): Promise<Pick<Captured, 'renamed' | 'renamedWrongly'>> {
  const names = query.selectFrom('account_names').select('account_id').groupBy('account_id');
  const several = await names.having((row) => row.fn.countAll(), '>', 1).execute();
  const wrongly = several.filter(({ account_id: id }) => {
    const at = (ms: number): string => world.chatter(Number(id), ms).login;
    return at(0) === at(1000) && at(1000) === at(2000);
  });
  return { renamed: several.length, renamedWrongly: wrongly.length };
}

/** Each call that Twitch admitted took one. */
async function pointsTaken(site: Installation): Promise<number> {
  const { body } = await request(`${site.helixUrl}/director/counts`);
  return body['200'] ?? 0;
}
