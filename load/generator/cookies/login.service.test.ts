/** A service with sessions in cookies, as express-session makes them, on two replicas that share them. */
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { systemTimers } from '@palier/base/timers';
import { expect, test } from 'vitest';
import { startGenerators } from '../handle.ts';
import { crowd, planOf, stepOf } from '../testing/plan.ts';

/** Requests by turns to two replicas. Each answer of a session renews its cookie; who has none is refused. */
function service(): { readonly listener: RequestListener; readonly people: ReadonlyMap<string, number> } {
  const people = new Map<string, number>();
  const replica = (name: string): RequestListener => {
    return (request, response) => {
      const mine = /(?:^|; )connect\.sid=s%3A(\d+)/.exec(request.headers.cookie ?? '')?.[1];
      const isLogin = request.url === '/login';
      if (isLogin && mine !== undefined) return void response.writeHead(409).end();
      const id = isLogin ? String(people.size) : mine;
      if (id === undefined || (!isLogin && !people.has(id))) return void response.writeHead(401).end();
      people.set(id, (people.get(id) ?? 0) + 1);
      const expires = new Date(Date.now() + 3_600_000).toUTCString();
      response.setHeader('set-cookie', [
        `connect.sid=s%3A${id}.mac; Path=/; Expires=${expires}; HttpOnly; SameSite=Lax`,
        `replica=${name}; Path=/`,
      ]);
      response.end(JSON.stringify({ id }));
    };
  };
  const [one, other] = [replica('one'), replica('other')];
  let turn = 0;
  return { people, listener: (request, response) => (turn++ % 2 === 0 ? one : other)(request, response) };
}

test('users who log in once are known at both replicas from then on: no error, and a session for each', async () => {
  const { listener, people } = service();
  const server = createServer(listener).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const target = { host: '127.0.0.1', port, basePath: '', authority: `127.0.0.1:${port}`, tls: null };
    const start = [stepOf({ method: 'POST', path: '/login', take: { id: 'id' } })];
    // The id of its own session: nobody has another one's cookie.
    const me = stepOf({ path: '/me', check: { status: [200], contains: null, json: { id: '{{id}}' } } });
    const tasks = [{ name: 'only', weight: 100, steps: [me, me] }];
    const plan = planOf({ target, start, tasks, stages: crowd(20, 1500), thinkMs: { min: 20, max: 40 } });
    const { total } = (await startGenerators(plan, { timers: systemTimers(), count: 2 }).result).windows[0] ?? {};
    expect(total?.errors).toEqual({});
    expect(people.size).toBe(20);
    expect([...people.values()].every((requests) => requests > 2)).toBe(true);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}, 30_000);
