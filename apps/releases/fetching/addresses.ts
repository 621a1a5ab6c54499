/** Which addresses a book may be fetched from: those of the public internet. Pure. */
import ipaddr from 'ipaddr.js';

/**
 * Whether an address is somebody's on the internet: not of this machine, its network, a cloud's metadata, nor of a kind that leads there in
 * disguise (an IPv4 address inside an IPv6 one). What is no address is none.
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  // Of IPv6 only 2000::/3 is given out (RFC 4291, section 2.4; IANA's registry).
  return !(parsed instanceof ipaddr.IPv6) || ((parsed.parts[0] as number) & 0xe000) === 0x2000;
}
