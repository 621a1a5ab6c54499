/**
 * Fetches a file that a user has named, and only from the public internet: each address that a name stands for is looked at before anything
 * connects, the connection goes to the very address that was looked at (so that a second answer of the name's owner changes nothing), and
 * each redirect begins anew.
 */
import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { PalierError } from '@palier/base/error';
import type { Timers } from '@palier/base/timers';
import { releasesError } from '../errors.ts';
import { isPublic } from './addresses.ts';

export interface FetchOptions {
  /** The largest file. */
  readonly maxBytes: number;
  /** From the first look-up to the last byte. */
  readonly timeoutMs: number;
  /** Default 5. */
  readonly maxRedirects?: number;
}

export interface FetchSurroundings {
  readonly timers: Timers;
  /** All addresses of a name. Default: the system's. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  /** Default: `isPublic`. */
  readonly isAllowed?: (address: string) => boolean;
}

const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Gives the body of what `url` names to `take`. Throws FETCH_REFUSED for an address that must not be asked, FETCH_FAILED for one that did not
 * answer as wished, BODY_TOO_LARGE, and what `take` throws.
 */
export async function fetchFile<Result>(
  url: string,
  options: FetchOptions,
  around: FetchSurroundings,
  take: (body: IncomingMessage) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController();
  const cancel = around.timers.after(options.timeoutMs, () => {
    over.abort(releasesError('FETCH_FAILED', { reason: `it took longer than ${options.timeoutMs} ms` }));
  });
  try {
    return await take(await follow(url, options, around, over.signal));
  } catch (error) {
    if (over.signal.aborted) throw over.signal.reason;
    if (error instanceof PalierError) throw error;
    throw releasesError(
      'FETCH_FAILED',
      { reason: (error as NodeJS.ErrnoException).code ?? 'it broke off' },
      { cause: error },
    );
  } finally {
    cancel();
    // Whatever is still open.
    over.abort();
  }
}

async function follow(
  first: string,
  { maxBytes, maxRedirects = 5 }: FetchOptions,
  around: FetchSurroundings,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let url = checkedUrl(first);
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const answer = await ask(url, await addressOf(url, around), signal);
    const { statusCode = 0, headers } = answer;
    if (redirects.has(statusCode) && headers.location !== undefined) {
      answer.destroy();
      url = checkedUrl(headers.location, url);
      continue;
    }
    if (statusCode !== 200) {
      answer.destroy();
      throw releasesError('FETCH_FAILED', { reason: `it answered with ${statusCode}` });
    }
    if (Number(headers['content-length'] ?? 0) > maxBytes) {
      answer.destroy();
      throw releasesError('BODY_TOO_LARGE', { what: 'The file', limitBytes: maxBytes });
    }
    return answer;
  }
  throw releasesError('FETCH_FAILED', { reason: `it leads on and on, more than ${maxRedirects} times` });
}

function checkedUrl(text: string, base?: URL): URL {
  const url = text.length > 2000 ? null : URL.parse(text, base?.href);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw refused('is no http or https address');
  if (url.username !== '' || url.password !== '') throw refused('has a name or password in it');
  return url;
}

/** One that may be asked. All of a name's must be: whoever mixes in a private one is up to something. */
async function addressOf(
  url: URL,
  { resolve = systemResolve, isAllowed = isPublic }: FetchSurroundings,
): Promise<LookupAddress> {
  // The parser of addresses has turned 0x7f.1 and the like into their usual form.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  const found = family === 0 ? await resolve(host).catch(() => []) : [{ address: host, family }];
  const [address] = found;
  if (address === undefined) throw releasesError('FETCH_FAILED', { reason: 'its host is not known' });
  if (!found.every((one) => isAllowed(one.address))) throw refused('leads to an address that is not public');
  return address;
}

function systemResolve(host: string): Promise<readonly LookupAddress[]> {
  return systemLookup(host, { all: true });
}

function ask(url: URL, address: LookupAddress, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // The name stays, for the certificate and the Host; the look-up answers what was looked at.
    const lookup = (_: string, wanted: { all?: boolean }, tell: (...answer: unknown[]) => void): void => {
      if (wanted.all === true) tell(null, [address]);
      else tell(null, address.address, address.family);
    };
    const headers = { accept: 'application/epub+zip, */*;q=0.5', 'accept-encoding': 'identity' };
    const sent = send(url, { signal, agent: false, headers, lookup: lookup as never }, resolve);
    sent.on('error', reject);
    sent.end();
  });
}

function refused(why: string): Error {
  return releasesError('FETCH_REFUSED', { why });
}
