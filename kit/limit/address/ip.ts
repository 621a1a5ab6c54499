/**
 * Addresses as one kind of thing: an IPv4 address is the IPv6 address that maps it (RFC 4291, 2.5.5.2), so that `::ffff:10.0.0.1`, which a
 * socket for both kinds tells, is `10.0.0.1`. Written as RFC 5952 says, so that one address is one text.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Eight groups of 16 bits. */
export type Ip = readonly number[];

export interface Network {
  readonly ip: Ip;
  /** Of 128. */
  readonly prefix: number;
}

const v4Prefix = [0, 0, 0, 0, 0, 0xffff];

/** Without port and brackets; a zone (`%eth0`) is left out. */
export function parseIp(text: string): Ip | undefined {
  if (isIPv4(text)) return [...v4Prefix, ...groupsOfV4(text)];
  if (!isIPv6(text)) return undefined;
  const [bare = ''] = text.split('%');
  const [head = '', tail] = bare.split('::');
  const before = groupsOf(head);
  if (tail === undefined) return before;
  const after = groupsOf(tail);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', bits, more] = text.split('/');
  const ip = parseIp(address);
  if (ip === undefined || more !== undefined) return undefined;
  const size = isIPv4(address) ? 32 : 128;
  const prefix = bits === undefined ? size : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return prefix <= size ? { ip, prefix: prefix + 128 - size } : undefined;
}

export function isWithin(ip: Ip, { ip: network, prefix }: Network): boolean {
  for (let group = 0; group < 8; group++) {
    const bits = Math.min(16, Math.max(0, prefix - group * 16));
    const mask = (0xffff << (16 - bits)) & 0xffff;
    if (((ip[group] as number) & mask) !== ((network[group] as number) & mask)) return false;
  }
  return true;
}

/** One text for one address. */
export function writeIp(ip: Ip): string {
  if (isV4(ip)) {
    const [high, low] = ip.slice(6) as [number, number];
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  const text = ip.map((group) => group.toString(16)).join(':');
  // The longest run of two zeros or more, the first of equals.
  const runs = [...text.matchAll(/(?<=^|:)0(?::0)+(?=:|$)/g)].toSorted((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}

/**
 * Whom a limit should count: an IPv4 address, or the network of an IPv6 address, as `2001:db8:1:2::/64`: whoever has one address there has
 * all of them.
 */
export function writeGroup(ip: Ip, ipv6Prefix: number): string {
  if (isV4(ip) || ipv6Prefix === 128) return writeIp(ip);
  const masked = ip.map((one, group) => {
    const bits = Math.min(16, Math.max(0, ipv6Prefix - group * 16));
    return one & (0xffff << (16 - bits)) & 0xffff;
  });
  return `${writeIp(masked)}/${ipv6Prefix}`;
}

function isV4(ip: Ip): boolean {
  return v4Prefix.every((group, index) => ip[index] === group);
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => (part.includes('.') ? groupsOfV4(part) : [Number.parseInt(part, 16)]));
}

function groupsOfV4(text: string): number[] {
  const [a, b, c, d] = text.split('.').map(Number) as [number, number, number, number];
  return [a * 256 + b, c * 256 + d];
}
