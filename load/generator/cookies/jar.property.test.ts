/** The jar beside tough-cookie, the field's own: whatever is set, the same cookies are sent. */
import fc from 'fast-check';
import { CookieJar } from 'tough-cookie';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Jar, maxCookies, maxCookieBytes } from './jar.ts';
import { readCookieDate } from './set-cookie.ts';

const startMs = Date.UTC(2026, 10, 21);
const name = fc.constantFrom('a', 'b', 'sid');
const value = fc.oneof(fc.constantFrom('1', '"q"', 'x=y', ''), fc.stringMatching(/^[!#-+\--:<-[\]-~]{0,8}$/));
const path = fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', 'a', '');
const date = fc.integer({ min: -100, max: 200 }).map((seconds) => new Date(startMs + seconds * 1000).toUTCString());
const attribute = fc.oneof(
  path.map((at) => `Path=${at}`),
  fc.integer({ min: -5, max: 100 }).map((seconds) => `max-age=${seconds}`),
  date.map((text) => `Expires=${text}`),
  fc.constantFrom('Domain=shop.example.test', 'domain=.example.test', 'Domain=other.test', 'Domain=p.example.test'),
  fc.constantFrom('HttpOnly', 'SameSite=Lax', 'SECURE', 'Max-Age=soon', 'Expires=never', 'x'),
);
const line = fc
  .tuple(name, value, fc.array(attribute, { maxLength: 4 }))
  .map(([one, its, more]) => [`${one}=${its}`, ...more].join('; '));
const requestPath = fc.constantFrom('/', '/a', '/a/', '/a/b', '/a/b/c', '/ab', '/login');
const step = fc.record({ afterMs: fc.nat(30_000), path: requestPath, line: fc.option(line, { nil: undefined }) });

/** A jar of theirs for each look: in one that is read, Max-Age would count from the last reading. */
function theirs(sets: readonly { set: string; url: string; nowMs: number }[], url: string, nowMs: number): string[] {
  const jar = new CookieJar(undefined, { rejectPublicSuffixes: false, allowSpecialUseDomain: true });
  for (const one of sets) {
    vi.setSystemTime(one.nowMs);
    jar.setCookieSync(one.set, one.url, { ignoreError: true });
  }
  vi.setSystemTime(nowMs);
  const found = jar.getCookiesSync(url);
  return found.length === 0 ? [''] : found.map((one) => one.cookieString()).toSorted();
}

// Theirs asks the clock itself.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe('a jar', () => {
  test('sends what tough-cookie sends, whatever was set, in clear and over TLS, to a name and to an address', () => {
    const host = fc.constantFrom('shop.example.test', 'example.test', '127.0.0.1');
    fc.assert(
      fc.property(host, fc.boolean(), fc.array(step, { maxLength: 25, size: 'max' }), (at, secure, steps) => {
        const ours = new Jar({ host: at, secure });
        const site = `${secure ? 'https' : 'http'}://${at}`;
        const sets: { readonly set: string; readonly url: string; readonly nowMs: number }[] = [];
        let nowMs = startMs;
        for (const { afterMs, path: asked, line: set } of steps) {
          nowMs += afterMs;
          // In clear a Secure cookie changes nothing (RFC 6265bis §5.7); in RFC 6265 it replaces one that is sent, and is not.
          if (set !== undefined && (secure || !/; secure/i.test(set))) {
            ours.keep(set, asked, nowMs);
            sets.push({ set, url: `${site}${asked}`, nowMs });
          }
          expect(ours.sent(asked, nowMs).split('; ').toSorted()).toEqual(theirs(sets, `${site}${asked}`, nowMs));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('sends longer paths first, and of one length what was set first; a new value keeps its place', () => {
    const jar = new Jar({ host: '127.0.0.1', secure: false });
    for (const set of ['a=1; Path=/', 'b=1; Path=/x', 'c=1; Path=/', 'a=2; Path=/']) jar.keep(set, '/', startMs);
    expect(jar.sent('/x/y', startMs)).toBe('b=1; a=2; c=1');
    jar.keep('a=; Max-Age=0; Path=/', '/', startMs);
    expect(jar.sent('/', startMs)).toBe('c=1');
  });

  test('keeps at most 50, drops what is over and then the oldest, and takes none of more than 4096 bytes', () => {
    const jar = new Jar({ host: 'shop.test', secure: false });
    jar.keep('brief=1; Max-Age=1', '/', startMs);
    for (let n = 0; n < maxCookies; n++) jar.keep(`n${n}=1`, '/', startMs + n * 100);
    const all = (): string[] => jar.sent('/', startMs + 10_000).split('; ');
    expect([all().length, all()[0]]).toEqual([maxCookies, 'n0=1']);
    jar.keep('more=1', '/', startMs + 10_000);
    expect([all().length, all()[0], all().at(-1)]).toEqual([maxCookies, 'n1=1', 'more=1']);
    jar.keep(`long=${'x'.repeat(maxCookieBytes)}`, '/', startMs);
    expect(all().at(-1)).toBe('more=1');
  });

  test('takes nothing of another host, nothing marked Secure in clear, and nothing that could not be sent back as it is', () => {
    const jar = new Jar({ host: '10.0.0.1', secure: false });
    for (const set of ['a=1; Domain=0.0.1', 'b=1; Secure', 'c=é', 'd', '=e', 'f=\u0000']) jar.keep(set, '/', startMs);
    expect(jar.sent('/', startMs)).toBe('');
    const single = new Jar({ host: 'a.test', secure: true });
    single.keep('a=1; Domain=test', '/', startMs);
    expect(single.sent('/', startMs)).toBe('');
  });
});

test('readCookieDate() reads the dates that are about, and refuses what is none', () => {
  const at = Date.UTC(2031, 1, 3, 4, 5, 6);
  for (const text of ['Mon, 03 Feb 2031 04:05:06 GMT', 'Monday, 03-Feb-31 04:05:06 GMT', 'Mon Feb  3 04:05:06 2031'])
    expect(readCookieDate(text)).toBe(at);
  for (const text of ['', 'soon', '31 Feb 2031 04:05:06', '3 Feb 2031 24:05:06', '3 Feb 1600 04:05:06', '3 Feb 2031'])
    expect(readCookieDate(text)).toBeUndefined();
});
