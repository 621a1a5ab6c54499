/**
 * The address of the client behind our own proxies: the nearest hop that is none of them.
 *
 * Read from the right: each trusted proxy vouches for the hop that it wrote, an untrusted one for nothing. What stands further left was
 * written by the client, who may write what he likes. One field is read, and only the one that the proxies are known to write: a client can
 * send the other one himself.
 */
import { kitError } from '../../errors.ts';
import { hopsOfForwarded, hopsOfForwardedFor } from './forwarded.ts';
import { type Ip, isWithin, type Network, parseIp, parseNetwork, writeGroup } from './ip.ts';

export interface ClientAddressOptions {
  /**
   * The addresses of our own proxies and balancers: `10.0.0.0/8`, `2001:db8::7`, `loopback`, `private` (RFC 1918, RFC 4193, link-local). Default:
   * none, so that the address of the connection is the client's, and no field is believed.
   */
  readonly trusted?: readonly string[];
  /** The field that the proxies write. Default `x-forwarded-for`. */
  readonly field?: 'x-forwarded-for' | 'forwarded';
  /** IPv6 clients are counted by their network: whoever has one address has them all. 64 by default (a customer's least); 128: each by itself. */
  readonly ipv6Prefix?: number;
}

/** A request as Node, Express and Fastify have it. */
export interface AddressedRequest {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'],
};

/** Answers the client's address, or its network, as one text for one client; `unknown` for a connection that is gone. Throws PALIER_LIMIT_OPTION. */
export function clientAddresses(options: ClientAddressOptions = {}): (request: AddressedRequest) => string {
  const { field = 'x-forwarded-for', ipv6Prefix = 64 } = options;
  const trusted = (options.trusted ?? []).flatMap((text) => named[text] ?? [text]).map(networkOf);
  if (!Number.isInteger(ipv6Prefix) || ipv6Prefix < 1 || ipv6Prefix > 128)
    throw kitError('PALIER_LIMIT_OPTION', { option: 'ipv6Prefix', value: ipv6Prefix, expected: 'from 1 to 128' });
  const isTrusted = (ip: Ip): boolean => trusted.some((network) => isWithin(ip, network));
  return ({ socket, headers }) => {
    const nearest = parseIp(socket.remoteAddress ?? '');
    if (nearest === undefined) return 'unknown';
    if (!isTrusted(nearest)) return writeGroup(nearest, ipv6Prefix);
    const value = headers[field];
    const text = typeof value === 'string' ? value : (value ?? []).join(',');
    const hops = text === '' ? [] : field === 'forwarded' ? hopsOfForwarded(text) : hopsOfForwardedFor(text);
    return writeGroup(nearestStranger(nearest, hops, isTrusted), ipv6Prefix);
  };
}

function nearestStranger(nearest: Ip, hops: readonly (string | undefined)[], isTrusted: (ip: Ip) => boolean): Ip {
  let believed = nearest;
  for (const hop of hops.toReversed()) {
    const ip = hop === undefined ? undefined : parseIp(hop);
    // Rubbish: the proxy that passed it on is the last that is known.
    if (ip === undefined) return believed;
    believed = ip;
    if (!isTrusted(ip)) return believed;
  }
  return believed;
}

function networkOf(text: string): Network {
  const network = parseNetwork(text);
  if (network !== undefined) return network;
  const expected = 'an address, ADDRESS/BITS, loopback or private';
  throw kitError('PALIER_LIMIT_OPTION', { option: 'trusted', value: JSON.stringify(text), expected });
}
