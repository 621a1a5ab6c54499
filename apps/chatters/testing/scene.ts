/** The jobs of captures on a database of a test's own, with a Twitch that does what the test says. */
import { systemSurroundings } from '@palier/base/surroundings';
import { queueMigrations } from '@palier/kit/queue';
import { openSql } from '@palier/kit/state/sql';
import { until } from '@palier/testkit/until';
import type { CaptureDesk } from '../capture/desk.ts';
import { enrichHandler } from '../capture/enrich.ts';
import { openCaptureQueue } from '../capture/jobs.ts';
import { readHandler } from '../capture/read.ts';
import type { Twitch } from '../capture/twitch.ts';
import { startCapture } from '../collections/start.ts';
import type { Consents } from '../consent/consents.ts';
import { migrations } from '../database/migrations.ts';
import type { CaptureRow, Tables } from '../database/tables.ts';
import { chattersError } from '../errors.ts';

export interface Person {
  readonly id: string;
  login: string;
  /** As the account tells it; the list lags behind. */
  told?: string;
  gone?: boolean;
}

export interface Scene {
  readonly desk: CaptureDesk;
  readonly people: Person[];
  /** Of the next calls, one each: thrown; null: it lists nobody though they are there; undefined: none. */
  readonly troubles: (Error | null | undefined)[];
  /** Awaited by each call for chatters. */
  before: () => Promise<void>;
  /** Tokens that were asked with. */
  readonly tokens: string[];
  /** How many accounts were asked for. */
  asked: number;
  /** Tokens that Twitch believes; the next one is given out when one is refused. */
  believed: string;
  start(channel?: string): Promise<string>;
  capture(id: string): Promise<CaptureRow>;
  /** The capture when it is over. */
  ended(id: string): Promise<CaptureRow>;
  /** `jobsAtOnce`: as the queue has it, unless it is said. */
  work(jobsAtOnce?: number): Promise<void>;
}

const pageRows = 3;

/** Users 7 and 8 have signed in. */
export async function scene(stack: AsyncDisposableStack, databaseUrl = 'sqlite::memory:'): Promise<Scene> {
  const around = systemSurroundings();
  const sql = stack.use(
    await openSql<Tables>(databaseUrl, around, { migrations: [...queueMigrations, ...migrations] }),
  );
  const queue = stack.use(await openCaptureQueue(sql, around, {}));
  for (const id of ['7', '8']) {
    const user = { id, login: `user_${id}`, display_name: `User ${id}`, signed_in_at: 0 };
    await sql.query.insertInto('users').values(user).execute();
  }
  const people: Person[] = [];
  const troubles: (Error | null | undefined)[] = [];
  const tokens: string[] = [];
  const twitch: Twitch = {
    async chatters({ token }, _, after) {
      tokens.push(token);
      await made.before();
      const trouble = troubles.shift();
      if (trouble instanceof Error) throw trouble;
      if (token !== made.believed) throw chattersError('TWITCH_CONSENT', { reason: 'Invalid OAuth token' });
      if (trouble === null) return { chatters: [], cursor: null, total: people.length };
      const from = Number(after ?? 0);
      const page = people.slice(from, from + pageRows);
      const cursor = from + pageRows < people.length ? String(from + pageRows) : null;
      const chatters = page.map(({ id, login }) => ({ id, login, displayName: login.toUpperCase() }));
      return { chatters, cursor, total: people.length };
    },
    async users(_, ids) {
      made.asked += ids.length;
      const told = people.filter(({ id, gone }) => ids.includes(id) && gone !== true);
      return told.map(({ id, login: listed, told: login = listed }) => {
        return { id, login, displayName: login, createdMs: Number(id) * 1000, type: '', broadcasterType: '' };
      });
    },
    moderatedChannels: async () => [],
  };
  const consents: Consents = {
    keep: async () => {},
    access: async (_, refused) => (refused === undefined ? 'first' : 'second'),
    signOut: async () => {},
    removeUnneeded: async () => 0,
  };
  const desk = { sql, queue, twitch, consents, clock: around.clock };
  const capture = (id: string): Promise<CaptureRow> =>
    sql.query.selectFrom('captures').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const made: Scene = {
    desk,
    people,
    troubles,
    tokens,
    before: async () => {},
    asked: 0,
    believed: 'first',
    start: (channel = '5001') =>
      startCapture({ ...desk, entropy: around.entropy }, '7', { id: channel, login: 'calm' }),
    capture,
    ended: (id) =>
      until('the end of the capture', async () => {
        const row = await capture(id);
        return ['done', 'failed'].includes(row.state) && row;
      }),
    async work(jobsAtOnce) {
      const handlers = { read: readHandler(desk), enrich: enrichHandler(desk) };
      stack.use(await queue.work(handlers, jobsAtOnce === undefined ? {} : { concurrency: jobsAtOnce }));
    },
  };
  return made;
}
