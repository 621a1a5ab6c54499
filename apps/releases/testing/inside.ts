/** The application inside the test's process: a small seed, no port, requests handed to it; for what needs no second replica. */
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { temporaryFolder } from '@palier/testkit/folder';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { createPasswords } from '../auth/passwords.ts';
import { type DatabaseSurroundings, openDatabase } from '../database/open.ts';
import { readOptions } from '../options.ts';
import { fillDatabase } from '../seed/fill.ts';
import { loginOf, seedPassword } from '../seed/people.ts';
import { openShop } from '../web/open.ts';
import { buildServer } from '../web/server.ts';
import type { Shop } from '../web/shop.ts';
import { jwtSecret } from './running.ts';

export interface Inside extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly shop: Shop;
  /** Of the seed's account with this number (1 administers, 11 edits, the others pack). */
  readonly idOf: (number: number) => Promise<string>;
  /** What the account with this number is answered; null: whoever has no token. */
  ask(number: number | null, method: Method, path: string, body?: unknown): Promise<Told>;
  /** The same of a form that is posted with this file, under this name. */
  upload(number: number, path: string, file: Uint8Array, name: string): Promise<Told>;
}

type Method = Extract<InjectOptions['method'], Uppercase<string>>;

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what it expects
  readonly body: any;
}

export interface InsideOptions {
  /** Of the seed. Default: 300. */
  readonly releases?: number;
  /** Default: 40. */
  readonly rules?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Looks at the shop before the routes are built on it. */
  readonly change?: (shop: Shop) => Shop;
}

export async function openInside({
  releases = 300,
  rules = 40,
  env = {},
  change = (shop) => shop,
}: InsideOptions = {}): Promise<Inside> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder('releases'));
  const clock = systemClock();
  const around = {
    clock,
    timers: systemTimers(),
    random: seededRandom(1),
    entropy: systemEntropy(),
    log: silentLog,
  };
  const options = readOptions({ DATA_DIR: folder.path, JWT_SECRET: jwtSecret, STATE_URL: 'sqlite::memory:', ...env });
  await fill(options.databaseUrl, { releases, rules }, { ...around, onQuery: () => {}, onLocked: () => {} });
  const shop = change(await openShop(options, around, opening));
  const { app } = await buildServer(shop, silentLog, around.timers);
  opening.defer(() => app.close());
  const opened = opening.move();

  const idOf = async (number: number): Promise<string> => {
    const row = shop.db.query.selectFrom('users').select('id').where('login', '=', loginOf(number));
    return (await row.executeTakeFirstOrThrow()).id;
  };
  const tokens = new Map<number, string>();
  const tokenOf = async (number: number): Promise<string> => {
    const token = tokens.get(number) ?? (await shop.tokens.open(await idOf(number))).accessToken;
    tokens.set(number, token);
    return token;
  };
  return {
    app,
    shop,
    idOf,
    async ask(number, method, path, body) {
      const headers = number === null ? {} : { authorization: `Bearer ${await tokenOf(number)}` };
      const sent = { method, url: path, headers, ...(body === undefined ? {} : { payload: body as object }) };
      const answer = await app.inject(sent);
      const json = String(answer.headers['content-type']).includes('json');
      return { status: answer.statusCode, headers: answer.headers, body: json ? answer.json() : answer.body };
    },
    async upload(number, path, file, name) {
      const form = new FormData();
      form.set('file', new Blob([new Uint8Array(file)]), name);
      const sent = new Response(form);
      const answer = await app.inject({
        method: 'POST',
        url: path,
        headers: {
          authorization: `Bearer ${await tokenOf(number)}`,
          'content-type': sent.headers.get('content-type') ?? '',
        },
        payload: Buffer.from(await sent.arrayBuffer()),
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** With a minute's patience, which the service itself has not. */
async function fill(
  url: string,
  seed: { releases: number; rules: number },
  around: DatabaseSurroundings,
): Promise<void> {
  const db = await openDatabase({ url, timeoutMs: 60_000, connections: 1, replicas: 1 }, around);
  const now = new Date(around.clock.epochMs()).toISOString();
  const passwords = createPasswords({ parallel: 1, maxWaiting: 1 });
  const hash = (): Promise<string> => passwords.hash(seedPassword, Buffer.from('the salt of a test'));
  await fillDatabase(db, { seed: 1, ...seed }, now, hash);
  await db.close();
}
