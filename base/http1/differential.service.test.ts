/** Our reading against Node's own (llhttp), over real sockets, on the same octets: valid messages and damaged ones. */
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Message, message, mutation, type Reading, readMessage } from './testing/messages.ts';

/** What Node found: the message as we tell it, or a refusal. */
type Theirs =
  | { readonly start: string; readonly headers: string[]; readonly payload: string }
  | 'refused'
  | 'incomplete';

/** Node takes some messages with these faults; we take none, on purpose. */
const stricter = new Set([
  'duplicate-host',
  'bad-host',
  // Node reads any list of codings that ends in `chunked`.
  'unsupported-transfer-coding',
  'bad-transfer-encoding',
  // Node lets obs-text, `#` and more than one form stand in a target.
  'bad-target',
  // Node lets any octet stand in a reason phrase.
  'bad-start-line',
  'bad-status',
  'bad-trailer',
]);

let server: http.Server;
let rawServer: net.Server;
let answer: Buffer = Buffer.alloc(0);

beforeAll(async () => {
  server = http.createServer((request, response) => {
    let payload = '';
    request.setEncoding('latin1');
    request.on('data', (part: string) => (payload += part));
    request.on('end', () => {
      response.shouldKeepAlive = false;
      response.end(
        JSON.stringify({ start: `${request.method} ${request.url}`, headers: pairs(request.rawHeaders), payload }),
      );
    });
  });
  server.on('clientError', (_, socket) => socket.end('HTTP/1.1 400 Refused\r\nContent-Length: 0\r\n\r\n'));
  rawServer = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  for (const each of [server, rawServer]) await new Promise<void>((done) => each.listen(0, '127.0.0.1', done));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rawServer.close();
});

describe('differential reading', () => {
  it('finds in valid messages what Node finds', async () => {
    await fc.assert(
      fc.asyncProperty(message, async (valid) => {
        expect(await difference(valid.kind, valid.bytes)).toBe('none');
      }),
      { numRuns: 300 },
    );
  });

  it('accepts no damaged message that Node refuses, and refuses more only for listed reasons', async () => {
    const damaged = fc
      .tuple(message, fc.array(mutation, { minLength: 1, maxLength: 2 }))
      .map(([{ kind, bytes }, mutations]) => ({ kind, bytes: mutations.reduce((all, mutate) => mutate(all), bytes) }));
    await fc.assert(
      fc.asyncProperty(damaged, async ({ kind, bytes }) => {
        expect(await difference(kind, bytes)).toBe('none');
      }),
      { numRuns: 1500 },
    );
  });
});

/** How the two readings differ where they may not: `none`, or the facts. */
async function difference(kind: Message['kind'], all: Buffer): Promise<string> {
  const ours = readMessage(kind, all, [], 0);
  // What stands behind the first message is another matter.
  const bytes = all.subarray(0, all.length - (ours.left ?? 0));
  if (isNotCompared(kind, ours, bytes)) return 'none';
  const theirs = kind === 'request' ? await requestAsNode(bytes) : await responseAsNode(bytes);
  const facts = JSON.stringify({ message: bytes.toString('latin1'), ours, theirs }, null, 1);
  if (ours.result === 'malformed')
    return typeof theirs !== 'object' || stricter.has(ours.reason ?? '') ? 'none' : facts;
  if (ours.result !== 'done') return typeof theirs === 'object' ? facts : 'none';
  // Extensions are passed over, their grammar unread; Node reads it.
  if (theirs === 'refused' && ours.framing === 'chunked' && bytes.includes(';')) return 'none';
  if (typeof theirs !== 'object') return facts;
  const start = kind === 'request' ? ours.start?.replace(/ \w+$/, '') : ours.start;
  const headers = ours.headers?.map((line) => line.replace(/ \(\d+\)$/, ''));
  const same =
    [theirs.payload, `${kind} ${theirs.start}`, ...theirs.headers].join('\n') ===
    [ours.payload, start, ...(headers ?? [])].join('\n');
  return same ? 'none' : facts;
}

function isNotCompared(kind: Message['kind'], ours: Reading, bytes: Buffer): boolean {
  // After a 1xx answer Node waits for another; an unknown method it refuses, because its list is closed; upgrades are not ours.
  if (kind === 'response' && /^response 1\d\d/.test(ours.start ?? '')) return true;
  const method = ours.start?.split(' ')[1] ?? '';
  if (kind === 'request' && ours.result === 'done' && !http.METHODS.includes(method)) return true;
  if (method === 'CONNECT' || hasUpgrade(ours)) return true;
  // Node passes over any CR and LF in front of a message, and reads no coding in `chunked` with a tab behind it.
  const text = bytes.toString('latin1');
  return /^[\r\n]/.test(text) || /\nTransfer-Encoding:[^\r]*\t/i.test(text);
}

function hasUpgrade(reading: Reading): boolean {
  return reading.headers?.some((line) => line.startsWith('upgrade:')) ?? false;
}

function requestAsNode(bytes: Buffer): Promise<Theirs> {
  return new Promise((resolve) => {
    const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (text += part));
    socket.on('error', () => {});
    socket.on('close', () => {
      const body = text.slice(text.indexOf('\r\n\r\n') + 4);
      if (text.startsWith('HTTP/1.1 200')) resolve(JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as Theirs);
      else resolve(text === '' ? 'incomplete' : 'refused');
    });
    socket.end(bytes);
  });
}

function responseAsNode(bytes: Buffer): Promise<Theirs> {
  answer = bytes;
  return new Promise((resolve) => {
    const port = (rawServer.address() as AddressInfo).port;
    const request = http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
      let payload = '';
      response.setEncoding('latin1');
      response.on('data', (part: string) => (payload += part));
      response.on('error', () => resolve('refused'));
      response.on('end', () =>
        resolve({ start: String(response.statusCode), headers: pairs(response.rawHeaders), payload }),
      );
    });
    request.on('error', () => resolve('refused'));
  });
}

function pairs(raw: readonly string[]): string[] {
  const list: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) list.push(`${raw[i]?.toLowerCase()}: ${raw[i + 1]}`);
  return list;
}
