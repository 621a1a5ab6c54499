import { expect, test } from 'vitest';
import { parseSqlAddress } from './address.ts';

test('a URL says engine, host, port, user, password and database; what is left out has its default', () => {
  expect(parseSqlAddress('sqlite:a/b.sqlite')).toEqual({ kind: 'sqlite', path: 'a/b.sqlite' });
  expect(parseSqlAddress('mysql://u:p%40s@db.example:3307/shop?tls=on')).toEqual({
    kind: 'mariadb',
    host: 'db.example',
    port: 3307,
    user: 'u',
    password: 'p@s',
    database: 'shop',
    tls: true,
  });
  expect(parseSqlAddress('postgresql://[::1]/shop')).toEqual({
    kind: 'postgres',
    host: '::1',
    port: 5432,
    user: 'palier',
    password: undefined,
    database: 'shop',
    tls: false,
  });
});

test.each([
  '',
  'sqlite:',
  'sqlite://a',
  'shop.sqlite',
  'mariadb://user:secret@host',
  'mariadb://user:secret@host/a/b',
  'mariadb://user:secret@/shop',
  'postgres://user:secret@host/shop?sslmode=disable',
  'postgres://user:secret@host/shop?tls=maybe',
  'mariadb://user:secret@10.0.0.1/shop?tls=on',
  'mariadb://user:secret@[::1]/shop?tls=on',
  'redis://user:secret@host/0',
])('%j is refused with what is expected, and without its password', (url) => {
  expect(() => parseSqlAddress(url)).toThrow(expect.objectContaining({ code: 'PALIER_SQL_URL' }));
  expect(() => parseSqlAddress(url)).not.toThrow(/secret/);
});
