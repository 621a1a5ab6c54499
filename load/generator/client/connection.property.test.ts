import { ResponseParser } from '@palier/base/http1';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Client, Connection, type ConnectionOwner } from './connection.ts';
import type { Request } from './request.ts';
import type { Dial, WireEvents } from './wire.ts';

/** Writes who asks, as one digit. */
const stamp: Client['stamp'] = (bytes, at, { traceUser }) => {
  bytes[at] = 0x30 + traceUser;
};

/** A connection whose wire is played by the test; `log` is what its owner was told. */
function stage(change: Partial<Request> = {}) {
  const log: string[] = [];
  const wires: { events: WireEvents; written: number; destroyed: boolean }[] = [];
  let now = 0;
  const dial: Dial = (_, events) => {
    const wire = { events, written: 0, destroyed: false };
    wires.push(wire);
    return {
      unsentBytes: 0,
      write: () => {
        wire.written++;
      },
      destroy: () => {
        wire.destroyed = true;
      },
    };
  };
  const owner: ConnectionOwner = {
    answered: () =>
      log.push(`${connection.status} ${connection.body?.toString() ?? '(not kept)'} ${connection.headers.join()}`),
    broken: (fault, text) => log.push(`${fault}: ${text}`),
    retried: () => log.push('again'),
    traceUser: 0,
    traceRequest: 1,
  };
  const connection = new Connection({ dial, now: () => now, parser: new ResponseParser(), stamp }, owner, null);
  const request: Request = {
    bytes: 'GET / HTTP/1.1\r\n\r\n',
    rest: null,
    length: 18,
    traceAt: -1,
    isHead: false,
    idempotent: true,
    keepBody: true,
    keepHeaders: [],
    ...change,
  };
  const send = (): void => connection.send(request, now);
  const last = (): (typeof wires)[number] => wires.at(-1) as (typeof wires)[number];
  const open = (): void => last().events.opened();
  const feed = (text: string | Buffer): void =>
    last().events.data(Buffer.from(text as string), Buffer.byteLength(text));
  const wait = (ms: number): void => {
    now += ms;
  };
  return { log, wires, connection, send, open, feed, last, wait };
}

const trace: Omit<Request, 'bytes'> = {
  rest: null,
  length: 19,
  traceAt: 5,
  isHead: false,
  idempotent: true,
  keepBody: false,
  keepHeaders: [],
};

const plain = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';

/** Answers, what becomes of them, and whether the connection is kept. `(end)` marks those that the server ends by closing. */
const answers: readonly (readonly [bytes: string, told: string, kept: boolean])[] = [
  [plain, '200 hi ', true],
  [
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nt: u\r\n\r\n',
    '200 abcde ',
    true,
  ],
  ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\n' + plain, '200 hi ', true],
  ['HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n', '204  ', true],
  ['HTTP/1.1 304 Not Modified\r\n\r\n', '304  ', true],
  ['HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi', '200 hi ', false],
  ['HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi', '200 hi ', false],
  ['HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n', '500  ', true],
];

describe('Connection', () => {
  it('reads every answer the same however it is cut, and keeps the connection when it may', () => {
    const cuts = fc.array(fc.nat(200), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(answers.length - 1), cuts), { minLength: 1, maxLength: 5 }), (list) => {
        const { log, wires, send, open, feed } = stage();
        let fresh = true;
        const expected: string[] = [];
        for (const [which, at] of list) {
          const [bytes, told, kept] = answers[which] as (typeof answers)[number];
          send();
          if (fresh) open();
          const edges = [...new Set([0, ...at.filter((cut) => cut < bytes.length), bytes.length])].sort(
            (a, b) => a - b,
          );
          for (const [i, edge] of edges.slice(0, -1).entries()) feed(bytes.slice(edge, edges[i + 1]));
          expected.push(told);
          fresh = !kept;
        }
        expect(log).toEqual(expected);
        expect(wires.reduce((sum, wire) => sum + wire.written, 0)).toBe(list.length);
      }),
    );
  });

  it('tells exactly one outcome whatever the server sends, and never throws', () => {
    const noise = fc.oneof(
      fc.constantFrom(
        ...answers.map(([bytes]) => bytes),
        'HTTP/1.1 ',
        '\r\n',
        'content-length: 9\r\n',
        'ffffffff\r\n',
        '\0',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    const ends = fc.constantFrom('ended', 'ECONNRESET', 'EPIPE', 'close');
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 6 }), ends, fc.boolean(), (parts, end, isHead) => {
        const { log, send, open, feed, last, connection } = stage({ isHead });
        send();
        open();
        const { events } = last();
        for (const part of parts) if (part !== '' && !last().destroyed && log.length === 0) feed(part);
        if (!last().destroyed) {
          if (end === 'ended') events.ended();
          else if (end === 'close') connection.close();
          else events.failed(Object.assign(new Error(end), { code: end }));
        }
        expect(log.length).toBe(end === 'close' && log.length === 0 ? 0 : 1);
        send();
        expect(log.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('writes the trace of each user into what they all send, but never into what the system has not taken yet', () => {
    const request: Request = { ...trace, bytes: Buffer.from('GET /? HTTP/1.1\r\n\r\n') };
    const sent: { readonly bytes: Uint8Array; readonly text: string }[] = [];
    for (const [traceUser, unsentBytes] of [0, 0, 7, 7, 0].entries()) {
      let events: WireEvents | undefined;
      const dial: Dial = (_, its) => {
        events = its;
        const write = (bytes: Uint8Array | string): void =>
          void sent.push({ bytes: bytes as Uint8Array, text: String(bytes) });
        return { unsentBytes, write, destroy: () => {} };
      };
      const owner = { answered: () => {}, broken: () => {}, retried: () => {}, traceUser, traceRequest: 1 };
      new Connection({ dial, now: () => 0, parser: new ResponseParser(), stamp }, owner, null).send(request, 0);
      events?.opened();
    }
    expect(sent.map(({ text }) => text.slice(0, 6))).toEqual(['GET /0', 'GET /1', 'GET /2', 'GET /3', 'GET /4']);
    // What was queued is as it was; what was taken at once has been overwritten since.
    expect(sent.map(({ bytes }) => String(bytes).slice(5, 6))).toEqual(['2', '2', '2', '3', '4']);
  });

  it('takes a body that ends with the connection', () => {
    const { log, send, open, feed, last } = stage();
    send();
    open();
    feed('HTTP/1.1 200 OK\r\n\r\nall ');
    feed('of it');
    last().events.ended();
    expect(log).toEqual(['200 all of it ']);
  });

  it('has no body after HEAD', () => {
    const { log, send, open, feed } = stage({ isHead: true });
    send();
    open();
    feed('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
    expect(log).toEqual(['200  ']);
  });

  it('keeps the headers that were asked for, even when the body comes later', () => {
    const { log, send, open, feed } = stage({ keepHeaders: ['location', 'nothing'] });
    send();
    open();
    feed('HTTP/1.1 200 OK\r\nLocation: /a\r\ncontent-length: 2\r\n\r\nh');
    feed('i');
    expect(log).toEqual(['200 hi /a,']);
  });

  it.each([
    ['HTTP/2 200\r\n\r\n', 'malformed: the answer is no HTTP'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi!', 'malformed: the answer goes on for 1 bytes after its end'],
    ['HTTP/1.1 101 Switching\r\n\r\n', 'malformed: an upgrade that nobody asked for'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'malformed: the body is no HTTP: bad-chunk-size'],
    ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(30), 'malformed: interim answers without end'],
  ])('counts %j as malformed and closes', (bytes, told) => {
    const { log, send, open, feed, last } = stage();
    send();
    open();
    feed(bytes);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(told);
    expect(last().destroyed).toBe(true);
  });

  it.each(['ended', 'ECONNRESET'])(
    'asks a second time, once, when a kept connection is closed (%s) before the answer',
    (how) => {
      const { log, wires, send, open, feed, last } = stage();
      const lose = (): void =>
        how === 'ended' ? last().events.ended() : last().events.failed(Object.assign(new Error(how), { code: how }));
      send();
      open();
      feed(plain);
      send();
      lose();
      expect(log).toEqual(['200 hi ', 'again']);
      open();
      lose();
      expect(log.at(-1)).toContain('reset: ');
      expect(wires).toHaveLength(2);
    },
  );

  it('does not repeat a POST, nor a request whose answer had begun', () => {
    const post = stage({ idempotent: false });
    post.send();
    post.open();
    post.feed(plain);
    post.send();
    post.last().events.ended();
    expect(post.log.at(-1)).toBe('reset: the server closed the connection before an answer');
    const begun = stage();
    begun.send();
    begun.open();
    begun.feed(plain);
    begun.send();
    begun.feed('HTTP/1.1 200');
    begun.last().events.ended();
    expect(begun.log.at(-1)).toBe('reset: the server closed the connection in the middle of the head');
  });

  it('opens a new connection when the close had been seen, POST or not', () => {
    const { log, wires, send, open, feed, last } = stage({ idempotent: false });
    send();
    open();
    feed(plain);
    last().events.ended();
    send();
    open();
    feed(plain);
    expect(log).toEqual(['200 hi ', '200 hi ']);
    expect(wires).toHaveLength(2);
  });

  it('does not use a connection in the last second before the server closes it', () => {
    const { wires, send, open, feed, wait } = stage();
    const answer = 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=5\r\ncontent-length: 0\r\n\r\n';
    send();
    open();
    feed(answer);
    wait(3900);
    send();
    feed(answer);
    expect(wires).toHaveLength(1);
    wait(4100);
    send();
    expect(wires).toHaveLength(2);
  });

  it('keeps at most 10 MiB of a body, and says that there was more', () => {
    const { connection, send, open, feed, log } = stage();
    const chunk = 'x'.repeat(1024 * 1024);
    send();
    open();
    feed(`HTTP/1.1 200 OK\r\ncontent-length: ${12 * chunk.length}\r\n\r\n`);
    for (let i = 0; i < 12; i++) feed(chunk);
    expect(log).toEqual(['200 (not kept) ']);
    expect(connection.bodyTooLarge).toBe(true);
    expect(connection.receivedBytes).toBeGreaterThan(12 * chunk.length);
  });
});
