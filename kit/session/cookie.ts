/**
 * The cookie of a session: its attributes, right by default and impossible to combine wrongly, and reading it from a request. Pure.
 *
 * `__Host-` (RFC 6265bis, 4.1.3.2) lets a browser refuse a cookie that another host of the site, or plain http, tries to plant.
 */
import { kitError } from '../errors.ts';

export interface CookieOptions {
  /** Default `__Host-session`; over plain http, and with a `domain`, `session`. */
  readonly name?: string;
  /** Only over https. Default true; false is for development over http on another machine than the browser's. */
  readonly secure?: boolean;
  /** Default `lax`: sent when somebody follows a link, not with a form or a script of another site. */
  readonly sameSite?: 'strict' | 'lax' | 'none';
  /** Default `/`. */
  readonly path?: string;
  /** Default none: only the host that set it gets it. */
  readonly domain?: string;
  /** The cookie outlives the browser, until the session's longest life is over. Default false: it ends with the browser. */
  readonly persistent?: boolean;
}

export interface CheckedCookie {
  readonly name: string;
  /** What follows the value, from `; Path` on. */
  readonly attributes: string;
  readonly persistent: boolean;
}

/** A browser sends the most specific first; what lies beyond these is not looked at. */
const maxSameName = 4;
/** Bytes of a Cookie header that are read: servers refuse longer ones before it comes here. */
const maxHeaderLength = 65_536;

/** Throws PALIER_SESSION_COOKIE. */
export function checkedCookie(options: CookieOptions): CheckedCookie {
  const { secure = true, sameSite = 'lax', path = '/', domain, persistent = false } = options;
  const name = options.name ?? (secure && domain === undefined && path === '/' ? '__Host-session' : 'session');
  const refuse = (state: string, expected: string): never => {
    throw kitError('PALIER_SESSION_COOKIE', { name, state, expected });
  };
  if (!/^[!#$%&'*+\-.^`|~\w]{1,100}$/.test(name))
    refuse('has a name with other signs', "a name of letters, digits and !#$%&'*+-.^`|~");
  const lower = name.toLowerCase();
  if (lower.startsWith('__host-') && (!secure || path !== '/' || domain !== undefined)) {
    refuse(
      `is ${secure ? 'not for the whole host alone' : 'not secure'}`,
      'secure, with the path / and without a domain, as __Host- says',
    );
  }
  if (lower.startsWith('__secure-') && !secure) refuse('is not secure', 'secure, as __Secure- says');
  if (!['strict', 'lax', 'none'].includes(sameSite)) refuse(`has sameSite ${sameSite}`, 'strict, lax or none');
  if (sameSite === 'none' && !secure)
    refuse('is sent to other sites and not secure', 'secure when sameSite is none: browsers drop it otherwise');
  if (!/^\/[\x21-\x3a\x3c-\x7e]*$/.test(path))
    refuse(`has the path ${JSON.stringify(path)}`, 'a path that begins with / and has no ; or space');
  if (domain !== undefined && !/^[a-zA-Z0-9.-]+$/.test(domain))
    refuse(`has the domain ${JSON.stringify(domain)}`, 'a host name as the domain');
  const attributes = [
    `; Path=${path}`,
    domain === undefined ? '' : `; Domain=${domain}`,
    '; HttpOnly',
    secure ? '; Secure' : '',
    `; SameSite=${sameSite[0]?.toUpperCase()}${sameSite.slice(1)}`,
  ].join('');
  return { name, attributes, persistent };
}

/** The value of a `Set-Cookie` header; without `maxAgeMs` it ends with the browser. */
export function setCookie({ name, attributes }: CheckedCookie, value: string, maxAgeMs?: number): string {
  const life = maxAgeMs === undefined ? '' : `; Max-Age=${Math.max(0, Math.floor(maxAgeMs / 1000))}`;
  return `${name}=${value}${attributes}${life}`;
}

/** The `Set-Cookie` header that lets the browser forget it. */
export function clearedCookie(cookie: CheckedCookie): string {
  return `${setCookie(cookie, '', 0)}; Expires=Thu, 01 Jan 1970 00:00:00 GMT`;
}

/** All values that the header has under that name, in its order, at most four. Another host of the site may have planted one of them. */
export function cookieValues(header: string | undefined, name: string): readonly string[] {
  if (header === undefined || header.length > maxHeaderLength) return [];
  const values: string[] = [];
  for (let at = header.indexOf(name); at >= 0 && values.length < maxSameName; at = header.indexOf(name, at + 1)) {
    const equals = at + name.length;
    if (header.charCodeAt(equals) !== 61 || !startsPair(header, at)) continue;
    const end = header.indexOf(';', equals);
    values.push(header.slice(equals + 1, end < 0 ? undefined : end).trim());
  }
  return values;
}

function startsPair(header: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && (header.charCodeAt(before) === 32 || header.charCodeAt(before) === 9)) before--;
  return before < 0 || header.charCodeAt(before) === 59;
}
