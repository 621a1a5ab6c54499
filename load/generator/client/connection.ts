/**
 * One user's connection: a request at a time, kept alive between them, opened again when it was closed.
 *
 * What happens on a connection is one of: a whole answer; `connect`, `reset`, `malformed` with the reason in words; `exhausted` when this
 * machine had no descriptor or port left. A kept connection may be closed by the server at the very moment that it is used again; then
 * an idempotent request is sent once more on a new one (RFC 9110 §9.2.2), as browsers do. A POST is not: nobody knows whether it was done.
 */
import { BodyReader, ResponseParser } from '@palier/base/http1';
import { generatorLimits } from '../options.ts';
import type { Traced, Tracer } from '../user/trace.ts';
import { unconnected } from './unconnected.ts';
import type { Request } from './request.ts';
import type { Dial, Keepsake, Wire, WireEvents } from './wire.ts';

export type ConnectionFault = 'connect' | 'reset' | 'malformed' | 'exhausted';

export interface ConnectionOwner extends Traced {
  /** The answer is in the connection's fields; they hold during the call. */
  answered(nowMs: number): void;
  broken(fault: ConnectionFault, text: string, nowMs: number): void;
  /** The request in hand is sent once more. */
  retried(): void;
}

/** What all connections of a process share. */
export interface Client {
  readonly dial: Dial;
  readonly now: () => number;
  /** Reads the heads that come whole, which is nearly all; a connection whose head comes in parts gets a parser of its own. */
  readonly parser: ResponseParser;
  /** Writes the trace of a request into its prepared bytes. */
  readonly stamp: Tracer['stamp'];
}

const noHeaders: readonly undefined[] = [];
const noCookies: readonly string[] = [];
const empty: Buffer = Buffer.alloc(0);

export class Connection implements WireEvents {
  status = 0;
  /** Whole if it came in one piece or `keepBody` asked for it. */
  body: Buffer | null = null;
  bodyTooLarge = false;
  headers: readonly (string | undefined)[] = noHeaders;
  /** Every Set-Cookie of the answer. */
  cookies: readonly string[] = noCookies;
  /** Octets of the answer, head and framing included. */
  receivedBytes = 0;
  /** When the request was written, for the last time if it was sent once more. */
  sentAtMs = 0;

  readonly #client: Client;
  readonly #owner: ConnectionOwner;
  readonly #localAddress: string | null;
  readonly #keepsake: Keepsake = { session: null };
  #wire: Wire | null = null;
  #open = false;
  /** Whether this wire has carried an answer already. */
  #used = false;
  #request: Request | null = null;
  #usableUntilMs = Number.POSITIVE_INFINITY;

  #inBody = false;
  #keepAlive = false;
  #keepAliveMs = -1;
  #interim = 0;
  #held: Buffer | null = null;
  #ownParser: ResponseParser | null = null;
  #reader: BodyReader | null = null;
  #chunks: Buffer[] = [];
  #chunkBytes = 0;

  constructor(client: Client, owner: ConnectionOwner, localAddress: string | null) {
    this.#client = client;
    this.#owner = owner;
    this.#localAddress = localAddress;
  }

  /** Sends a request; the last one has been dealt with. The owner is told how it went, never during this call. */
  send(request: Request, nowMs: number): void {
    this.#request = request;
    this.receivedBytes = 0;
    this.sentAtMs = 0;
    if (this.#wire !== null && nowMs > this.#usableUntilMs) this.#drop();
    if (this.#wire === null) this.#dial();
    else this.#write(request, nowMs);
  }

  /** Gives up the request in hand, if any, and closes. */
  close(): void {
    this.#request = null;
    this.#drop();
  }

  opened(): void {
    this.#open = true;
    if (this.#request !== null) this.#write(this.#request, this.#client.now());
  }

  data(window: Buffer, length: number): void {
    const request = this.#request;
    if (request === null) {
      // Nothing was asked: a notice before closing (408), or nonsense. Neither belongs to any request.
      this.#drop();
      return;
    }
    const now = this.#client.now();
    this.receivedBytes += length;
    if (this.#inBody) this.#readBody(window, 0, length, request, now);
    else this.#readHead(window, length, request, now);
  }

  ended(): void {
    this.#wire = null;
    const request = this.#request;
    if (request === null) {
      this.#drop();
      return;
    }
    const now = this.#client.now();
    if (this.#inBody && this.#reader?.end() === true) {
      this.#complete(this.#chunks.length === 0 ? empty : Buffer.concat(this.#chunks), 0, request, now);
      return;
    }
    const where =
      this.receivedBytes === 0
        ? 'before an answer'
        : this.#inBody
          ? 'in the middle of the body'
          : 'in the middle of the head';
    this.#lost(request, `the server closed the connection ${where}`, now);
  }

  failed(error: NodeJS.ErrnoException): void {
    this.#wire = null;
    const request = this.#request;
    const opened = this.#open;
    if (request === null) {
      this.#drop();
      return;
    }
    const now = this.#client.now();
    if (opened) this.#lost(request, `the connection broke (${error.code ?? error.message})`, now);
    else {
      const { fault, text } = unconnected(error);
      this.#break(fault, text, now);
    }
  }

  #dial(): void {
    this.#open = false;
    this.#used = false;
    this.#wire = this.#client.dial(this.#localAddress, this, this.#keepsake);
  }

  #write(request: Request, nowMs: number): void {
    this.sentAtMs = nowMs;
    const wire = this.#wire as Wire;
    const { bytes, traceAt } = request;
    if (traceAt < 0) {
      wire.write(bytes, request.rest);
      return;
    }
    this.#client.stamp(bytes as Uint8Array, traceAt, this.#owner);
    wire.write(bytes, request.rest);
    // What the system has not taken yet must not be overwritten by the next one who sends it.
    if (wire.unsentBytes > 0) request.bytes = Buffer.from(bytes as Uint8Array);
  }

  #readHead(arrived: Buffer, length: number, request: Request, now: number): void {
    let window = arrived;
    let end = length;
    let parser = this.#client.parser;
    if (this.#held !== null) {
      window = Buffer.concat([this.#held, arrived.subarray(0, length)]);
      end = window.length;
      parser = this.#ownParser as ResponseParser;
      this.#held = null;
    }
    let at = 0;
    for (;;) {
      const result = parser.parse(window, at, end, request.isHead);
      if (result === 'incomplete') {
        this.#hold(window, at, end, parser, request.isHead);
        return;
      }
      if (result === 'malformed') {
        this.#break('malformed', `the answer is no HTTP: ${parser.reason}`, now);
        return;
      }
      at += parser.headBytes;
      if (parser.status >= 200) break;
      if (parser.status === 101 || ++this.#interim > generatorLimits.maxInterimAnswers) {
        const what = parser.status === 101 ? 'an upgrade that nobody asked for' : 'interim answers without end';
        this.#break('malformed', what, now);
        return;
      }
    }
    this.#beginBody(parser, window, at, end, request, now);
  }

  /** Keeps what there is of a head. */
  #hold(window: Buffer, at: number, end: number, parser: ResponseParser, isHead: boolean): void {
    this.#held = Buffer.from(window.subarray(at, end));
    if (parser === this.#ownParser) return;
    parser.reset();
    this.#ownParser ??= new ResponseParser();
    this.#ownParser.parse(this.#held, 0, this.#held.length, isHead);
  }

  #beginBody(parser: ResponseParser, window: Buffer, at: number, end: number, request: Request, now: number): void {
    this.status = parser.status;
    this.#keepAlive = parser.keepAlive;
    this.#keepAliveMs = parser.keepAliveTimeoutMs;
    this.headers = request.keepHeaders.length === 0 ? noHeaders : request.keepHeaders.map((name) => parser.get(name));
    const cookie = parser.find('set-cookie');
    this.cookies = cookie < 0 ? noCookies : cookiesOf(parser, cookie);
    this.bodyTooLarge = false;
    const { framing, contentLength } = parser;
    if (framing === 'none') this.#complete(empty, end - at, request, now);
    else if (framing === 'length' && contentLength <= end - at) {
      const stop = at + contentLength;
      this.#complete(contentLength === 0 ? empty : window.subarray(at, stop), end - stop, request, now);
    } else {
      this.#reader ??= new BodyReader();
      this.#reader.begin(framing, contentLength);
      this.#inBody = true;
      if (at < end) this.#readBody(window, at, end, request, now);
    }
  }

  #readBody(window: Buffer, start: number, end: number, request: Request, now: number): void {
    const reader = this.#reader as BodyReader;
    let at = start;
    for (;;) {
      const result = reader.read(window, at, end);
      at = reader.position;
      if (request.keepBody && reader.payloadEnd > reader.payloadStart) {
        this.#keep(window, reader.payloadStart, reader.payloadEnd);
      }
      if (result === 'more') return;
      if (result === 'malformed') {
        this.#break('malformed', `the body is no HTTP: ${reader.reason}`, now);
        return;
      }
      if (result === 'done') break;
    }
    const body = !request.keepBody || this.bodyTooLarge ? null : Buffer.concat(this.#chunks);
    this.#complete(body, end - at, request, now);
  }

  #keep(window: Buffer, start: number, end: number): void {
    this.#chunkBytes += end - start;
    if (this.#chunkBytes > generatorLimits.maxBodyBytes) {
      this.bodyTooLarge = true;
      this.#chunks = [];
    } else this.#chunks.push(Buffer.from(window.subarray(start, end)));
  }

  #complete(body: Buffer | null, surplus: number, request: Request, now: number): void {
    if (surplus > 0) {
      this.#break('malformed', `the answer goes on for ${surplus} bytes after its end`, now);
      return;
    }
    this.body = body;
    // An answer that came before the request was all sent leaves the rest of it in the way.
    const reusable = this.#keepAlive && this.#wire !== null && (request.rest === null || this.#wire.unsentBytes === 0);
    this.#request = null;
    this.#forget();
    if (reusable) {
      this.#used = true;
      this.#usableUntilMs =
        this.#keepAliveMs < 0
          ? Number.POSITIVE_INFINITY
          : now + Math.max(this.#keepAliveMs / 2, this.#keepAliveMs - generatorLimits.keepAliveMarginMs);
    } else this.#drop();
    this.#owner.answered(now);
    this.body = null;
  }

  /** The connection is gone with a request in hand. */
  #lost(request: Request, text: string, now: number): void {
    if (this.#used && request.idempotent && this.receivedBytes === 0) {
      this.#drop();
      this.#owner.retried();
      this.#dial();
    } else this.#break('reset', text, now);
  }

  #break(fault: ConnectionFault, text: string, now: number): void {
    this.#request = null;
    this.#drop();
    this.#owner.broken(fault, text, now);
  }

  #drop(): void {
    this.#wire?.destroy();
    this.#wire = null;
    this.#open = false;
    this.#used = false;
    this.#usableUntilMs = Number.POSITIVE_INFINITY;
    this.#forget();
  }

  /** Forgets what was read of an answer. */
  #forget(): void {
    this.#inBody = false;
    this.#interim = 0;
    this.#held = null;
    this.#ownParser?.reset();
    if (this.#chunks.length > 0) this.#chunks = [];
    this.#chunkBytes = 0;
  }
}

function cookiesOf(parser: ResponseParser, first: number): readonly string[] {
  const all: string[] = [];
  for (let i = first; i >= 0; i = parser.find('set-cookie', i + 1)) all.push(parser.value(i));
  return all;
}
