import http from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  ask,
  exchangeRaw,
  rawReplica,
  replicaAt,
  startReplica,
  startRig,
  startRigProcess,
} from './testing/rig.ts';

/** Keep-alive POSTs on so many connections, one after the other on each, until `stop()`. */
function load(port: number, connections: number, path = '/echo', method = 'POST') {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const answers: Answer[] = [];
  const stop = new AbortController();
  const users = Array.from({ length: connections }, async () => {
    while (!stop.signal.aborted)
      answers.push(await ask(port, path, { agent, method, body: method === 'POST' ? '{"a":1}' : '' }));
  });
  return {
    answers,
    async atLeast(count: number): Promise<void> {
      const goal = answers.length + count;
      while (answers.length < goal) await new Promise((done) => setTimeout(done, 10));
    },
    async stop(): Promise<void> {
      stop.abort();
      await Promise.all(users);
      agent.destroy();
    },
  };
}

const pidOf = (answer: Answer): number => (JSON.parse(answer.text) as { pid: number }).pid;

describe('draining and dying replicas', () => {
  it('a replica is drained under keep-alive POSTs without one failed request', async () => {
    await using first = await startReplica();
    await using second = await startReplica();
    await using rig = await startRigProcess([first.port, second.port]);
    const posts = load(rig.port, 20);
    await posts.atLeast(1000);
    rig.send({
      kind: 'replicas',
      replicas: [replicaAt(first.port, 'api-1', 'draining'), replicaAt(second.port, 'api-2')],
    });
    await rig.message('drained', (one) => one.replica === 'api-1');
    await first.stop();
    await posts.atLeast(1000);
    rig.send({ kind: 'replicas', replicas: [replicaAt(second.port, 'api-2')] });
    await using third = await startReplica();
    rig.send({ kind: 'replicas', replicas: [replicaAt(second.port, 'api-2'), replicaAt(third.port, 'api-3')] });
    await rig.message('health', (one) => one.replica === 'api-3');
    await posts.atLeast(1000);
    await posts.stop();
    expect(posts.answers.filter((answer) => answer.status !== 200)).toEqual([]);
    expect(new Set(posts.answers.map(pidOf))).toEqual(new Set([first.pid, second.pid, third.pid]));
  });

  it('a request in hand is answered before `drained` is told', async () => {
    await using replica = await startReplica();
    await using rig = await startRig([replica.port]);
    const slow = ask(rig.port, '/echo?ms=300', { method: 'POST', body: 'x' });
    await new Promise((done) => setTimeout(done, 100));
    rig.send({ kind: 'replicas', replicas: [replicaAt(replica.port, 'api-1', 'draining')] });
    expect(rig.messages.some((one) => one.kind === 'drained')).toBe(false);
    const [answer] = await Promise.all([slow, rig.message('drained')]);
    expect(answer.status).toBe(200);
    expect((await ask(rig.port, '/echo')).headers['palier-reason']).toBe('no-replica');
  });

  it('kill -9 of a replica fails only the requests in its hands, each a 502 that is counted', async () => {
    await using first = await startReplica();
    await using second = await startReplica();
    await using rig = await startRigProcess([first.port, second.port]);
    const posts = load(rig.port, 20, '/echo?ms=5');
    await posts.atLeast(500);
    process.kill(first.pid, 'SIGKILL');
    await posts.atLeast(1000);
    await posts.stop();
    const failed = posts.answers.filter((answer) => answer.status !== 200);
    expect(failed.length).toBeLessThanOrEqual(20);
    for (const answer of failed) expect([answer.status, answer.headers['palier-reason']]).toEqual([502, 'reset']);
    await rig.message('second', (one) => one.second.services['api']?.length === 0);
    let counted = 0;
    for (const one of rig.messages) {
      if (one.kind !== 'second') continue;
      for (const route of one.second.services['api'] ?? []) counted += route.errors['reset'] ?? 0;
    }
    expect(counted).toBe(failed.length);
    expect(rig.messages.filter((one) => one.kind === 'health' && !one.healthy)).toHaveLength(1);
  });

  it('kill -9 fails no GET at all: each is sent again once', async () => {
    await using first = await startReplica();
    await using second = await startReplica();
    await using rig = await startRigProcess([first.port, second.port]);
    const gets = load(rig.port, 20, '/echo?ms=5', 'GET');
    await gets.atLeast(500);
    process.kill(first.pid, 'SIGKILL');
    await gets.atLeast(500);
    await gets.stop();
    expect(gets.answers.filter((answer) => answer.status !== 200)).toEqual([]);
  });

  it.each([
    ['before the time that the replica states is up', 'Keep-Alive: timeout=1\r\n', { upstreamIdleMs: 60_000 }],
    ['before the time is up that replicas keep to in silence', '', { upstreamIdleForPostMs: 100 }],
  ])(
    'no POST meets a connection that the replica is closing: ours is closed, or left to GETs, %s',
    async (_, header, limits) => {
      const sockets: unknown[] = [];
      await using raw = await rawReplica((socket) => {
        sockets.push(socket);
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${header}\r\n`);
      });
      await using rig = await startRig([raw.port], limits);
      const post = { method: 'POST', body: 'x' };
      await ask(rig.port, '/', post);
      await ask(rig.port, '/');
      await new Promise((done) => setTimeout(done, 600));
      await ask(rig.port, '/', post);
      const [first, second, third] = sockets;
      expect([second === first, third === first]).toEqual([true, false]);
    },
  );

  it('a closed connection gives a GET a second chance, once, and a POST none', async () => {
    const seen: string[] = [];
    await using raw = await rawReplica((socket, request) => {
      seen.push(request.slice(0, request.indexOf(' ')));
      if (seen.length === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      else socket.destroy();
    });
    await using rig = await startRig([raw.port]);
    expect((await ask(rig.port, '/')).status).toBe(200);
    expect(await ask(rig.port, '/')).toMatchObject({ status: 502, headers: { 'palier-reason': 'reset' } });
    expect(await ask(rig.port, '/', { method: 'POST', body: 'x' })).toMatchObject({ status: 502 });
    expect(seen).toEqual(['GET', 'GET', 'GET', 'POST']);
  });

  it('a request is offered to another replica when one accepts no connection', async () => {
    const gone = await startReplica();
    await using there = await startReplica();
    await using rig = await startRig([gone.port, there.port]);
    process.kill(gone.pid, 'SIGKILL');
    await gone.ended;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask(rig.port, '/echo', { method: 'POST', body: 'x' })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
  });

  it('a crowd does not overflow the backlog of a replica: few connections wait to be accepted, all requests are answered', async () => {
    const silent = new Set<unknown>();
    let most = 0;
    await using raw = await rawReplica((socket) => {
      silent.add(socket);
      most = Math.max(most, silent.size);
      setTimeout(() => {
        silent.delete(socket);
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      }, 20);
    });
    await using rig = await startRig([raw.port], { maxUnprovenConnections: 3, unprovenMs: 60_000 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(rig.port, '/', { method: 'POST', agent: false })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(most).toBeGreaterThanOrEqual(3);
  });

  it('a replica that hangs is taken out by its checks and comes back by them', async () => {
    await using replica = await startReplica();
    await using rig = await startRig([replica.port]);
    process.kill(replica.pid, 'SIGSTOP');
    const down = await rig.message('health', (one) => !one.healthy);
    process.kill(replica.pid, 'SIGCONT');
    expect(down.reason).toContain('no answer to /health');
    const count = rig.messages.length;
    await rig.message('health', (one) => one.healthy && rig.messages.indexOf(one) >= count);
    expect((await ask(rig.port, '/echo')).status).toBe(200);
  });

  it('stop answers what is in hand, refuses what is new, and ends', async () => {
    await using replica = await startReplica();
    await using rig = await startRigProcess([replica.port]);
    const slow = exchangeRaw(rig.port, 'GET /echo?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((done) => setTimeout(done, 100));
    rig.send({ kind: 'stop', graceMs: 5000 });
    expect(await slow).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*Connection: close/);
    expect(await rig.process?.ended).toEqual({ code: 0, signal: null });
    expect(await ask(rig.port, '/')).toMatchObject({ status: 0, text: 'ECONNREFUSED' });
  });
});
