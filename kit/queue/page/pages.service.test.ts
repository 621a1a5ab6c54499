/** The pages of the queues, as a browser and a program ask for them, mounted in what people mount things in. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemSurroundings } from '@palier/base/surroundings';
import { until } from '@palier/testkit/until';
import express from 'express';
import fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { openSql } from '../../state/sql/index.ts';
import { job, openQueue, type Queue, queueMigrations, type QueueAccess, queuePages } from '../index.ts';

const around = { ...systemSurroundings(), log: () => {} };
const jobs = { greet: job<unknown, unknown>({ attempts: 1, keepDoneMs: 60_000 }) };
const evil = `</pre><script>alert(1)</script><img src=x onerror="alert('2')">&`;
const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** In this test a header says who asks; a service asks its session. */
function accessOf(request: IncomingMessage): QueueAccess {
  return (request.headers['x-may'] ?? 'none') as QueueAccess;
}

interface Site extends AsyncDisposable {
  readonly queue: Queue<typeof jobs>;
  readonly mails: Queue<typeof jobs>;
  /** May change, and wants JSON, unless told otherwise. */
  ask(path: string, more?: { method?: string; headers?: Record<string, string> }): Promise<Response>;
}

type Mount = (pages: ReturnType<typeof queuePages>) => Promise<RequestListener>;

const bare: Mount = async (pages) => (request, response) => void pages(request, response, accessOf(request));
const mounts: Readonly<Record<string, Mount>> = {
  'node:http': bare,
  Express: async (pages) =>
    express().use('/admin/queues', (request, response) => void pages(request, response, accessOf(request))),
  Fastify: async (pages) => {
    const app = fastify();
    await app.register(async (inside) => {
      inside.addHook('onRequest', async (request, reply) => {
        reply.hijack();
        await pages(request.raw, reply.raw, accessOf(request.raw));
      });
      inside.all('/admin/queues', async () => {});
      inside.all('/admin/queues/*', async () => {});
    });
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
};

async function site(mount: Mount = bare): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const sql = stack.use(await openSql('sqlite::memory:', around, { migrations: [...queueMigrations] }));
  const queue = stack.use(await openQueue(sql, around, { jobs, name: 'captures' }));
  const mails = stack.use(await openQueue(sql, around, { jobs, name: 'mails & more' }));
  const server = createServer(await mount(queuePages([queue, mails], around, { path: '/admin/queues' })));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  stack.defer(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kept = stack.move();
  return {
    queue,
    mails,
    ask: (path, { method = 'GET', headers = {} } = {}) =>
      fetch(`${origin}${path}`, {
        method,
        redirect: 'manual',
        headers: { accept: 'application/json', 'x-may': 'change', ...headers },
      }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const asPage = { accept: 'text/html,application/xhtml+xml' };

describe.each(Object.entries(mounts))('mounted in %s', (_, mount) => {
  test('queues are listed, a job is looked at, called off, begun anew, and a queue paused: as JSON and by forms', async () => {
    await using there = await site(mount);
    const { queue, mails, ask } = there;
    const { id } = await queue.add('greet', { n: 1 }, { delayMs: 60_000, key: 'one', trace });
    await mails.add('greet', { n: 2 });
    const all = (await (await ask('/admin/queues')).json()) as {
      queues: { name: string; paused: boolean; depths: unknown }[];
    };
    expect(all.queues.map(({ name, paused }) => [name, paused])).toEqual([
      ['captures', false],
      ['mails & more', false],
    ]);
    expect(all.queues[0]?.depths).toContainEqual({ state: 'delayed', jobs: 1, exact: true });
    const list = (await (await ask('/admin/queues/captures?state=delayed')).json()) as { jobs: { id: number }[] };
    expect(list.jobs.map((one) => one.id)).toEqual([id]);
    const own = `/admin/queues/captures/${id}`;
    expect(await (await ask(own)).json()).toMatchObject({ id, state: 'delayed', payload: { n: 1 }, key: 'one', trace });
    const post = async (path: string): Promise<unknown> => (await ask(path, { method: 'POST' })).json();
    expect(await post(`${own}/cancel`)).toEqual({ did: 'cancelled' });
    expect((await queue.look(id))?.state).toBe('cancelled');
    expect(await post(`${own}/cancel`)).toEqual({ did: 'gone' });
    expect(await post(`${own}/retry`)).toEqual({ did: 'retried' });
    expect((await queue.look(id))?.state).toBe('ready');
    const paused = await ask('/admin/queues/mails%20%26%20more/pause', { method: 'POST', headers: asPage });
    expect([paused.status, paused.headers.get('location')]).toEqual([
      303,
      '/admin/queues/mails%20%26%20more?did=paused',
    ]);
    expect(await mails.isPaused()).toBe(true);
    const page = await (await ask(paused.headers.get('location') as string, { headers: asPage })).text();
    expect(page).toContain('Paused: what runs goes on');
    expect(page).toContain('action="/admin/queues/mails%20%26%20more/resume"');
    expect(await post('/admin/queues/mails%20%26%20more/resume')).toEqual({ did: 'resumed' });
    expect(await mails.isPaused()).toBe(false);
  });
});

test('who may not look sees nothing, who may look changes nothing, and nobody changes anything from another site', async () => {
  await using there = await site();
  const { queue, ask } = there;
  const { id } = await queue.add('greet', { secret: 'of-a-user' });
  const paths = ['/admin/queues', '/admin/queues/captures', `/admin/queues/captures/${id}`, '/admin/queues/none'];
  for (const path of paths) {
    for (const may of ['none', '', 'admin', 'Change', 'constructor']) {
      for (const headers of [{ 'x-may': may }, { 'x-may': may, ...asPage }]) {
        const answer = await ask(path, { headers });
        expect([path, may, answer.status]).toEqual([path, may, 403]);
        expect(await answer.text()).not.toMatch(/captures|of-a-user|greet/);
      }
    }
  }
  const cancel = `/admin/queues/captures/${id}/cancel`;
  const attempts: Record<string, string>[] = [
    { 'x-may': 'none' },
    { 'x-may': 'look' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ];
  for (const headers of attempts) {
    expect([headers, (await ask(cancel, { method: 'POST', headers })).status]).toEqual([headers, 403]);
  }
  expect((await ask(cancel)).status).toBe(404);
  expect((await ask(cancel, { method: 'PUT' })).status).toBe(405);
  expect((await queue.look(id))?.state).toBe('ready');
  const page = await (await ask(`/admin/queues/captures/${id}`, { headers: { 'x-may': 'look', ...asPage } })).text();
  expect(page).toContain('of-a-user');
  expect(page).not.toContain('<form');
  expect((await ask(cancel, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
});

test('what stands in a job is text wherever it is shown, and the page runs and loads nothing', async () => {
  await using there = await site();
  const { queue, ask } = there;
  await using worker = await queue.work({
    greet: async (one) => {
      one.progress({ evil });
      throw new Error(evil);
    },
  });
  const { id } = await queue.add('greet', { evil, [evil]: 1 }, { key: evil, lane: evil });
  await until('its end', async () => (await queue.look(id))?.state === 'dead');
  expect(worker.running).toBe(0);
  const paths = ['/admin/queues', '/admin/queues/captures?state=dead', `/admin/queues/captures/${id}`];
  for (const path of [...paths, `/admin/queues/captures?state=dead&did=${encodeURIComponent(evil)}`]) {
    const answer = await ask(path, { headers: asPage });
    const text = await answer.text();
    expect(text).not.toMatch(/<script|<img|onerror="/);
    const style = /<style>([^<]*)<\/style>/.exec(text)?.[1] as string;
    const hash = createHash('sha256').update(style).digest('base64');
    expect(answer.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
  const page = await (await ask(`/admin/queues/captures/${id}`, { headers: asPage })).text();
  expect(page).toContain('&lt;script&gt;alert(1)');
});

test('lists go on page by page, and what is no page, no state, no place and no job says so', async () => {
  await using there = await site();
  const { queue, ask } = there;
  const added = await queue.addMany(
    'greet',
    Array.from({ length: 120 }, (_, n) => ({ n })),
  );
  const seen: number[] = [];
  let next: string | undefined;
  do {
    const query: string = next === undefined ? '' : `?after=${next}`;
    const list = (await (await ask(`/admin/queues/captures${query}`)).json()) as {
      jobs: { id: number }[];
      next?: string;
    };
    expect(list.jobs.length).toBeLessThanOrEqual(50);
    seen.push(...list.jobs.map(({ id }) => id));
    ({ next } = list);
  } while (next !== undefined);
  expect(seen).toEqual(added.map(({ id }) => id));
  const status = async (path: string): Promise<number> => (await ask(`/admin/queues${path}`)).status;
  expect(await status('/captures?state=lost')).toBe(404);
  expect(await status('/captures?state=constructor')).toBe(404);
  expect(await status('/captures?after=1.2')).toBe(400);
  expect(await status('/captures/99999')).toBe(404);
  expect(await status('/captures/1e3')).toBe(404);
  expect(await status('/captures/1/cancel/more')).toBe(404);
  expect(await status('/nothing')).toBe(404);
  expect(await status('/%E0%A4%A')).toBe(404);
  // Begins as the path does, and is not below it.
  expect(await status('captures')).toBe(404);
  expect((await ask('/admin/queues', { method: 'HEAD' })).headers.get('content-length')).not.toBe('0');
});

test('a database that is away is told as such, and not what was asked of it', async () => {
  const sql = await openSql('sqlite::memory:', around, { migrations: [...queueMigrations] });
  const queue = await openQueue(sql, around, { jobs });
  const told: string[] = [];
  const log = (_: string, message: string): void => void told.push(message);
  const pages = queuePages([queue], { ...around, log }, { path: '/q' });
  const server = createServer((request, response) => void pages(request, response, 'look'));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  await sql.close();
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/q`);
  expect(answer.status).toBeGreaterThanOrEqual(500);
  const text = await answer.text();
  expect(/<main>(.*)<\/main>/.exec(text)?.[1]).toBe('<p>The queue cannot be asked now.</p>');
  expect(told).toEqual(['a page of the queues was not answered']);
  server.closeAllConnections();
  server.close();
});
