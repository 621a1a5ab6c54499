import net from 'node:net';
import type { TestProcess } from '@palier/testkit/processes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, exchangeRaw, rawReplica, type Rig, startReplica, startRig } from './testing/rig.ts';

let replica: TestProcess & { readonly port: number };
let rig: Rig;

beforeAll(async () => {
  replica = await startReplica();
  rig = await startRig([replica.port], {
    maxHeaderBytes: 1000,
    maxBodyBytes: 1000,
    headTimeoutMs: 150,
    stallTimeoutMs: 150,
    responseTimeoutMs: 150,
    idleTimeoutMs: 150,
  });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await replica.stop();
});

describe('bad requests', () => {
  it.each([
    ['length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked', '400', 'bad-request'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6', '400', 'bad-request'],
    ['a space before the colon', 'Transfer-Encoding : chunked', '400', 'bad-request'],
    ['an unknown coding', 'Transfer-Encoding: xchunked', '501', 'not-implemented'],
    ['a bare line feed', 'X: 1\nTransfer-Encoding: chunked', '400', 'bad-request'],
    ['a folded header', 'X: 1\r\n folded', '400', 'bad-request'],
    ['too large a head', `X: ${'x'.repeat(1000)}`, '431', 'head-too-large'],
    ['too large a body', 'Content-Length: 1001', '413', 'body-too-large'],
  ])('%s is refused, and nothing behind it is taken for a request', async (_, headers, status, reason) => {
    const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
    const answer = await exchangeRaw(
      rig.port,
      `POST /echo HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n0\r\n\r\n${smuggled}`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*Palier-Reason: ${reason}\r\n`));
    expect(answer).toContain('Connection: close');
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  });

  it('refuses a request line over the limit, another version, CONNECT, a chunk that is none, chunks over the limit', async () => {
    const chunked = 'POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answers = await Promise.all(
      [
        `GET /${'x'.repeat(9000)} HTTP/1.1\r\n`,
        'GET / HTTP/2.0\r\n\r\n',
        'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n',
        `${chunked}x\r\n`,
        `${chunked}500\r\n${'x'.repeat(0x500)}\r\n`,
        'nonsense',
      ].map((text) => exchangeRaw(rig.port, text)),
    );
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['414', '505', '501', '400', '413', '408']);
  });

  it('gives up a client that sends its head octet by octet (slowloris): 408', async () => {
    await using slow = await startRig([replica.port], { headTimeoutMs: 150, idleTimeoutMs: 600_000 });
    const socket = net.connect(slow.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (part) => (answer += part.toString()));
    socket.on('error', () => {});
    const text = 'GET / HTTP/1.1\r\nHost: a\r\nX: ';
    let sent = 0;
    const timer = setInterval(() => socket.write(text[sent++] ?? 'x'), 10);
    await new Promise((ended) => socket.on('end', ended));
    clearInterval(timer);
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1.1 408 [^]*Palier-Reason: request-timeout/);
  });

  it('gives up a client whose body does not come: 408; one that asks nothing is let go without a word', async () => {
    const head = 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf';
    expect(await exchangeRaw(rig.port, head)).toMatch(/^HTTP\/1.1 408 /);
    expect(await exchangeRaw(rig.port, '')).toBe('');
  });

  it('turns away clients beyond the largest number, and request bodies beyond the memory set aside for them', async () => {
    await using small = await startRig([replica.port], { maxClientConnections: 1, maxBodyBytesInFlight: 10 });
    const first = net.connect(small.port, '127.0.0.1');
    await new Promise((connected) => first.on('connect', connected));
    const second = await exchangeRaw(small.port, 'GET /echo HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(second).toMatch(/^HTTP\/1.1 503 [^]*Palier-Reason: too-many-connections/);
    const body = new Promise<string>((resolve) => first.on('data', (part) => resolve(part.toString())));
    first.write('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world');
    expect(await body).toMatch(/^HTTP\/1.1 503 [^]*Palier-Reason: bodies-in-flight/);
    first.destroy();
  });
});

describe('bad answers', () => {
  it('no answer in time is 504, and counted as timeout', async () => {
    const answer = await ask(rig.port, '/never');
    expect(answer).toMatchObject({ status: 504, headers: { 'palier-reason': 'timeout' } });
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'timeout', replica: 'api-1' });
    const { second } = await rig.message(
      'second',
      (one) => (one.second.services['api']?.at(-1)?.errors['timeout'] ?? 0) > 0,
    );
    expect(second.services['api']?.at(-1)?.route).toBe('other');
  });

  it.each([
    ['duplicate-content-length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n'],
    ['space-before-colon', 'HTTP/1.1 200 OK\r\nA : 1\r\n\r\n'],
    ['bad-start-line', 'nonsense that is no HTTP'],
    ['status 101', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
    ['head-too-large', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`],
  ])('an answer that is no HTTP/1.1 is 502 with its reason: %s', async (reason, text) => {
    await using raw = await rawReplica((socket) => socket.write(text));
    await using to = await startRig([raw.port]);
    const answer = await ask(to.port, '/');
    expect([answer.status, answer.headers['palier-reason']]).toEqual([502, 'malformed-answer']);
    expect(answer.text).toContain(reason);
  });

  it('a head that comes in pieces, after 103 and 100, is put together', async () => {
    const text =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    await using raw = await rawReplica((socket) => {
      for (const [k, octet] of [...text].entries()) setTimeout(() => socket.write(octet), k);
    });
    await using to = await startRig([raw.port]);
    const answer = await exchangeRaw(to.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1.1 200 OK\r\n[^]*\r\n\r\nok$/);
  });

  it('an answer that is cut off is cut off for the client too, never ended as if it were whole', async () => {
    expect(await ask(rig.port, '/half')).toMatchObject({ status: 0, text: 'ECONNRESET' });
    await using raw = await rawReplica((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nuntil close', () => setTimeout(() => socket.resetAndDestroy(), 50));
    });
    await using to = await startRig([raw.port]);
    expect(await exchangeRaw(to.port, 'GET / HTTP/1.0\r\n\r\n')).toContain('[ECONNRESET]');
  });

  it('an answer that the closing of the connection ends becomes chunks, and the client keeps its connection', async () => {
    await using raw = await rawReplica((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil close'));
    await using to = await startRig([raw.port]);
    const get = 'GET / HTTP/1.1\r\nHost: a\r\n';
    const answer = await exchangeRaw(to.port, `${get}\r\n${get}Connection: close\r\n\r\n`);
    expect(answer.match(/b\r\nuntil close\r\n0\r\n\r\n/g)).toHaveLength(2);
  });

  it('all replicas away is 503; a refused connection takes a replica out at once', async () => {
    const gone = await startReplica();
    await using to = await startRig([gone.port]);
    await gone.stop();
    const answers = [await ask(to.port, '/echo'), await ask(to.port, '/echo')];
    expect(answers.map((answer) => [answer.status, answer.headers['palier-reason']])).toEqual([
      [503, 'no-replica'],
      [503, 'no-replica'],
    ]);
    expect(await to.message('health', (one) => !one.healthy)).toMatchObject({
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('a replica at its limit makes requests wait, up to a number and for a time', async () => {
    await using to = await startRig([replica.port], { maxPerReplica: 1, maxWaiting: 1, waitTimeoutMs: 100 });
    const first = ask(to.port, '/echo?ms=400');
    await new Promise((done) => setTimeout(done, 50));
    const [second, third] = await Promise.all([ask(to.port, '/echo'), ask(to.port, '/echo')]);
    const reasons = [second, third].map((answer) => answer.headers['palier-reason']);
    expect(reasons.toSorted()).toEqual(['queue-full', 'queue-timeout']);
    const fourth = ask(to.port, '/echo?ms=1');
    expect([(await first).status, (await fourth).status]).toContain(200);
  });
});
