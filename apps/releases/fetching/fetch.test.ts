import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { systemTimers } from '@palier/base/timers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPublic } from './addresses.ts';
import { fetchFile, type FetchSurroundings } from './fetch.ts';

let server: Server;
let port: number;
let asked: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    const [, what = ''] = (request.url ?? '').split('/');
    if (what === 'book') response.end('a book');
    else if (what === 'to')
      response.writeHead(302, { location: decodeURIComponent((request.url ?? '').slice(4)) }).end();
    else if (what === 'large') response.writeHead(200, { 'content-length': 1000 }).end(Buffer.alloc(1000));
    else if (what === 'missing') response.writeHead(404).end();
    // Anything else is never answered.
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The test's internet: names by their addresses; of the loopback one address is public in it, the others are not. */
const around = (names: Readonly<Record<string, readonly string[]>>): FetchSurroundings => ({
  timers: systemTimers(),
  resolve: async (host) => (names[host] ?? []).map((address) => ({ address, family: 4 })),
  isAllowed: (address) => address === '127.0.0.1',
});
const fetchText = async (
  url: string,
  names: Readonly<Record<string, readonly string[]>> = {
    books: ['127.0.0.1'],
    inside: ['10.0.0.1'],
    mixed: ['127.0.0.1', '10.0.0.1'],
  },
  timeoutMs = 20_000,
): Promise<string> => String(await fetchFile(url, { maxBytes: 100, timeoutMs }, around(names), (body) => buffer(body)));
const url = (host: string, path: string): string => `http://${host}:${port}/${path}`;

test('A file of a public address is fetched, under the name that was asked for', async () => {
  asked = [];
  expect(await fetchText(url('books', 'book'))).toBe('a book');
  expect(asked).toEqual([`books:${port} /book`]);
});

test('Each redirect is looked at as the first address was; a name with one private address is refused whole', async () => {
  expect(await fetchText(url('books', `to/${encodeURIComponent('/book')}`))).toBe('a book');
  asked = [];
  for (const to of [
    url('inside', 'book'),
    'http://10.0.0.1/',
    'http://[::1]/',
    'file:///etc/passwd',
    url('mixed', 'book'),
    `http://books@127.0.0.1:${port}/`,
  ]) {
    await expect(fetchText(url('books', `to/${encodeURIComponent(to)}`))).rejects.toMatchObject({
      code: 'FETCH_REFUSED',
    });
  }
  expect(asked.every((line) => line.includes('/to/'))).toBe(true);
  for (const host of ['inside', 'mixed'])
    await expect(fetchText(url(host, 'book'))).rejects.toMatchObject({ code: 'FETCH_REFUSED' });
});

test('By itself it asks nobody on this machine or its network, whatever name or redirect leads there', async () => {
  asked = [];
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254', '0.0.0.0']) {
    const surroundings: FetchSurroundings = {
      timers: systemTimers(),
      resolve: async () => [{ address, family: address.includes(':') ? 6 : 4 }],
    };
    await expect(
      fetchFile(url('books.example', 'book'), { maxBytes: 100, timeoutMs: 20_000 }, surroundings, buffer),
    ).rejects.toMatchObject({ code: 'FETCH_REFUSED' });
  }
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '0177.1', '[::1]', '[::ffff:127.0.0.1]']) {
    await expect(
      fetchFile(url(host, 'book'), { maxBytes: 100, timeoutMs: 20_000 }, { timers: systemTimers() }, buffer),
    ).rejects.toMatchObject({ code: 'FETCH_REFUSED' });
  }
  expect(asked).toEqual([]);
});

test('A name is looked up once: a second answer, of a private address, is not asked for', async () => {
  let lookUps = 0;
  const rebinding: FetchSurroundings = {
    ...around({}),
    resolve: async () => [{ address: lookUps++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }],
  };
  const body = await fetchFile(url('books', 'book'), { maxBytes: 100, timeoutMs: 20_000 }, rebinding, (answer) =>
    buffer(answer),
  );
  expect([String(body), lookUps]).toEqual(['a book', 1]);
});

test('What is too large, missing, unknown, a circle, or never comes ends with its reason', async () => {
  await expect(fetchText(url('books', 'large'))).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
  await expect(fetchText(url('books', 'missing'))).rejects.toThrow(/it answered with 404/);
  await expect(fetchText(url('nobody', 'book'))).rejects.toThrow(/its host is not known/);
  const circle = 'to/%2Fto%2F'.concat(encodeURIComponent(encodeURIComponent('/to/x')));
  await expect(fetchText(url('books', circle))).rejects.toMatchObject({ code: 'FETCH_FAILED' });
  await expect(fetchText(url('books', 'never'), undefined, 50)).rejects.toThrow(/longer than 50 ms/);
});

test('Of IPv4 and IPv6 only what is given out to the public is public', () => {
  const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((rest) => rest.join('.'));
  fc.assert(
    fc.property(fc.constantFrom('0', '10', '127', '224', '240', '255'), v4, (first, rest) => {
      expect(isPublic(`${first}.${rest}`)).toBe(false);
      expect(isPublic(`::ffff:${first}.${rest}`)).toBe(false);
    }),
  );
  const inner = [
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.2.1',
    '198.18.0.1',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    '2001::1',
    '::127.0.0.1',
    '::7f00:1',
    '',
    'localhost',
    '1.2.3.4.5',
  ];
  expect(inner.filter((address) => isPublic(address))).toEqual([]);
  expect(
    ['8.8.8.8', '151.101.1.1', '2a04:4e42::1', '2606:4700::1111', '::ffff:8.8.8.8'].filter(
      (address) => !isPublic(address),
    ),
  ).toEqual([]);
});
