/**
 * The PROXY protocol (HAProxy, versions 1 and 2): a balancer that passes on bytes tells the client's address in front of them. Believed only
 * from a connection of a trusted balancer; from anybody else the bytes are the request's own.
 */
import { parseIp, writeIp } from './ip.ts';

export type ProxyHeader =
  | { readonly kind: 'incomplete' | 'malformed' }
  /** `address` undefined: the balancer speaks for itself (LOCAL, UNKNOWN). The request begins after `length` bytes. */
  | { readonly kind: 'read'; readonly address: string | undefined; readonly length: number };

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Version 1's own bound. */
const maxLine = 107;
/** Version 2 with extensions; what is longer is refused. */
const maxBinary = 16 + 1024;

export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const known = Math.min(bytes.length, signature.length);
  if (bytes.subarray(0, known).equals(signature.subarray(0, known))) {
    return known < signature.length ? { kind: 'incomplete' } : readBinary(bytes);
  }
  const start = Buffer.from('PROXY ');
  const begun = Math.min(bytes.length, start.length);
  return bytes.subarray(0, begun).equals(start.subarray(0, begun)) ? readLine(bytes) : { kind: 'malformed' };
}

function readLine(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, maxLine).indexOf('\r\n');
  if (end < 0) return { kind: bytes.length >= maxLine ? 'malformed' : 'incomplete' };
  const [, family, source = '', , sourcePort, , ...more] = bytes.toString('latin1', 0, end).split(' ');
  const length = end + 2;
  if (family === 'UNKNOWN') return { kind: 'read', address: undefined, length };
  const ip = parseIp(source);
  const fits = family === 'TCP4' ? !source.includes(':') : family === 'TCP6' && source.includes(':');
  if (ip === undefined || !fits || sourcePort === undefined || more.length > 0) return { kind: 'malformed' };
  return { kind: 'read', address: writeIp(ip), length };
}

function readBinary(bytes: Buffer): ProxyHeader {
  if (bytes.length < 16) return { kind: 'incomplete' };
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13) >> 4;
  const body = bytes.readUInt16BE(14);
  const length = 16 + body;
  if (command >> 4 !== 2 || (command & 15) > 1 || length > maxBinary) return { kind: 'malformed' };
  if (bytes.length < length) return { kind: 'incomplete' };
  if ((command & 15) === 0) return { kind: 'read', address: undefined, length };
  const size = family === 1 ? 4 : family === 2 ? 16 : 0;
  // Unix sockets and unspecified families tell no address.
  if (size === 0) return { kind: 'read', address: undefined, length };
  if (body < 2 * size + 4) return { kind: 'malformed' };
  const source = bytes.subarray(16, 16 + size);
  const address =
    size === 4
      ? source.join('.')
      : Array.from({ length: 8 }, (_, n) => source.readUInt16BE(2 * n).toString(16)).join(':');
  return { kind: 'read', address: writeIp(parseIp(address) ?? []), length };
}
