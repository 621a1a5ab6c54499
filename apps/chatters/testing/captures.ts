/** A whole installation for a test of captures: the simulated Twitch, twitch-api, the database, and workers that can be killed. */
import { systemSurroundings } from '@palier/base/surroundings';
import type { Sql } from '@palier/kit/state/sql';
import { temporaryFolder } from '@palier/testkit/folder';
import { until } from '@palier/testkit/until';
import { type CaptureQueue, openCaptureQueue } from '../capture/jobs.ts';
import { startCapture } from '../collections/start.ts';
import { type Consents, openConsents } from '../consent/consents.ts';
import { openIdentity } from '../consent/identity.ts';
import { openSeal } from '../consent/seal.ts';
import { openDatabase, readDatabaseOptions } from '../database/open.ts';
import type { CaptureRow, Tables } from '../database/tables.ts';
import { request, type Running, startHelix, startService, twitchTokens } from './running.ts';

export interface Installation {
  readonly helixUrl: string;
  readonly sql: Sql<Tables>;
  readonly queue: CaptureQueue;
  readonly consents: Consents;
  worker(): Promise<Running>;
  analysis(): Promise<Running>;
  /** What people see; `analysisUrl` of the one that it asks. */
  gateway(analysisUrl: string): Promise<Running>;
  /** Kept for the user, who is known by id and login from then on. */
  signIn(userId: string, login: string): Promise<void>;
  start(userId: string, broadcasterId: string): Promise<string>;
  capture(id: string): Promise<CaptureRow>;
  /** The capture when it is over. */
  ended(id: string): Promise<CaptureRow>;
  /** Calls that Twitch has answered with 429. */
  refused(): Promise<number>;
}

const secret = 'a secret of the installation, of 32 characters or more';

/** `databaseUrl`: undefined is a file of its own. Calls of Twitch take `latencyMs` each. `settings`: of all processes, before all else. */
export async function installation(
  stack: AsyncDisposableStack,
  databaseUrl: string | undefined,
  latencyMs: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const around = systemSurroundings();
  const folder = stack.use(await temporaryFolder('chatters'));
  const points = { HELIX_POINTS_PER_MINUTE: '1000000' };
  const lasting = { HELIX_DRIFT_PERMILLE: '0', HELIX_LATENCY_MS: String(latencyMs), HELIX_RENAME_EVERY_S: '1' };
  const helix = await startHelix({ ...points, ...lasting, ...settings });
  stack.use(helix.process);
  const common = { DATA_DIR: folder.path, HELIX_URL: helix.url, SECRET: secret, ...points };
  const api = await startService('twitch-api/main.ts', { ...common, ...settings });
  stack.use(api.process);
  const env = {
    ...common,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    TWITCH_API_URL: api.url,
    LEASE_MS: '900',
    CLEAN_EVERY_S: '1',
    ...settings,
  };
  const sql = stack.use(await openDatabase(readDatabaseOptions(env), around));
  const queue = stack.use(await openCaptureQueue(sql, around, { leaseMs: Number(env.LEASE_MS) }));
  const client = { clientId: 'simulated-client', clientSecret: 'simulated-secret', answerTimeoutMs: 30_000 };
  const identity = openIdentity({ ...client, identityUrl: helix.url }, around);
  const consents = openConsents(sql, openSeal(secret, around.entropy), identity, around.clock);
  const capture = (id: string): Promise<CaptureRow> =>
    sql.query.selectFrom('captures').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const started = async (entry: string, more: Readonly<Record<string, string>>): Promise<Running> => {
    const running = await startService(entry, { ...env, ...more });
    // Where another one could not start, the test has ended meanwhile.
    if (stack.disposed) await running.process.stop();
    else stack.use(running.process);
    return running;
  };
  return {
    helixUrl: helix.url,
    sql,
    queue,
    consents,
    capture,
    worker: () => started('worker/main.ts', {}),
    analysis: () => started('analysis/main.ts', {}),
    gateway: (analysisUrl) => started('gateway/main.ts', { ANALYSIS_URL: analysisUrl }),
    async signIn(userId, login) {
      const user = { id: userId, login, display_name: login, signed_in_at: 0 };
      const insert = sql.query.insertInto('users').values(user);
      await sql.words.insertUnlessThere(insert, ['id']).execute();
      await consents.keep(userId, await twitchTokens(helix.url, login));
    },
    async refused() {
      const { body } = await request(`${helix.url}/director/counts`);
      return body['429'] ?? 0;
    },
    start: (userId, id) => startCapture({ sql, queue, ...around }, userId, { id, login: `channel_${id}` }),
    ended: (id) =>
      until(
        'the end of the capture',
        async () => {
          const row = await capture(id);
          return ['done', 'failed'].includes(row.state) && row;
        },
        { withinMs: 45_000, everyMs: 50 },
      ),
  };
}
