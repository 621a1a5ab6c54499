/** A limiter before real servers: `node:http`, Fastify, and an Express-like chain. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, openKv } from '../../state/index.ts';
import { clientAddresses } from '../address/client.ts';
import { openLimiter } from '../index.ts';
import { limitExpress, limitFastify, limitRequests } from './requests.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
const addressOf = clientAddresses({ trusted: ['loopback'] });
let kv: Kv;
let serial = 0;

function limits() {
  const limiter = openLimiter(kv, around, {
    name: `http ${++serial}`,
    limits: { address: { permits: 2, windowMs: 7_200_000 } },
  });
  return {
    limiter,
    idsOf: (request: Parameters<typeof addressOf>[0] & { readonly url?: string | undefined }) =>
      request.url === '/free' ? undefined : { address: addressOf(request) },
  };
}

type Server = { readonly port: number; close(): unknown };

function node(): Promise<Server> {
  const check = limitRequests(limits());
  return listen((request, response) => {
    void check(request, response).then((goesOn) => goesOn && response.end('hello'));
  });
}

function express(): Promise<Server> {
  const middleware = limitExpress(limits());
  return listen((request, response) => middleware(request, response, () => response.end('hello')));
}

function listen(handle: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(handle);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port, close: () => server.close() }),
    );
  });
}

async function fastify(): Promise<Server> {
  const { default: create } = await import('fastify');
  const app = create();
  const own = limits();
  app.addHook(
    'onRequest',
    limitFastify({
      limiter: own.limiter,
      idsOf: (request: { raw: Parameters<typeof own.idsOf>[0] }) => own.idsOf(request.raw),
    }),
  );
  app.get('/', async () => 'hello');
  app.get('/free', async () => 'hello');
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}

beforeAll(async () => {
  kv = await openKv('sqlite::memory:', around);
});
afterAll(() => kv.close());

describe.each([
  ['node:http', node],
  ['Express', express],
  ['Fastify', fastify],
])('before %s', (_, start) => {
  test('admits, tells what is left, refuses with 429 and Retry-After, and by the true address', async () => {
    const server = await start();
    const ask = (address: string, path = '/') =>
      fetch(`http://127.0.0.1:${server.port}${path}`, {
        headers: { 'x-forwarded-for': `6.6.6.${serial++}, ${address}` },
      });
    try {
      const first = await ask('203.0.113.9');
      expect([first.status, await first.text()]).toEqual([200, 'hello']);
      expect(first.headers.get('ratelimit-policy')).toBe('"address";q=2;w=7200');
      expect(first.headers.get('ratelimit')).toMatch(/^"address";r=1;t=3600$/);
      await ask('203.0.113.9');
      const refused = await ask('203.0.113.9');
      expect([refused.status, await refused.json()]).toEqual([
        429,
        { title: 'Too many requests', status: 429, limits: ['address'] },
      ]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3500);
      expect(refused.headers.get('content-type')).toMatch('application/problem+json');
      expect((await ask('203.0.113.10')).status).toBe(200);
      const free = await ask('203.0.113.9', '/free');
      expect([free.status, free.headers.get('ratelimit')]).toEqual([200, null]);
    } finally {
      await server.close();
    }
  });
});

test('what cannot be told is 503, not 429', async () => {
  const gone = await openKv('redis://127.0.0.1:1', around);
  const limiter = openLimiter(gone, around, { limits: { all: { permits: 1, windowMs: 1000 } }, timeoutMs: 50 });
  const check = limitRequests({ limiter, idsOf: () => ({ all: 'x' }) });
  const server = await listen((request, response) => void check(request, response));
  const answer = await fetch(`http://127.0.0.1:${server.port}/`);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  server.close();
  await gone.close();
});
