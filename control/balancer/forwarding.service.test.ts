import http from 'node:http';
import type { TestProcess } from '@palier/testkit/processes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, exchangeRaw, rawReplica, type Rig, startReplica, startRig } from './testing/rig.ts';

let replica: TestProcess & { readonly port: number };
let rig: Rig;

beforeAll(async () => {
  replica = await startReplica();
  rig = await startRig([replica.port], { responseTimeoutMs: 600_000 });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await replica.stop();
});

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly bytes: number;
}

function echoOf(answer: string): Echo {
  return JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) as Echo;
}

describe('forwarding', () => {
  it('hands method, target, headers and body on, and the answer back', async () => {
    const answer = await ask(rig.port, '/echo?a=%20b', { method: 'PUT', headers: { 'x-mine': 'yes' }, body: 'hello' });
    expect(answer.status).toBe(200);
    expect(echoOf(answer.text)).toMatchObject({
      method: 'PUT',
      url: '/echo?a=%20b',
      bytes: 5,
      headers: { 'x-mine': 'yes' },
    });
  });

  it('tells the replica who asked: X-Forwarded-For, -Proto, -Host and a traceparent, believing none that the client made up', async () => {
    const forged =
      'X-Forwarded-For: 6.6.6.6\r\nX-FORWARDED-HOST: evil\r\nX-Forwarded-Proto: https\r\nForwarded: for=6.6.6.6\r\n';
    const { headers } = echoOf(
      await exchangeRaw(
        rig.port,
        `GET /echo HTTP/1.1\r\nHost: me.example:81\r\n${forged}tracestate: a=b\r\nConnection: close\r\n\r\n`,
      ),
    );
    expect(headers).toMatchObject({
      host: 'me.example:81',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'me.example:81',
    });
    expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect([headers['forwarded'], headers['tracestate']]).toEqual([undefined, undefined]);
  });

  it('adds to X-Forwarded-For when it is told to trust it', async () => {
    await using trusting = await startRig([replica.port], { trustForwarded: true });
    const headers = { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-proto': 'https' };
    const answer = await ask(trusting.port, '/echo', { headers });
    expect(echoOf(answer.text).headers).toMatchObject({
      'x-forwarded-for': '6.6.6.6, 127.0.0.1',
      'x-forwarded-proto': 'https',
    });
  });

  it('keeps a valid traceparent with its tracestate, and replaces one that is not valid or there twice', async () => {
    const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const kept = await ask(rig.port, '/echo', { headers: { traceparent: valid, tracestate: 'a=b' } });
    expect(echoOf(kept.text).headers).toMatchObject({ traceparent: valid, tracestate: 'a=b' });
    for (const traceparent of [valid.toUpperCase(), valid.replace('00-', 'ff-'), `${valid}-x`, [valid, valid]]) {
      const { headers } = echoOf((await ask(rig.port, '/echo', { headers: { traceparent } })).text);
      expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(headers['traceparent']).not.toBe(valid);
    }
  });

  it('ends hop-by-hop headers, those that Connection lists too, but none that framing stands on', async () => {
    const { headers, bytes } = echoOf(
      await exchangeRaw(
        rig.port,
        'POST /echo HTTP/1.1\r\nHost: a\r\nConnection: x-private, content-length, close\r\nX-Private: 1\r\nKeep-Alive: 5\r\n' +
          'TE: trailers\r\nUpgrade: websocket\r\nProxy-Connection: x\r\nContent-Length: 5\r\nX-Public: 1\r\n\r\nhello',
      ),
    );
    expect(bytes).toBe(5);
    expect(headers['x-public']).toBe('1');
    for (const name of ['x-private', 'keep-alive', 'te', 'upgrade', 'proxy-connection'])
      expect(headers[name]).toBeUndefined();
  });

  it('frames a chunked body anew, without its extensions and trailers', async () => {
    let seen = '';
    await using raw = await rawReplica((socket, request) => {
      seen += request;
      if (seen.endsWith('0\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    await using to = await startRig([raw.port]);
    const chunks = '5;evil="x"\r\nhello\r\n0;x\r\nTrailer-Name: 1\r\n\r\n';
    const answer = await exchangeRaw(
      to.port,
      `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(seen.slice(seen.indexOf('\r\n\r\n') + 4)).toBe('5\r\nhello\r\n0\r\n\r\n');
  });

  it('sends HTTP/1.0 clients bodies without chunks, and keeps their connection when they ask for it', async () => {
    const answer = await exchangeRaw(rig.port, 'GET /chunks HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/\r\nConnection: close\r\n[^]*\r\npart 0;part 1;part 2;part 3;part 4;$/);
    expect(answer).not.toMatch(/transfer-encoding/i);
    const two = 'GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /echo HTTP/1.0\r\n\r\n';
    const both = await exchangeRaw(rig.port, two);
    expect(both.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
    expect(both).toContain('Connection: keep-alive');
  });

  it('answers pipelined requests in their order', async () => {
    const paths = ['/echo?ms=50&n=0', '/echo?n=1', '/broken', '/echo?n=3'];
    const last = 'GET /chunks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const text = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join('') + last;
    const answer = await exchangeRaw(rig.port, text);
    expect([...answer.matchAll(/n=\d|broken|part 4/g)].map(String)).toEqual(['n=0', 'n=1', 'broken', 'n=3', 'part 4']);
  });

  it('answers a thousand pipelined requests that need no replica without running out of stack', async () => {
    await using none = await startRig([]);
    const answer = await exchangeRaw(
      none.port,
      `${'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1500)}GET / HTTP/1.0\r\n\r\n`,
    );
    expect(answer.match(/Palier-Reason: no-replica/g)).toHaveLength(1501);
  });

  it('invites the body of a client that expects 100-continue, and refuses it first when it is too large', async () => {
    const invited = await new Promise<string[]>((resolve) => {
      const events: string[] = [];
      const headers = { expect: '100-continue', 'content-length': 5 };
      const request = http.request(
        { port: rig.port, host: '127.0.0.1', path: '/echo', method: 'POST', headers },
        (response) => {
          response.resume();
          events.push(String(response.statusCode));
          resolve(events);
        },
      );
      request.on('continue', () => {
        events.push('continue');
        request.end('hello');
      });
    });
    expect(invited).toEqual(['continue', '200']);
    const head = 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n';
    expect(await exchangeRaw(rig.port, head)).toMatch(/^HTTP\/1.1 413 /);
    expect(await exchangeRaw(rig.port, head.replace('9000000', '9').replace('100-continue', 'x'))).toMatch(
      /^HTTP\/1.1 417 /,
    );
  });

  it('expects no body after HEAD, and keeps the length that the replica states', async () => {
    const answer = await exchangeRaw(rig.port, 'HEAD /big?bytes=7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/\r\nContent-Length: 7\r\n[^]*\r\n\r\n$/i);
  });

  it('lets a replica use the origin form whatever form the client used', async () => {
    const { url, headers } = echoOf(
      await exchangeRaw(rig.port, 'GET http://other.example/echo?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    );
    expect([url, headers['host']]).toEqual(['/echo?x', 'other.example']);
  });

  it('answers a client that half-closed after its request', async () => {
    expect(await exchangeRaw(rig.port, 'GET /echo?ms=30 HTTP/1.1\r\nHost: a\r\n\r\n', true)).toMatch(
      /^HTTP\/1.1 200 OK/,
    );
  });

  it('cuts off the request of a client that goes away', async () => {
    const request = http.get({ port: rig.port, host: '127.0.0.1', path: '/never' });
    request.on('error', () => {});
    setTimeout(() => request.destroy(), 100);
    expect(await replica.line(/aborted \/never/)).toBe('aborted /never');
  });

  it('passes large bodies both ways through bounded memory', async () => {
    const body = Buffer.alloc(900_000, 'y');
    const [up, down] = await Promise.all([
      ask(rig.port, '/echo', { method: 'POST', body }),
      ask(rig.port, '/big?bytes=5000000'),
    ]);
    expect([echoOf(up.text).bytes, down.text.length]).toEqual([900_000, 5_000_000]);
  });
});
