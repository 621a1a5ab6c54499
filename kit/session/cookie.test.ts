import { PalierError } from '@palier/base/error';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkedCookie, clearedCookie, cookieValues, setCookie } from './cookie.ts';

test('without options the cookie is only this host’s, only over https, and no script’s', () => {
  expect(setCookie(checkedCookie({}), 'v')).toBe('__Host-session=v; Path=/; HttpOnly; Secure; SameSite=Lax');
});

test('over plain http the name has no prefix, since a browser would drop it', () => {
  expect(setCookie(checkedCookie({ secure: false }), 'v')).toBe('session=v; Path=/; HttpOnly; SameSite=Lax');
});

test('a cookie that is to be forgotten has the attributes of the one that was set', () => {
  const cookie = checkedCookie({ domain: 'example.org', path: '/app' });
  expect(clearedCookie(cookie)).toBe(
    'session=; Path=/app; Domain=example.org; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  );
});

test.each([
  [{ name: '__Host-a', secure: false }, 'is not secure'],
  [{ name: '__Host-a', domain: 'example.org' }, 'is not for the whole host alone'],
  [{ name: '__host-a', path: '/app' }, 'is not for the whole host alone'],
  [{ name: '__Secure-a', secure: false }, 'is not secure'],
  [{ sameSite: 'none', secure: false }, 'is sent to other sites and not secure'],
  [{ name: 'a b' }, 'has a name with other signs'],
  [{ path: '/; Domain=evil' }, 'has the path'],
  [{ domain: 'a; HttpOnly' }, 'has the domain'],
] as const)('%j is refused with what should be', (options, state) => {
  expect(() => checkedCookie(options)).toThrow(PalierError);
  expect(() => checkedCookie(options)).toThrow(state);
});

test('values are read by their whole name, wherever they stand', () => {
  expect(cookieValues('a=1; session=x; b=2', 'session')).toEqual(['x']);
  expect(cookieValues('mysession=y;session=x', 'session')).toEqual(['x']);
  expect(cookieValues('sessions=y; a=session=z', 'session')).toEqual([]);
  expect(cookieValues('session=1; session=2; session=3; session=4; session=5', 'session')).toHaveLength(4);
  expect(cookieValues(undefined, 'session')).toEqual([]);
});

test('a header of any text is read without a throw, and what is found stands in it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('session', '=', ';', ' ', 'x', 's')), (parts) => {
      const header = parts.join('');
      for (const value of cookieValues(header, 'session')) expect(header).toContain(value);
      expect(cookieValues(`a=b; session=v0; ${header}`, 'session')[0]).toBe('v0');
    }),
  );
});
