/**
 * Where a shared state is, as a URL says it:
 *
 * - `sqlite:PATH`, `sqlite::memory:`
 * - `redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]`; `rediss://` with TLS
 * - `redis+sentinel://[…@]HOST[:PORT],HOST[:PORT]…/NAME[/DATABASE]`: the sentinels, and the name of the primary they watch
 * - `redis+cluster://[…@]HOST[:PORT],HOST[:PORT]…`: some nodes of the Cluster; `rediss+sentinel`, `rediss+cluster` with TLS
 */
import { kitError } from '../errors.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

interface RedisAddress {
  readonly nodes: readonly [HostPort, ...HostPort[]];
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
  readonly tls: boolean;
}

export type Address =
  | { readonly kind: 'sqlite'; readonly path: string }
  | ({ readonly kind: 'redis' } & RedisAddress)
  | ({ readonly kind: 'sentinel'; readonly primary: string } & RedisAddress)
  | ({ readonly kind: 'cluster' } & RedisAddress);

const form = /^redis(s?)(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^/@]+)((?:\/[^/]*)*)$/;

/** Throws PALIER_STATE_URL; a password never stands in the message. */
export function parseAddress(url: string): Address {
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length);
    if (path === '') throw wrong(url, 'sqlite:PATH');
    return { kind: 'sqlite', path };
  }
  const match = form.exec(url);
  if (match === null)
    throw wrong(url, 'sqlite:PATH, redis://HOST:PORT, redis+sentinel://HOST,HOST/NAME or redis+cluster://HOST,HOST');
  const [, tls, how, user, hosts, path = ''] = match;
  const kind = how === '+sentinel' ? 'sentinel' : how === '+cluster' ? 'cluster' : 'redis';
  const parts = path
    .split('/')
    .slice(1)
    .filter((part) => part !== '');
  const nodes = (hosts as string).split(',').map((one) => parseHost(one, kind === 'sentinel' ? 26_379 : 6379, url));
  const shared = { nodes: nodes as [HostPort, ...HostPort[]], ...credentials(user, url), tls: tls === 's' };
  if (kind === 'sentinel') {
    const [primary, database] = parts;
    if (primary === undefined || parts.length > 2)
      throw wrong(url, 'followed by /NAME of the primary that the sentinels watch');
    return { kind, primary: decodeURIComponent(primary), ...shared, database: parseDatabase(database, url) };
  }
  if (kind === 'cluster') {
    if (parts.length > 0) throw wrong(url, 'without a database: a Cluster has only one');
    return { kind, ...shared, database: 0 };
  }
  if (nodes.length > 1) throw wrong(url, 'one host; for several, redis+sentinel:// or redis+cluster://');
  if (parts.length > 1) throw wrong(url, 'redis://HOST:PORT/DATABASE');
  return { kind, ...shared, database: parseDatabase(parts[0], url) };
}

/** The URL as it may be shown: without its password. */
export function shownUrl(url: string): string {
  return url.replace(/^(\w[\w+]*:\/\/)[^@/]*@/, '$1…@');
}

function parseHost(text: string, defaultPort: number, url: string): HostPort {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:\s]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[2] ?? defaultPort);
  if (match === null || port < 1 || port > 65_535) throw wrong(url, 'with hosts as HOST or HOST:PORT');
  return { host: (match[1] as string).replace(/^\[|\]$/g, ''), port };
}

function credentials(text: string | undefined, url: string): { username?: string; password?: string } {
  if (text === undefined || text === '') return {};
  const colon = text.indexOf(':');
  try {
    const username = decodeURIComponent(colon < 0 ? text : text.slice(0, colon));
    const password = colon < 0 ? undefined : decodeURIComponent(text.slice(colon + 1));
    return { ...(username === '' ? {} : { username }), ...(password === undefined ? {} : { password }) };
  } catch {
    throw wrong(url, 'with user and password percent-encoded');
  }
}

function parseDatabase(text: string | undefined, url: string): number {
  const database = Number(text ?? 0);
  if (Number.isInteger(database) && database >= 0 && database <= 65_535) return database;
  throw wrong(url, 'with a whole number as the database');
}

function wrong(url: string, expected: string): Error {
  return kitError('PALIER_STATE_URL', { url: shownUrl(url), expected });
}
