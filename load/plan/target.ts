/** Where a load goes, from the address that a person writes. */
import { isIP } from 'node:net';
import type { Target } from '@palier/protocol';
import { loadError } from '../errors.ts';

/**
 * Takes `http://host[:port][/prefix]`, and `https://…`, whose certificate must be one that this machine trusts unless `insecure`.
 * Throws `PALIER_LOAD_TARGET_URL` for anything else.
 */
export function parseTarget(text: string, insecure = false): Target {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw loadError('PALIER_LOAD_TARGET_URL', { url: text, problem: 'no address' });
  }
  const problem =
    url.protocol !== 'http:' && url.protocol !== 'https:'
      ? `${url.protocol.slice(0, -1)}, not http`
      : url.username !== '' || url.password !== ''
        ? 'it holds a user'
        : url.search !== '' || url.hash !== ''
          ? 'it holds a query or a fragment'
          : undefined;
  if (problem !== undefined) throw loadError('PALIER_LOAD_TARGET_URL', { url: text, problem });
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  return {
    host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    basePath: url.pathname.replace(/\/+$/, ''),
    authority: url.host,
    tls: secure ? { servername: isIP(host) === 0 ? host : null, verify: !insecure } : null,
  };
}

/** Whether each user can have a source address of its own: all of 127.0.0.0/8 is this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
