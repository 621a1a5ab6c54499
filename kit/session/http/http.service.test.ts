/** The adapters over real servers: two replicas of each framework on one state, and a browser between them. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import express from 'express';
import expressSession from 'express-session';
import fastify from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { kitError } from '../../errors.ts';
import { type Kv, openKv } from '../../state/index.ts';
import {
  expressSessions,
  fastifySessions,
  migratingStore,
  type MigrationPhase,
  Sessions,
  sessionOf,
  sessionStore,
  withSession,
} from '../index.ts';

const around = {
  clock: systemClock(),
  timers: systemTimers(),
  random: seededRandom(1),
  log: silentLog,
  entropy: systemEntropy(),
};
const secrets = ['the first secret, of thirty-two bytes or more'];
let kv: Kv;
let away = false;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  kv = await openKv('sqlite::memory:', around);
});
afterEach(async () => {
  away = false;
  await Promise.all(closing.splice(0).map((close) => close()));
});
afterAll(() => kv.close());

/** The state, which a test may take away. */
function state(): Kv {
  return new Proxy(kv, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== 'function') return member;
      if (away && (name === 'get' || name === 'run')) return lost;
      return member.bind(target);
    },
  });
}

async function lost(): Promise<never> {
  throw kitError('PALIER_STATE_LATE', { engine: 'The test', outcome: 'none' });
}

const make = (): Sessions => new Sessions(state(), around, { secrets });

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** `/set?a=1` sets, `/get` tells all, `/login?user=`, `/logout`, `/head` writes its head itself, `/late` changes after it. */
function act(url: string, session: ReturnType<typeof sessionOf>): unknown {
  const { pathname, searchParams } = new URL(url, 'http://host');
  if (pathname === '/set') for (const [field, value] of searchParams) session.set(field, value);
  if (pathname === '/login') session.login(searchParams.get('user') as string);
  if (pathname === '/logout') session.end();
  return {
    user: session.user ?? null,
    fields: Object.fromEntries(session.fields().map((field) => [field, session.get(field)])),
  };
}

type Start = () => Promise<string>;
const frameworks: readonly (readonly [string, Start])[] = [
  [
    'node:http',
    () =>
      listen(
        withSession(make(), (request, response, session) => {
          const body = JSON.stringify(act(request.url ?? '', session));
          if (request.url?.startsWith('/head'))
            response.writeHead(200, { 'set-cookie': 'other=1', 'content-type': 'application/json' });
          response.end(body);
        }),
      ),
  ],
  [
    'Express',
    () => {
      const app = express();
      app.use(expressSessions(make()));
      app.use((request, response) => {
        response.json(act(request.url, sessionOf(request)));
      });
      return listen(app);
    },
  ],
  [
    'Fastify',
    async () => {
      const app = fastify();
      await app.register(fastifySessions(make()));
      app.get('/*', (request) => act(request.url, sessionOf(request)));
      await app.listen({ host: '127.0.0.1', port: 0 });
      closing.push(() => app.close());
      return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    },
  ],
];

class Browser {
  cookie = '';
  async get(
    url: string,
  ): Promise<{ status: number; body: { user: string | null; fields: Record<string, string> }; cookies: string[] }> {
    const answer = await fetch(url, { headers: { cookie: this.cookie } });
    const cookies = answer.headers.getSetCookie();
    for (const one of cookies) {
      if (/^(__Host-session|connect\.sid)=/.test(one))
        this.cookie = one.includes('Max-Age=0') ? '' : (one.split(';', 1)[0] as string);
    }
    return { status: answer.status, body: (await answer.json()) as never, cookies };
  }
}

describe.each(frameworks)('sessions in %s', (_, start) => {
  test('what one replica stored the other knows by its cookie, which is right by default', async () => {
    const [one, two] = [await start(), await start()];
    const browser = new Browser();
    const { cookies } = await browser.get(`${one}/set?cart=7`);
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-session=[\w-]{64}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    expect((await browser.get(`${two}/get`)).body.fields).toEqual({ cart: '7' });
    expect((await browser.get(`${two}/get`)).cookies).toEqual([]);
  });

  test('a log-in gives a new cookie, a log-out takes it and holds on the other replica', async () => {
    const [one, two] = [await start(), await start()];
    const browser = new Browser();
    await browser.get(`${one}/set?cart=7`);
    const before = browser.cookie;
    expect((await browser.get(`${one}/login?user=ada`)).body.user).toBe('ada');
    expect(browser.cookie).not.toBe(before);
    const during = browser.cookie;
    expect((await browser.get(`${two}/get`)).body).toEqual({ user: 'ada', fields: { cart: '7' } });
    await browser.get(`${one}/logout`);
    expect(browser.cookie).toBe('');
    browser.cookie = during;
    const after = await browser.get(`${two}/get`);
    expect(after.body).toEqual({ user: null, fields: {} });
    expect(after.cookies[0]).toContain('Max-Age=0');
  });

  test('while the state is away a known browser gets 503 and no data; a visitor is served, but not remembered', async () => {
    const url = await start();
    const browser = new Browser();
    await browser.get(`${url}/set?cart=7`);
    away = true;
    expect((await browser.get(`${url}/get`)).status).toBe(503);
    expect((await new Browser().get(`${url}/get`)).status).toBe(200);
    const visitor = await new Browser().get(`${url}/set?cart=7`);
    expect([visitor.status, visitor.cookies]).toEqual([503, []]);
    away = false;
    expect((await browser.get(`${url}/get`)).body.fields).toEqual({ cart: '7' });
  });
});

test('a head that is written by hand keeps its own cookies beside the session’s', async () => {
  const url = await listen(
    withSession(make(), (_request, response, session) => {
      session.set('a', 1);
      response.writeHead(200, { 'set-cookie': 'other=1' });
      response.end('{}');
    }),
  );
  const { cookies } = await new Browser().get(url);
  expect(cookies).toEqual(['other=1', expect.stringContaining('__Host-session=')]);
});

test('a session that is made after the head was sent is told, not lost in silence', async () => {
  const told: string[] = [];
  const listener = withSession(
    make(),
    (_request, response, session) => {
      response.writeHead(200);
      response.write('{');
      session.set('a', 1);
      response.end('}');
    },
    { log: (_level, message) => void told.push(message) },
  );
  const url = await listen(listener);
  await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow(/terminated|fetch failed/);
  expect(told.join()).toContain('it should be changed before');
});

interface StoreApp {
  readonly url: string;
}

async function storeApp(store: object): Promise<StoreApp> {
  const app = express();
  app.use(
    expressSession({
      secret: 'x'.repeat(32),
      resave: false,
      saveUninitialized: false,
      store: store as expressSession.Store,
    }),
  );
  app.use(async (request, response) => {
    const session = request.session as unknown as Record<string, unknown>;
    const { pathname, searchParams } = new URL(request.url, 'http://host');
    if (pathname === '/set') for (const [field, value] of searchParams) session[field] = value;
    if (pathname === '/slow') {
      await new Promise((resolve) => setTimeout(resolve, 100));
      session['slow'] = '1';
    }
    if (pathname === '/logout') await new Promise((resolve) => request.session.destroy(resolve));
    const { cookie: _, ...fields } = session;
    response.json({ user: null, fields: pathname === '/logout' ? {} : fields });
  });
  return { url: await listen(app) };
}

describe('the store of express-session', () => {
  test('serves any replica; two requests at once lose nothing; what was destroyed stays so', async () => {
    const apps = await Promise.all([
      storeApp(sessionStore(expressSession, make())),
      storeApp(sessionStore(expressSession, make())),
    ]);
    const [one, two] = apps.map(({ url }) => url) as [string, string];
    const browser = new Browser();
    await browser.get(`${one}/set?a=1`);
    const slow = browser.get(`${two}/slow`);
    await browser.get(`${one}/set?b=2`);
    await slow;
    expect((await browser.get(`${two}/get`)).body.fields).toEqual({ a: '1', b: '2', slow: '1' });
    const slower = browser.get(`${two}/slow`);
    await browser.get(`${one}/get`);
    await browser.get(`${one}/logout`);
    await slower;
    expect((await browser.get(`${two}/get`)).body.fields).toEqual({});
  });

  test('while the state is away a known browser gets 503, a visitor is served', async () => {
    const { url } = await storeApp(sessionStore(expressSession, make()));
    const browser = new Browser();
    await browser.get(`${url}/set?a=1`);
    away = true;
    const answer = await fetch(`${url}/get`, { headers: { cookie: browser.cookie } });
    expect(answer.status).toBe(503);
    expect((await new Browser().get(`${url}/get`)).status).toBe(200);
    away = false;
    expect((await browser.get(`${url}/get`)).body.fields).toEqual({ a: '1' });
  });

  test('takes over from another store while running, and back, without logging anybody out', async () => {
    let phase: MigrationPhase = 'before';
    const from = new expressSession.MemoryStore();
    const to = sessionStore(expressSession, make());
    const { url } = await storeApp(migratingStore(expressSession, { from, to, phase: () => phase }));
    const [old, recent, ended] = [new Browser(), new Browser(), new Browser()];
    const plain = await storeApp(from);
    await old.get(`${plain.url}/set?a=1`);
    await ended.get(`${plain.url}/set?a=1`);
    const fields = async (browser: Browser): Promise<unknown> => (await browser.get(`${url}/get`)).body.fields;
    expect(await fields(old)).toEqual({ a: '1' });
    phase = 'after';
    expect(await fields(old)).toEqual({ a: '1' });
    await old.get(`${url}/set?b=2`);
    await recent.get(`${url}/set?c=3`);
    await ended.get(`${url}/logout`);
    expect(await fields(ended)).toEqual({});
    phase = 'before';
    expect([await fields(old), await fields(recent), await fields(ended)]).toEqual([
      { a: '1', b: '2' },
      { c: '3' },
      {},
    ]);
    phase = 'after';
    expect([await fields(old), await fields(recent)]).toEqual([{ a: '1', b: '2' }, { c: '3' }]);
    phase = 'done';
    expect([await fields(old), await fields(recent)]).toEqual([{ a: '1', b: '2' }, { c: '3' }]);
  });
});
