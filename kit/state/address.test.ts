import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress, shownUrl } from './address.ts';

test.each([
  ['sqlite:state.sqlite', { kind: 'sqlite', path: 'state.sqlite' }],
  ['sqlite::memory:', { kind: 'sqlite', path: ':memory:' }],
  ['redis://cache', { kind: 'redis', nodes: [{ host: 'cache', port: 6379 }], tls: false, database: 0 }],
  ['rediss://[::1]:7000/3', { kind: 'redis', nodes: [{ host: '::1', port: 7000 }], tls: true, database: 3 }],
  [
    'redis://me:p%40ss%3A@h:1',
    { kind: 'redis', nodes: [{ host: 'h', port: 1 }], username: 'me', password: 'p@ss:', tls: false, database: 0 },
  ],
  [
    'redis+sentinel://:pw@a,b:26380/main/2',
    {
      kind: 'sentinel',
      primary: 'main',
      nodes: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 26_380 },
      ],
      password: 'pw',
      tls: false,
      database: 2,
    },
  ],
  [
    'rediss+cluster://a:7000,b:7001',
    {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
      ],
      tls: true,
      database: 0,
    },
  ],
])('%s is understood', (url, address) => {
  expect(parseAddress(url)).toEqual(address);
});

test.each([
  '',
  'sqlite:',
  'redis:',
  'http://a',
  'redis://',
  'redis://a:0',
  'redis://a:65536',
  'redis://a:b',
  'redis://a/one',
  'redis://a/1/2',
  'redis://a,b',
  'redis+sentinel://a',
  'redis+sentinel://a/name/1/2',
  'redis+cluster://a/1',
  'redis://%E0%A4%A:x@a',
])('"%s" is refused with what it should be', (url) => {
  expect(() => parseAddress(url)).toThrow(expect.objectContaining({ code: 'PALIER_STATE_URL' }));
});

test('no message shows a password', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9]{4,12}$/),
      fc.constantFrom('redis', 'rediss', 'redis+cluster'),
      (secret, scheme) => {
        const url = `${scheme}://user:${secret}secret@host:99999`;
        expect(shownUrl(url)).not.toContain(`${secret}secret`);
        expect(() => parseAddress(url)).toThrow(
          expect.objectContaining({ message: expect.not.stringContaining(`${secret}secret`) }),
        );
      },
    ),
  );
});
