/** The header names that framing and forwarding must know, found without making a string. */
import { tokenLower } from './octet.ts';

/** What a header is to a proxy; `other` is all that it hands on unread. */
export const Field = {
  other: 0,
  connection: 1,
  keepAlive: 2,
  proxyConnection: 3,
  transferEncoding: 4,
  te: 5,
  trailer: 6,
  upgrade: 7,
  contentLength: 8,
  host: 9,
  expect: 10,
  forwardedFor: 11,
  forwardedProto: 12,
  forwardedHost: 13,
  traceparent: 14,
  tracestate: 15,
  forwarded: 16,
} as const;

export type FieldKind = (typeof Field)[keyof typeof Field];

interface Known {
  readonly name: Uint8Array;
  readonly kind: FieldKind;
}

const byLength: (readonly Known[] | undefined)[] = lengths([
  ['connection', Field.connection],
  ['keep-alive', Field.keepAlive],
  ['proxy-connection', Field.proxyConnection],
  ['transfer-encoding', Field.transferEncoding],
  ['te', Field.te],
  ['trailer', Field.trailer],
  ['upgrade', Field.upgrade],
  ['content-length', Field.contentLength],
  ['host', Field.host],
  ['expect', Field.expect],
  ['x-forwarded-for', Field.forwardedFor],
  ['x-forwarded-proto', Field.forwardedProto],
  ['x-forwarded-host', Field.forwardedHost],
  ['traceparent', Field.traceparent],
  ['tracestate', Field.tracestate],
  ['forwarded', Field.forwarded],
]);

/** The kind of the header whose name stands at [start, end). */
export function fieldKind(buffer: Uint8Array, start: number, end: number): FieldKind {
  const list = byLength[end - start];
  if (list === undefined) return Field.other;
  for (let i = 0; i < list.length; i++) {
    const known = list[i] as Known;
    if (sameName(buffer, start, known.name)) return known.kind;
  }
  return Field.other;
}

/** Whether the octets from `start` on spell `name` (tokens in lower case), in any case. */
export function sameName(buffer: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) {
    if (tokenLower[buffer[start + i] as number] !== name[i]) return false;
  }
  return true;
}

function lengths(names: readonly (readonly [string, FieldKind])[]): (readonly Known[] | undefined)[] {
  const table: Known[][] = [];
  for (const [name, kind] of names) (table[name.length] ??= []).push({ name: Buffer.from(name, 'latin1'), kind });
  return Array.from({ length: table.length }, (_, length) => table[length]);
}
