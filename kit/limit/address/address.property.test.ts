import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientAddresses } from './client.ts';
import { isWithin, parseIp, parseNetwork, writeGroup, writeIp } from './ip.ts';
import { readProxyHeader } from './proxy-protocol.ts';

const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const v6 = fc.array(group, { minLength: 8, maxLength: 8 });
const request = (remoteAddress: string | undefined, headers: Record<string, string | string[]> = {}) => ({
  socket: { remoteAddress },
  headers,
});

describe('an address', () => {
  test('is one text, whichever way it was written', () => {
    fc.assert(
      fc.property(v6, (ip) => {
        const long = ip.map((one) => one.toString(16).padStart(4, '0').toUpperCase()).join(':');
        const text = writeIp(parseIp(long) ?? []);
        expect(parseIp(text)).toEqual(ip);
        expect(writeIp(parseIp(text) ?? [])).toBe(text);
        expect(parseIp(`${long}%eth0`)).toEqual(ip);
      }),
    );
  });

  test.each([
    ['2001:0DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:a00:1', '10.0.0.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['0:0:0:1:0:0:0:0', '0:0:0:1::'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is %s (RFC 5952)', (text, expected) => {
    expect(writeIp(parseIp(text) ?? [])).toBe(expected);
  });

  test.each(['', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '::1::', 'x', '1.2.3.4 ', '[::1]', '10.0.0.1:80'])(
    '%j is none',
    (text) => expect(parseIp(text)).toBeUndefined(),
  );

  test('is within a network by its first bits, and the network of an IPv6 client is one text for all of it', () => {
    fc.assert(
      fc.property(v6, v6, fc.integer({ min: 1, max: 128 }), (ip, other, prefix) => {
        const bits = (one: readonly number[]): string => one.map((g) => g.toString(2).padStart(16, '0')).join('');
        const same = bits(ip).slice(0, prefix) === bits(other).slice(0, prefix);
        expect(isWithin(ip, { ip: other, prefix })).toBe(same);
        if (writeIp(ip).includes('.') || writeIp(other).includes('.')) return;
        expect(writeGroup(ip, prefix) === writeGroup(other, prefix)).toBe(same);
      }),
    );
    expect(parseNetwork('10.0.0.0/8')?.prefix).toBe(104);
    expect(['10.0.0.0/33', '10.0.0.0/', '::/129', '::/1/2', 'x/8'].map(parseNetwork)).toEqual(Array(5).fill(undefined));
  });
});

describe("a client's address", () => {
  const behind = clientAddresses({ trusted: ['10.0.0.0/8', 'loopback'] });

  test('is that of the connection when that is no proxy of ours, whatever the fields say', () => {
    const forged = { 'x-forwarded-for': '1.1.1.1, 10.0.0.1', forwarded: 'for=1.1.1.1' };
    expect(behind(request('203.0.113.9', forged))).toBe('203.0.113.9');
    expect(clientAddresses()(request('::ffff:127.0.0.1', forged))).toBe('127.0.0.1');
    expect(behind(request(undefined, forged))).toBe('unknown');
  });

  test('is the nearest hop that is no proxy of ours', () => {
    const field = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.0.0.3, ::ffff:10.0.0.2' };
    expect(behind(request('::ffff:10.0.0.1', field))).toBe('203.0.113.9');
    expect(behind(request('10.0.0.1', { 'x-forwarded-for': ['6.6.6.6', '203.0.113.9:4711'] }))).toBe('203.0.113.9');
    expect(behind(request('10.0.0.1', { 'x-forwarded-for': '[2001:db8:1:2:3::4]:80' }))).toBe('2001:db8:1:2::/64');
    expect(behind(request('10.0.0.1'))).toBe('10.0.0.1');
    expect(behind(request('10.0.0.1', { 'x-forwarded-for': '10.0.0.9, 10.0.0.8' }))).toBe('10.0.0.9');
  });

  test('cannot be chosen by the client: nothing that he writes in front changes it', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.constantFrom('10.0.0.1', 'unknown', '::1', ',', '"', ', ,', '\\', ';for=10.0.0.1'),
    );
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 8 }), (lies) => {
        const field = { 'x-forwarded-for': [...lies, '203.0.113.9, 10.0.0.2'].join(',') };
        expect(behind(request('10.0.0.1', field))).toBe('203.0.113.9');
      }),
    );
    const long = `${'1.1.1.1, '.repeat(100_000)}203.0.113.9`;
    expect(behind(request('10.0.0.1', { 'x-forwarded-for': long }))).toBe('203.0.113.9');
  });

  test('is that of the last known proxy where the hop before it is no address', () => {
    for (const rubbish of ['unknown', '_hidden', 'x', '1.2.3', '', '999.1.1.1'])
      expect(behind(request('10.0.0.1', { 'x-forwarded-for': `6.6.6.6, ${rubbish}, 10.0.0.2` }))).toBe('10.0.0.2');
  });

  test('is read from Forwarded (RFC 7239) only where the proxies write that', () => {
    const by7239 = clientAddresses({ trusted: ['private'], field: 'forwarded', ipv6Prefix: 128 });
    const forwarded = 'for=6.6.6.6;by="a,b;for=7.7.7.7", For="[2001:db8::17]:4711";proto=http, for=10.0.0.2';
    expect(by7239(request('10.0.0.1', { forwarded, 'x-forwarded-for': '8.8.8.8' }))).toBe('2001:db8::17');
    expect(by7239(request('10.0.0.1', { forwarded: 'for=6.6.6.6, proto=http' }))).toBe('10.0.0.1');
    expect(by7239(request('10.0.0.1', { forwarded: 'for="_x"' }))).toBe('10.0.0.1');
    expect(behind(request('10.0.0.1', { forwarded: 'for=6.6.6.6' }))).toBe('10.0.0.1');
  });

  test('options that mean nothing are refused', () => {
    expect(() => clientAddresses({ trusted: ['10.0.0.0/40'] })).toThrow('"10.0.0.0/40"');
    expect(() => clientAddresses({ ipv6Prefix: 0 })).toThrow('from 1 to 128');
  });
});

describe('the PROXY protocol', () => {
  const binary = (command: number, family: number, body: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
      Buffer.from([0x20 | command, family, body.length >> 8, body.length & 255]),
      body,
    ]);
  const v4 = binary(1, 0x11, Buffer.from([203, 0, 113, 9, 10, 0, 0, 1, 0, 80, 1, 187]));
  const messages: readonly (readonly [string, Buffer, string | undefined])[] = [
    ['version 1, IPv4', Buffer.from('PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\n'), '203.0.113.9'],
    ['version 1, IPv6', Buffer.from('PROXY TCP6 2001:DB8::9 ::1 4711 443\r\n'), '2001:db8::9'],
    ['version 1, unknown', Buffer.from('PROXY UNKNOWN ffff::1 x y\r\n'), undefined],
    ['version 2, IPv4', v4, '203.0.113.9'],
    ['version 2, local', binary(0, 0, Buffer.alloc(0)), undefined],
    [
      'version 2, IPv6',
      binary(1, 0x21, Buffer.concat([Buffer.from('20010db8000000000000000000000009', 'hex'), Buffer.alloc(20)])),
      '2001:db8::9',
    ],
  ];

  test.each(messages)('%s is read, however it is cut', (_, message, address) => {
    const whole = Buffer.concat([message, Buffer.from('GET / HTTP/1.1\r\n')]);
    expect(readProxyHeader(whole)).toEqual({ kind: 'read', address, length: message.length });
    for (let cut = 0; cut < message.length; cut++)
      expect(readProxyHeader(whole.subarray(0, cut)).kind).toBe('incomplete');
  });

  test.each([
    'GET / HTTP/1.1\r\n',
    'PROXY TCP4 2001:db8::9 ::1 1 2\r\n',
    'PROXY TCP4 203.0.113.9\r\n',
    'PROXY TCP4 x y 1 2\r\n',
    `PROXY ${'x'.repeat(200)}`,
    'PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n',
  ])('%j is none', (text) => expect(readProxyHeader(Buffer.from(text)).kind).toBe('malformed'));

  test('whatever comes, it is read, incomplete or malformed, and never beyond its bounds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, signed) => {
        const message = signed ? Buffer.concat([v4.subarray(0, 12), bytes]) : Buffer.from(bytes);
        const header = readProxyHeader(message);
        expect(header.kind === 'read' ? header.length : 0).toBeLessThanOrEqual(message.length);
      }),
    );
  });
});
