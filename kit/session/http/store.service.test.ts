/** The store of express-session over real servers: any replica, its users, and the way there from another store and back. */
import express from 'express';
import expressSession from 'express-session';
import { until } from '@palier/testkit/until';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { migratingStore, type MigrationPhase, sessionStore } from '../index.ts';
import { Web, WebBrowser } from '../testing/web.ts';

let web: Web;
beforeAll(async () => {
  web = await Web.open();
});
afterEach(() => web.tidy());
afterAll(() => web.close());

/** Requests for /slow whose session has been read. */
let slowBegun = 0;

/** Resolves to its answer's promise, wrapped, when it is under way. */
async function underWay(browser: WebBrowser, url: string): Promise<{ readonly answer: Promise<unknown> }> {
  const before = slowBegun;
  const answer = browser.get(`${url}/slow`);
  await until('it is under way', () => slowBegun > before);
  return { answer };
}

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
      slowBegun++;
      await new Promise((resolve) => setTimeout(resolve, 100));
      session['slow'] = '1';
    }
    if (pathname === '/login') await new Promise((resolve) => request.session.regenerate(resolve));
    if (pathname === '/login') Object.assign(request.session, Object.fromEntries(searchParams));
    if (pathname === '/logout') await new Promise((resolve) => request.session.destroy(resolve));
    const { cookie: _, ...fields } = (pathname === '/logout' ? {} : request.session) as unknown as Record<
      string,
      unknown
    >;
    response.json({ user: null, fields });
  });
  return { url: await web.listen(app) };
}

describe('the store of express-session', () => {
  test('serves any replica; two requests at once lose nothing; what was destroyed stays so', async () => {
    const apps = await Promise.all([
      storeApp(sessionStore(expressSession, web.sessions())),
      storeApp(sessionStore(expressSession, web.sessions())),
    ]);
    const [one, two] = apps.map(({ url }) => url) as [string, string];
    const browser = new WebBrowser();
    await browser.get(`${one}/set?a=1`);
    const slow = await underWay(browser, two);
    await browser.get(`${one}/set?b=2`);
    await slow.answer;
    expect((await browser.get(`${two}/get`)).body.fields).toEqual({ a: '1', b: '2', slow: '1' });
    const slower = await underWay(browser, two);
    await browser.get(`${one}/logout`);
    await slower.answer;
    expect((await browser.get(`${two}/get`)).body.fields).toEqual({});
  });

  test('while the state is away a known browser gets 503, a visitor is served', async () => {
    const { url } = await storeApp(sessionStore(expressSession, web.sessions()));
    const browser = new WebBrowser();
    await browser.get(`${url}/set?a=1`);
    web.away = true;
    const answer = await fetch(`${url}/get`, { headers: { cookie: browser.cookie } });
    expect(answer.status).toBe(503);
    expect((await new WebBrowser().get(`${url}/get`)).status).toBe(200);
    web.away = false;
    expect((await browser.get(`${url}/get`)).body.fields).toEqual({ a: '1' });
  });

  test('takes over from another store while running, and back, without logging anybody out', async () => {
    let phase: MigrationPhase = 'before';
    const from = new expressSession.MemoryStore();
    const to = sessionStore(expressSession, web.sessions());
    const { url } = await storeApp(migratingStore(expressSession, { from, to, phase: () => phase }));
    const [old, recent, ended] = [new WebBrowser(), new WebBrowser(), new WebBrowser()];
    const plain = await storeApp(from);
    await old.get(`${plain.url}/set?a=1`);
    await ended.get(`${plain.url}/set?a=1`);
    const fields = async (browser: WebBrowser): Promise<unknown> => (await browser.get(`${url}/get`)).body.fields;
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

describe('the store of express-session that is told who is logged in', () => {
  const options = {
    userOf: (data: { user?: string }) => data.user,
    labelsOf: (data: { device?: string }): Record<string, string> =>
      data.device === undefined ? {} : { device: data.device },
  };
  const start = async () => {
    const sessions = web.sessions();
    const store = sessionStore(expressSession, sessions, options);
    return { sessions, store, ...(await storeApp(store)) };
  };
  const idOf = ({ cookie }: WebBrowser): string => /^connect\.sid=s%3A([^.]*)\./.exec(cookie)?.[1] ?? '';
  let serial = 0;
  const someone = (): string => `ada ${++serial}`;

  test('lists the user’s devices, and logs one out, or all but this one, on every replica', async () => {
    const [one, two] = [await start(), await start()];
    const [user, other] = [someone(), someone()];
    const [laptop, phone, tablet, theirs] = Array.from({ length: 4 }, () => new WebBrowser()) as [
      WebBrowser,
      WebBrowser,
      WebBrowser,
      WebBrowser,
    ];
    await laptop.get(`${one.url}/set?cart=7`);
    await laptop.get(`${one.url}/login?user=${user}&device=laptop`);
    await phone.get(`${two.url}/login?user=${user}&device=phone`);
    await tablet.get(`${two.url}/login?user=${user}&device=tablet`);
    await theirs.get(`${one.url}/login?user=${other}`);
    const listed = await two.sessions.list(user);
    expect(listed.map(({ labels }) => labels['device']).toSorted()).toEqual(['laptop', 'phone', 'tablet']);
    const handle = two.store.handleOf(idOf(phone));
    expect(listed.find((session) => session.handle === handle)?.labels).toEqual({ device: 'phone' });

    const fieldsOf = async (browser: WebBrowser): Promise<unknown> => (await browser.get(`${one.url}/get`)).body.fields;
    expect(await one.sessions.end(user, handle)).toBe(true);
    expect([await fieldsOf(phone), await fieldsOf(tablet)]).toEqual([{}, { user, device: 'tablet' }]);
    const kept = { user, handle: one.store.handleOf(idOf(laptop)) };
    expect(await two.sessions.endEverywhere(user, { except: kept })).toBe(1);
    expect([await fieldsOf(laptop), await fieldsOf(tablet)]).toEqual([{ user, device: 'laptop' }, {}]);
    expect(await two.sessions.endEverywhere(user)).toBe(1);
    expect([await fieldsOf(laptop), await fieldsOf(theirs)]).toEqual([{}, { user: other }]);
    expect(await one.sessions.list(user)).toEqual([]);
  });

  test('a request that was under way does not bring back who was logged out everywhere', async () => {
    const [one, two] = [await start(), await start()];
    const [user, browser] = [someone(), new WebBrowser()];
    await browser.get(`${one.url}/login?user=${user}`);
    const slow = await underWay(browser, two.url);
    await one.sessions.endEverywhere(user);
    await slow.answer;
    expect((await browser.get(`${two.url}/get`)).body.fields).toEqual({});
    expect(await two.sessions.list(user)).toEqual([]);
  });

  test('a log-out, by destroy or by taking the user away, leaves the list; another log-in moves it', async () => {
    const { sessions, url, store } = await start();
    const [user, next] = [someone(), someone()];
    const [destroyed, changed] = [new WebBrowser(), new WebBrowser()];
    await destroyed.get(`${url}/login?user=${user}`);
    await destroyed.get(`${url}/logout`);
    expect(await sessions.list(user)).toEqual([]);
    await changed.get(`${url}/login?user=${user}`);
    await changed.get(`${url}/set?user=${next}`);
    expect([await sessions.list(user), (await sessions.list(next)).length]).toEqual([[], 1]);
    const id = idOf(changed);
    const data = await new Promise<Record<string, unknown>>((resolve) =>
      store.get(id, (_, found) => resolve(found as never)),
    );
    delete data['user'];
    await new Promise((resolve) => store.set(id, data as never, resolve));
    expect(await sessions.list(next)).toEqual([]);
    expect((await changed.get(`${url}/get`)).body.fields).toEqual({});
  });

  test('sessions from before it was told get their owner with their next request', async () => {
    const before = await storeApp(sessionStore(expressSession, web.sessions()));
    const { sessions, url } = await start();
    const [user, browser] = [someone(), new WebBrowser()];
    await browser.get(`${before.url}/login?user=${user}`);
    expect(await sessions.list(user)).toEqual([]);
    expect((await browser.get(`${url}/get`)).body.fields).toEqual({ user });
    expect(await sessions.list(user)).toHaveLength(1);
    await sessions.endEverywhere(user);
    expect((await browser.get(`${url}/get`)).body.fields).toEqual({});
  });
});
