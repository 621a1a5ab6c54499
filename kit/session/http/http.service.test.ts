/** The adapters over real servers: two replicas of each framework on one state, and a browser between them. */
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expressSessions, fastifySessions, sessionOf, withSession } from '../index.ts';
import { Web, WebBrowser } from '../testing/web.ts';

let web: Web;
beforeAll(async () => {
  web = await Web.open();
});
afterEach(() => web.tidy());
afterAll(() => web.close());

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
      web.listen(
        withSession(web.sessions(), (request, response, session) => {
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
      app.use(expressSessions(web.sessions()));
      app.use((request, response) => {
        response.json(act(request.url, sessionOf(request)));
      });
      return web.listen(app);
    },
  ],
  [
    'Fastify',
    async () => {
      const app = fastify();
      await app.register(fastifySessions(web.sessions()));
      app.get('/*', (request) => act(request.url, sessionOf(request)));
      await app.listen({ host: '127.0.0.1', port: 0 });
      web.closeAfter(() => app.close());
      return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    },
  ],
];

describe.each(frameworks)('sessions in %s', (_, start) => {
  test('what one replica stored the other knows by its cookie, which is right by default', async () => {
    const [one, two] = [await start(), await start()];
    const browser = new WebBrowser();
    const { cookies } = await browser.get(`${one}/set?cart=7`);
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-session=[\w-]{64}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    expect((await browser.get(`${two}/get`)).body.fields).toEqual({ cart: '7' });
    expect((await browser.get(`${two}/get`)).cookies).toEqual([]);
  });

  test('a log-in gives a new cookie, a log-out takes it and holds on the other replica', async () => {
    const [one, two] = [await start(), await start()];
    const browser = new WebBrowser();
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
    const browser = new WebBrowser();
    await browser.get(`${url}/set?cart=7`);
    web.away = true;
    expect((await browser.get(`${url}/get`)).status).toBe(503);
    expect((await new WebBrowser().get(`${url}/get`)).status).toBe(200);
    const visitor = await new WebBrowser().get(`${url}/set?cart=7`);
    expect([visitor.status, visitor.cookies]).toEqual([503, []]);
    web.away = false;
    expect((await browser.get(`${url}/get`)).body.fields).toEqual({ cart: '7' });
  });
});

test('a head that is written by hand keeps its own cookies beside the session’s', async () => {
  const url = await web.listen(
    withSession(web.sessions(), (_request, response, session) => {
      session.set('a', 1);
      response.writeHead(200, { 'set-cookie': 'other=1' });
      response.end('{}');
    }),
  );
  const { cookies } = await new WebBrowser().get(url);
  expect(cookies).toEqual(['other=1', expect.stringContaining('__Host-session=')]);
});

test('a session that is made after the head was sent is told, not lost in silence', async () => {
  const told: string[] = [];
  const listener = withSession(
    web.sessions(),
    (_request, response, session) => {
      response.writeHead(200);
      response.write('{');
      session.set('a', 1);
      response.end('}');
    },
    { log: (_level, message) => void told.push(message) },
  );
  const url = await web.listen(listener);
  await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow(/terminated|fetch failed/);
  expect(told.join()).toContain('it should be changed before');
});
