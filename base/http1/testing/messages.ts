/** Messages for tests: valid ones with what a reader must find in them, and mutations that no reader may stumble over. */
import fc from 'fast-check';
import { type BodyResult, BodyReader } from '../body.ts';
import type { Head } from '../head.ts';
import { RequestParser } from '../request.ts';
import { ResponseParser } from '../response.ts';

export interface Message {
  readonly kind: 'request' | 'response';
  readonly bytes: Buffer;
  readonly payload: string;
  /** The peer must close to end it. */
  readonly untilClose: boolean;
}

/** All that a reader learns of a message. */
export interface Reading {
  readonly result: 'incomplete' | 'malformed' | 'done' | 'open';
  readonly reason?: string | undefined;
  readonly start?: string;
  readonly headers?: readonly string[];
  readonly keepAlive?: boolean;
  readonly framing?: string;
  readonly payload?: string;
  /** Octets after the message. */
  readonly left?: number;
}

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,11}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const payload = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '\r', '\n', ' ', ':'), maxLength: 60 });
const extra = fc.array(
  fc.tuple(
    token.map((name) => `X-${name}`),
    value,
  ),
  { maxLength: 5 },
);
const connection = fc.constantFrom('', 'close', 'keep-alive', 'Keep-Alive, Close', 'x-a, keep-alive');
const white = fc.constantFrom('', ' ', '  ', '\t', ' \t ');
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 });

/** A valid request or answer. */
export const message: fc.Arbitrary<Message> = fc.oneof(build('request'), build('response'));

function build(kind: Message['kind']): fc.Arbitrary<Message> {
  const start =
    kind === 'response'
      ? fc
          .tuple(fc.constantFrom(200, 201, 204, 304, 404, 500), fc.constantFrom('', 'OK', 'Not There'))
          .map(([status, reason]) => `HTTP/1.1 ${status} ${reason}`)
      : fc
          .tuple(fc.constantFrom('GET', 'POST', 'PUT', 'PATCH'), fc.webPath(), fc.constantFrom('', '?a=1&b=%20'))
          .map(([method, path, query]) => `${method} /${path.replace(/^\//, '')}${query} HTTP/1.1`);
  return fc
    .record({
      start,
      extra,
      connection,
      white,
      payload,
      sizes,
      framing: fc.constantFrom('length', 'chunked', 'plain'),
      extension: fc.constantFrom('', ';a=b', ';q="x;y"'),
      trailer: fc.constantFrom('', 'X-Sum: 1\r\n'),
    })
    .map((parts) => {
      const bodyless = / (204|304) /.test(parts.start);
      const framing = bodyless ? 'plain' : parts.framing;
      const lines = [parts.start, ...(kind === 'request' ? [`Host:${parts.white}localhost:80`] : [])];
      for (const [name, text] of parts.extra) lines.push(`${name}:${parts.white}${text}${parts.white}`);
      if (parts.connection !== '') lines.push(`Connection: ${parts.connection}`);
      if (framing === 'length') lines.push(`content-length: ${parts.payload.length}`);
      if (framing === 'chunked') lines.push('Transfer-Encoding: chunked');
      const untilClose = kind === 'response' && framing === 'plain' && !bodyless;
      const text = framing === 'plain' && !untilClose ? '' : parts.payload;
      const body = framing === 'chunked' ? inChunks(text, parts.sizes, parts.extension, parts.trailer) : text;
      return { kind, bytes: Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'), payload: text, untilClose };
    });
}

function inChunks(text: string, sizes: readonly number[], extension: string, trailer: string): string {
  let out = '';
  for (let at = 0, k = 0; at < text.length; k++) {
    const part = text.slice(at, at + (sizes[k % sizes.length] as number));
    out += `${part.length.toString(16)}${extension}\r\n${part}\r\n`;
    at += part.length;
  }
  return `${out}0${extension}\r\n${trailer}\r\n`;
}

/** One small damage: an octet changed, dropped or put in; a stretch doubled; the end cut off. */
export const mutation: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .tuple(
    fc.constantFrom('set', 'drop', 'insert', 'double', 'cut'),
    fc.nat(),
    fc.oneof(fc.constantFrom(0, 9, 10, 13, 32, 44, 48, 58, 59, 127, 128, 255), fc.integer({ min: 0, max: 255 })),
    fc.integer({ min: 1, max: 40 }),
  )
  .map(([how, where, octet, length]) => (bytes) => {
    const at = bytes.length === 0 ? 0 : where % bytes.length;
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    if (how === 'set') return Buffer.concat([before, Buffer.of(octet), after.subarray(1)]);
    if (how === 'drop') return Buffer.concat([before, after.subarray(1)]);
    if (how === 'insert') return Buffer.concat([before, Buffer.of(octet), after]);
    if (how === 'double') return Buffer.concat([before, after.subarray(0, length), after]);
    return Buffer.from(before);
  });

/** Reads one message whose octets arrive in windows that end at `cuts`, each lying somewhere else in memory, between octets `poison`. */
export function readMessage(kind: Message['kind'], bytes: Buffer, cuts: readonly number[], poison: number): Reading {
  const parser = kind === 'request' ? new RequestParser() : new ResponseParser();
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  ends.push(bytes.length);
  let headEnd = -1;
  for (const [k, end] of ends.entries()) {
    const shift = (k * 7) % 13;
    const result = parser.parse(between(bytes.subarray(0, end), shift, poison), shift, shift + end);
    if (result === 'malformed') return { result, reason: parser.reason };
    if (result === 'head') {
      headEnd = end;
      break;
    }
  }
  if (headEnd < 0) return { result: 'incomplete' };
  return {
    ...headOf(kind, parser),
    ...bodyOf(parser, bytes, [headEnd, ...ends.filter((end) => end > headEnd)], poison),
  };
}

function headOf(kind: Message['kind'], parser: RequestParser | ResponseParser): Partial<Reading> {
  const start =
    parser instanceof RequestParser ? `${parser.method} ${parser.target} ${parser.targetForm}` : `${parser.status}`;
  const headers: string[] = [];
  for (let i = 0; i < parser.headerCount; i++)
    headers.push(`${parser.name(i)}: ${parser.value(i)} (${parser.kind(i)})`);
  return { start: `${kind} ${start}`, headers, keepAlive: parser.keepAlive, framing: parser.framing };
}

function bodyOf(parser: Head, bytes: Buffer, ends: readonly number[], poison: number): Reading {
  const body = new BodyReader();
  let payload = '';
  let at = parser.headBytes;
  let result: BodyResult = body.begin(parser.framing, parser.contentLength) ? 'done' : 'more';
  for (const end of ends) {
    for (let step = 0; result !== 'done'; step++) {
      if (step > bytes.length + 1) throw new Error('the reader does not come to an end');
      const window = between(bytes.subarray(at, end), 3, poison);
      result = body.read(window, 3, 3 + end - at);
      if (result === 'malformed') return { result, reason: body.reason, payload };
      payload += window.toString('latin1', body.payloadStart, body.payloadEnd);
      at += body.position - 3;
      if (result === 'more') break;
    }
  }
  const whole = result === 'done' || body.end();
  return { result: whole ? 'done' : 'open', payload, left: result === 'done' ? bytes.length - at : 0 };
}

function between(bytes: Buffer, shift: number, poison: number): Buffer {
  const out = Buffer.alloc(shift + bytes.length + 5, poison);
  bytes.copy(out, shift);
  return out;
}
