/** Real servers of each framework, and a client that keeps its connection. */
import { once } from 'node:events';
import { Agent, createServer, request as ask, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemTimers } from '@palier/base/timers';
import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { type Drain, drainServer } from './index.ts';

/** Answers to `/slow` wait here until a test lets them go; the rest is answered at once. */
const held: (() => void)[] = [];
const answerTo = (path: string): Promise<string> =>
  new Promise((resolve) => (path === '/slow' ? held.push(() => resolve('slow')) : resolve('quick')));

interface Running {
  readonly server: Server;
  readonly drain: Drain;
  close(): unknown;
}

const frameworks: readonly (readonly [string, () => Promise<Running>])[] = [
  [
    'node:http',
    async () => {
      const server = createServer((request, response) => {
        void answerTo(request.url ?? '').then((text) => response.end(text));
      });
      const drain = drainServer(server, systemTimers());
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return { server, drain, close: () => server.close() };
    },
  ],
  [
    'Express',
    async () => {
      const app = express();
      app.use(async (request, response) => void response.send(await answerTo(request.path)));
      const server = app.listen(0, '127.0.0.1');
      const drain = drainServer(server, systemTimers());
      await once(server, 'listening');
      return { server, drain, close: () => server.close() };
    },
  ],
  [
    'Fastify',
    async () => {
      const app = fastify();
      const drain = drainServer(app.server, systemTimers());
      app.get('/*', (request) => answerTo(request.url));
      await app.listen({ port: 0, host: '127.0.0.1' });
      return { server: app.server, drain, close: () => app.close() };
    },
  ],
];

const agent = new Agent({ keepAlive: true });
let running: Running;
afterEach(() => running.close());

function get(path: string): Promise<IncomingMessage> {
  const { port } = running.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    ask({ port, host: '127.0.0.1', path, agent }, (answer) => {
      answer.resume().once('end', () => resolve(answer));
    })
      .once('error', reject)
      .end();
  });
}

describe.each(frameworks)('a server of %s that leaves', (_, start) => {
  test('answers what still comes and what is in hand, and tells each client to go elsewhere', async () => {
    running = await start();
    expect((await get('/')).headers.connection).toBe('keep-alive');
    expect(running.drain.draining).toBe(false);
    const inHand = get('/slow');
    await expect.poll(() => held.length).toBe(1);
    const left = running.drain.leave(50);
    expect(running.drain.draining).toBe(true);
    const still = await get('/');
    expect([still.statusCode, still.headers.connection]).toEqual([200, 'close']);
    await left;
    const closed = once(running.server, 'close');
    void running.close();
    held.splice(0).forEach((answer) => answer());
    const last = await inHand;
    expect([last.statusCode, last.headers.connection]).toEqual([200, 'close']);
    await closed;
  });
});

test('Who calls twice waits for the same end', async () => {
  const [, start] = frameworks[0]!;
  running = await start();
  const first = running.drain.leave(20);
  expect(running.drain.leave(60_000)).toBe(first);
  await first;
});
