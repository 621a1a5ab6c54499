/** Reads `HTTP/1.0` or `HTTP/1.1`, octet by octet so that any split of the window gives the same answer. */

const prefix = Buffer.from('HTTP/', 'latin1');

/** The minor version of the eight octets at `start`, or why there is none. */
export function readVersion(
  buffer: Uint8Array,
  start: number,
  stop: number,
): 0 | 1 | 'incomplete' | 'bad-start-line' | 'unsupported-version' {
  for (let k = 0; k < 8; k++) {
    if (start + k >= stop) return 'incomplete';
    const octet = buffer[start + k] as number;
    if (k < 5 ? octet !== prefix[k] : k === 6 ? octet !== 0x2e : octet < 0x30 || octet > 0x39) return 'bad-start-line';
  }
  if (buffer[start + 5] !== 0x31) return 'unsupported-version';
  if (buffer[start + 7] === 0x31) return 1;
  return buffer[start + 7] === 0x30 ? 0 : 'unsupported-version';
}
