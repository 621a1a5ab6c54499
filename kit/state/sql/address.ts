/**
 * Where a database is, as a URL says it:
 *
 * - `sqlite:PATH`, `sqlite::memory:`
 * - `mariadb://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE`; `mysql://` is the same
 * - `postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE`; `postgresql://` is the same
 *
 * `?tls=on` encrypts and checks the server's name; no other parameter is known, and an unknown one is refused.
 */
import { isIP } from 'node:net';
import { kitError } from '../../errors.ts';
import { shownUrl } from '../address.ts';

export type SqlEngine = 'sqlite' | 'mariadb' | 'postgres';

export interface ServerAddress {
  readonly kind: 'mariadb' | 'postgres';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: boolean;
}

export type SqlAddress = { readonly kind: 'sqlite'; readonly path: string } | ServerAddress;

const schemes: Readonly<Record<string, { readonly kind: ServerAddress['kind']; readonly port: number }>> = {
  'mariadb:': { kind: 'mariadb', port: 3306 },
  'mysql:': { kind: 'mariadb', port: 3306 },
  'postgres:': { kind: 'postgres', port: 5432 },
  'postgresql:': { kind: 'postgres', port: 5432 },
};
const forms = 'sqlite:PATH, mariadb://USER:PASSWORD@HOST:PORT/DATABASE or postgres://USER:PASSWORD@HOST:PORT/DATABASE';

/** Throws PALIER_SQL_URL; a password never stands in the message. */
export function parseSqlAddress(text: string): SqlAddress {
  if (text.startsWith('sqlite:')) {
    const path = text.slice('sqlite:'.length);
    if (path === '' || path.startsWith('//')) throw wrong(text, 'sqlite:PATH');
    return { kind: 'sqlite', path };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url === undefined ? undefined : schemes[url.protocol];
  if (url === undefined || scheme === undefined || url.hostname === '') throw wrong(text, forms);
  const database = decoded(url.pathname.slice(1), text);
  if (database === '' || database.includes('/')) throw wrong(text, 'followed by /DATABASE');
  for (const name of url.searchParams.keys()) if (name !== 'tls') throw wrong(text, `without ?${name}=`);
  const tls = url.searchParams.get('tls') ?? 'off';
  if (tls !== 'on' && tls !== 'off') throw wrong(text, '?tls=on or ?tls=off');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (tls === 'on' && scheme.kind === 'mariadb' && isIP(host) !== 0) {
    // mysql2 3.24 would compare the certificate with "localhost".
    throw wrong(text, 'with the name of the host that is on its certificate, not an address');
  }
  return {
    kind: scheme.kind,
    host,
    port: url.port === '' ? scheme.port : Number(url.port),
    user: decoded(url.username, text) || 'palier',
    password: url.password === '' ? undefined : decoded(url.password, text),
    database,
    tls: tls === 'on',
  };
}

function decoded(part: string, url: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong(url, 'percent-encoded');
  }
}

function wrong(url: string, expected: string): Error {
  return kitError('PALIER_SQL_URL', { url: shownUrl(url), expected });
}
