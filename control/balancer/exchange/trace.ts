/** `traceparent` (W3C Trace Context, section 3.2): kept when valid, made when not. */
import type { Random } from '@palier/base/random';
import type { Draft } from './draft.ts';

const dash = 0x2d;
const length00 = 55;

/** Whether the octets [start, end) are a traceparent that must be handed on as it is. */
export function isTraceparent(buffer: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < length00) return false;
  for (let i = 0; i < length00; i++) {
    const octet = buffer[start + i] as number;
    const isDash = i === 2 || i === 35 || i === 52;
    const isHex = (octet >= 0x30 && octet <= 0x39) || (octet >= 0x61 && octet <= 0x66);
    if (isDash ? octet !== dash : !isHex) return false;
  }
  const version = buffer.subarray(start, start + 2);
  if (version[0] === 0x66 && version[1] === 0x66) return false;
  const is00 = version[0] === 0x30 && version[1] === 0x30;
  // Later versions may be longer, behind another dash.
  if (length > length00 && (is00 || buffer[start + length00] !== dash)) return false;
  return !allZero(buffer, start + 3, start + 35) && !allZero(buffer, start + 36, start + 52);
}

/** Writes a header line with new ids. */
export function writeTraceparent(draft: Draft, random: Random, sampled: boolean): void {
  draft.text('traceparent: 00-');
  for (let part = 0; part < 4; part++) draft.hex(word(random, part === 0), 8);
  draft.text('-');
  for (let part = 0; part < 2; part++) draft.hex(word(random, part === 0), 8);
  draft.text(sampled ? '-01\r\n' : '-00\r\n');
}

/** 32 bits; the first of an id is never 0, so that the id is not. */
function word(random: Random, first: boolean): number {
  const bits = (random.next() * 4294967296) >>> 0;
  return first && bits === 0 ? 1 : bits;
}

function allZero(buffer: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (buffer[i] !== 0x30) return false;
  return true;
}
