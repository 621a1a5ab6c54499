/**
 * The trace that each request is sent with, so that a slow one can be found again in the system's own logs and traces: the header
 * `traceparent` (W3C Trace Context, level 1, §3.2).
 *
 * An id is drawn, not counted, since tracing systems sample by its digits; yet no two requests of a run share one: the first half is
 * the run's (from its seed and its start, for the same seed is played again and again), the second is a one-to-one image of the person
 * and of the number of its request. Flag 01: whoever samples by the caller's word records the request, for else nobody could follow it.
 */
import { mix } from './draws.ts';
import type { LookUp, Piece, Text } from './template.ts';

/** Who asks, and its how many-eth request this is: the person's half of a trace id. */
export interface Traced {
  readonly traceUser: number;
  readonly traceRequest: number;
}

export interface Tracer {
  /** What stands for a traceparent in a request that is prepared: to be overwritten at each send. */
  readonly template: string;
  /** Overwrites the template that stands at this offset. */
  readonly stamp: (bytes: Uint8Array, at: number, of: Traced) => void;
  /** The traceparent as a text: its fixed parts become one with what stands around it. */
  readonly text: Text;
  /** 32 digits. */
  readonly idOf: (of: Traced) => string;
}

/** Two digits an octet: a text is put together 50 000 times a second. */
const pairs: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));
const digits = Uint8Array.from(Buffer.from('0123456789abcdef'));
/** `00-` and the run's half. */
const userAt = 3 + 16;
const requestAt = userAt + 8;
/** The last 8 digits of the parent's id, behind a dash and the 8 of the run. */
const parentAt = requestAt + 8 + 1 + 8;

/** The same for all requests of a run. `startedAtEpochMs`: when it began. */
export function tracerOf(seed: number, startedAtEpochMs: number): Tracer {
  const start = mix(mix(seed | 0) ^ (startedAtEpochMs % 4_294_967_296));
  // An id must not be all zeros.
  const run = hex((start | 1) >>> 0) + hex(mix(start + Math.floor(startedAtEpochMs / 4_294_967_296)));
  const [before, parent] = [`00-${run}`, `-${run.slice(0, 8)}`];
  const last = ({ traceUser, traceRequest }: Traced): string => hex(requestWord(traceUser, traceRequest));
  const own = (of: Traced): string => hex(userWord(of.traceUser)) + last(of);
  const nobody = { traceUser: 0, traceRequest: 0 };
  return {
    template: `${before}${own(nobody)}${parent}${last(nobody)}-01`,
    text: [before, piece(own), parent, piece(last), '-01'],
    stamp: (bytes, at, { traceUser, traceRequest }) => {
      const request = requestWord(traceUser, traceRequest);
      writeHex(bytes, at + userAt, userWord(traceUser));
      writeHex(bytes, at + requestAt, request);
      writeHex(bytes, at + parentAt, request);
    },
    idOf: (of) => `${run}${own(of)}`,
  };
}

function piece(value: LookUp): Piece {
  return { name: 'traceparent', value, write: (digits) => digits as string };
}

function userWord(user: number): number {
  // Mixed with a word of its own, or user 0 would have the same digits twice.
  return mix(user ^ 0x2545f491);
}

/** One-to-one in `request` for each user. */
function requestWord(user: number, request: number): number {
  return mix((request + Math.imul(user, 0x9e3779b9)) | 0);
}

function writeHex(bytes: Uint8Array, at: number, word: number): void {
  for (let i = 7, rest = word; i >= 0; i--, rest >>>= 4) bytes[at + i] = digits[rest & 15] as number;
}

function hex(word: number): string {
  return (
    (pairs[word >>> 24] as string) +
    (pairs[(word >>> 16) & 255] as string) +
    (pairs[(word >>> 8) & 255] as string) +
    (pairs[word & 255] as string)
  );
}
