/**
 * One request and its answer. A client connection has one exchange object for all its requests, one after the other.
 *
 * The request: read (by the client connection), given to a replica by the service, written with as much of the body as is there, the
 * rest as it comes. It may be given to another replica as long as it is held whole here and no octet of an answer has come: always when
 * no connection came about, once more when the connection was closed and the method is idempotent (RFC 9110 §9.2.2).
 */
import type { Socket } from 'node:net';
import { BodyReader, type RequestParser } from '@palier/base/http1';
import { bodyReserveBytes } from '../options.ts';
import { type AnswerFraming, answerFraming, writeAnswerHead } from './answer-head.ts';
import type { Hub } from './hub.ts';
import { type Refusal, refusalOf, refusals, refusalText } from './refusal.ts';
import type { Replica } from './replica.ts';
import { type Edge, writeRequestHead } from './request-head.ts';
import type { Upstream, UpstreamUser } from './upstream.ts';

/** The client connection of an exchange. */
export interface ExchangeClient {
  readonly socket: Socket;
  readonly edge: Edge;
  /** Octets behind the request, for later. */
  stash(bytes: Buffer): void;
  /** The exchange is over. `abort`: the answer was cut off, and the client must see that. */
  finished(outcome: 'keep' | 'close' | 'abort'): void;
}

/** The service of an exchange. */
export interface ExchangeService {
  route(method: string, target: Buffer, start: number, end: number): number;
  /** Calls `offer`, `wait` or `refuse`. `avoid`: the replica that has just failed it, taken only when there is no other. */
  dispatch(exchange: Exchange, avoid?: Replica): void;
  /** The exchange waits no more. */
  forget(exchange: Exchange): void;
  /** A replica has room again. */
  freed(replica: Replica): void;
  unreachable(replica: Replica, code: string): void;
  /** A replica's answer is over, well or by its fault, so long after it was given the request. */
  answered(replica: Replica, failed: boolean, latencyMs: number): void;
  record(route: number, error: string | undefined, latencyUs: number): void;
}

type Fault = readonly [refusal: Refusal, detail: string | undefined];
type Stage = 'none' | 'waiting' | 'connecting' | 'sending' | 'awaiting' | 'answering';

const never = Number.POSITIVE_INFINITY;
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
const lineEnd = Buffer.from('\r\n', 'latin1');
const lastChunk = Buffer.from('0\r\n\r\n', 'latin1');

export class Exchange implements UpstreamUser {
  stage: Stage = 'none';
  deadlineMs: number = never;
  /** Whether the last octet of the request has been read. */
  requestComplete = true;
  readonly #client: ExchangeClient;
  readonly #service: ExchangeService;
  readonly #hub: Hub;
  readonly #head: RequestParser;
  readonly #body = new BodyReader();
  /** The window with the head and the first part of the body. */
  #buffer: Buffer = Buffer.alloc(0);
  #bodyStart = 0;
  #bodyEnd = 0;
  #bodyBytes = 0;
  #reserved = 0;
  #route = 0;
  #startedMs = 0;
  #offeredMs = 0;
  #replica: Replica | null = null;
  #upstream: Upstream | null = null;
  #attempts = 0;
  #repeated = false;
  /** Whether the whole request stands in `#buffer`. */
  #held = false;
  #answerBegun = false;
  #partialHead: Buffer | null = null;
  #framing: AnswerFraming = 'none';
  #close = false;

  constructor(client: ExchangeClient, head: RequestParser, service: ExchangeService, hub: Hub) {
    this.#client = client;
    this.#service = service;
    this.#hub = hub;
    this.#head = head;
  }

  /** The client's parser has read a head from `buffer`, with the window ending at its end and the body beginning at `bodyStart`. */
  begin(buffer: Buffer, bodyStart: number): void {
    const head = this.#head;
    this.#startedMs = this.#hub.clock.monotonicMs();
    this.#buffer = buffer;
    this.#bodyStart = bodyStart;
    this.#attempts = 0;
    this.#repeated = this.#answerBegun = this.#close = false;
    this.#partialHead = null;
    this.#route = this.#service.route(head.method, buffer, head.pathStart, head.targetEnd);
    this.stage = 'waiting';
    const refusal = this.#measure();
    if (refusal !== undefined) {
      this.refuse(refusal[0], refusal[1]);
      return;
    }
    this.#held = this.requestComplete;
    if (!this.requestComplete) this.#client.socket.pause();
    else if (this.#bodyEnd < buffer.length) this.#client.stash(buffer.subarray(this.#bodyEnd));
    this.#service.dispatch(this);
  }

  /** The service gives it to a replica. */
  offer(replica: Replica): void {
    this.#attempts++;
    this.#replica = replica;
    const repeatable = this.#held && idempotent.has(this.#head.method);
    const nowMs = this.#hub.clock.monotonicMs();
    this.#offeredMs = nowMs;
    const upstream = replica.acquire(this, repeatable, nowMs);
    this.stage = 'connecting';
    this.deadlineMs = nowMs + this.#hub.options.waitTimeoutMs;
    if (upstream !== null) this.given(upstream);
  }

  given(upstream: Upstream): void {
    this.#upstream = upstream;
    // The replica minds the time until a connection comes about.
    this.deadlineMs = never;
    if (upstream.connected) this.ready(upstream);
  }

  /** No replica has room; the service will call `offer` when one has. */
  wait(): void {
    this.stage = 'waiting';
    this.deadlineMs = this.#hub.clock.monotonicMs() + this.#hub.options.waitTimeoutMs;
  }

  /** Answers in place of a replica, as far as an answer is still possible. */
  refuse(refusal: Refusal, detail?: string): void {
    if (this.#answerBegun) {
      this.#abort(refusal);
      return;
    }
    const close = !this.requestComplete || !this.#head.keepAlive || this.#hub.stopping;
    const text = refusalText(refusal, {
      detail,
      replica: this.#replica?.id,
      close,
      answersHead: this.#head.method === 'HEAD',
      minorVersion: this.#head.minorVersion,
    });
    this.#end(refusal, refusals[refusal].status >= 502);
    this.#hub.draft.text(text);
    this.#hub.draft.send(this.#client.socket);
    this.#client.finished(close ? 'close' : 'keep');
  }

  /** The client is gone. */
  clientGone(): void {
    if (this.stage !== 'none') this.#end('client-gone', false);
  }

  /** The client sends no more, though it may still read. True when the exchange goes on. */
  clientEnded(nowMs: number): boolean {
    if (this.stage === 'none') return false;
    if (!this.requestComplete) {
      this.#end('client-gone', false);
      return false;
    }
    this.#close = true;
    if (!this.#answerBegun) this.deadlineMs = Math.min(this.deadlineMs, nowMs + this.#hub.options.halfClosedMs);
    return true;
  }

  /** All that was written to the client has left this process. */
  clientDrained(): void {
    if (this.stage !== 'answering') return;
    this.deadlineMs = this.#hub.clock.monotonicMs() + this.#hub.options.stallTimeoutMs;
    this.#upstream?.socket.resume();
  }

  /** `deadlineMs` has passed. `clientHasEnded`: the client had closed its sending side. */
  expire(clientHasEnded: boolean): void {
    if (clientHasEnded && !this.#answerBegun) {
      this.#end('client-gone', false);
      this.#client.finished('abort');
    } else if (this.#upstream === null) this.refuse('queue-timeout');
    else if (this.stage === 'sending' && !this.#upstream?.socket.writableNeedDrain) this.refuse('request-timeout');
    else this.refuse('timeout');
  }

  /** More of the body. */
  more(chunk: Buffer): void {
    const upstream = this.#upstream;
    if (upstream === null) return;
    const fault = this.#forwardBody(chunk, 0, chunk.length);
    if (fault !== undefined) {
      this.refuse(fault[0], fault[1]);
      return;
    }
    const bytes = this.#hub.draft.send(upstream.socket);
    if (this.#replica !== null) this.#replica.receivedBytes += bytes;
    this.#afterSending(upstream);
  }

  ready(upstream: Upstream): void {
    const { draft } = this.#hub;
    const edge = this.#client.edge;
    writeRequestHead(draft, this.#head, this.#buffer, edge);
    this.#body.begin(this.#head.framing, this.#head.contentLength);
    this.#bodyBytes = 0;
    if (this.#bodyEnd > this.#bodyStart) this.#forwardBody(this.#buffer, this.#bodyStart, this.#bodyEnd);
    const bytes = draft.send(upstream.socket);
    if (this.#replica !== null) this.#replica.receivedBytes += bytes;
    if (!this.requestComplete) {
      // RFC 9110 §10.1.1: who waits for it sends no body before; a replica never hears of it.
      if (this.#head.minorVersion === 1 && this.#head.find('expect') >= 0) {
        this.#client.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
      }
      this.#client.socket.resume();
    }
    this.#afterSending(upstream);
  }

  answered(upstream: Upstream, window: Buffer, windowEnd: number): void {
    if (this.#replica !== null) this.#replica.sentBytes += windowEnd;
    let at = 0;
    let buffer = window;
    let end = windowEnd;
    if (!this.#answerBegun) {
      if (this.#partialHead !== null) {
        buffer = Buffer.concat([this.#partialHead, window.subarray(0, windowEnd)]);
        end = buffer.length;
        this.#partialHead = null;
      }
      at = this.#answerHead(upstream, buffer, end);
      if (at < 0) return;
    }
    this.#answerBody(upstream, buffer, at, end);
  }

  lost(upstream: Upstream, code: string): void {
    if (this.#upstream !== upstream) return;
    const replica = this.#replica as Replica;
    // If it died, its idle connections are as dead, though we have not read so yet.
    if (upstream.connected && !this.#answerBegun) replica.closeIdle();
    if (!upstream.connected) this.#notConnected(upstream, code);
    else if (this.#answerBegun) {
      // FIN delimits a body of unknown length; a reset cuts it off.
      if (code === 'FIN' && upstream.body.end()) {
        if (this.#framing === 'chunked') this.#hub.draft.all(lastChunk);
        this.#finish(upstream, false);
      } else this.#abort('reset');
    } else if (!upstream.gotBytes && this.#held && !this.#repeated && idempotent.has(this.#head.method)) {
      this.#repeated = true;
      this.#count(true, this.#hub.clock.monotonicMs());
      this.#leaveReplica(false);
      this.stage = 'waiting';
      this.#service.dispatch(this, replica);
    } else this.refuse('reset', upstream.gotBytes ? 'in the middle of its headers' : undefined);
  }

  drained(): void {
    if (this.requestComplete) return;
    if (this.stage === 'sending') this.deadlineMs = this.#hub.clock.monotonicMs() + this.#hub.options.stallTimeoutMs;
    this.#client.socket.resume();
  }

  #notConnected(upstream: Upstream, code: string): void {
    const replica = this.#replica as Replica;
    replica.connectFailures++;
    upstream.destroy();
    this.#leaveReplica(false);
    // Not in its hands any more, though an answer may still name it.
    this.stage = 'waiting';
    this.#service.unreachable(replica, code);
    this.#replica = replica;
    if (this.#attempts >= this.#hub.options.maxConnectAttempts) {
      this.refuse('connect', code);
      return;
    }
    this.#replica = null;
    this.#service.dispatch(this);
  }

  /** How much of the body stands in the window, and whether the request may be served at all. */
  #measure(): Fault | undefined {
    const head = this.#head;
    const { options } = this.#hub;
    const body = this.#body;
    this.#bodyEnd = this.#bodyStart;
    this.requestComplete = body.begin(head.framing, head.contentLength);
    if (!this.requestComplete) {
      if (head.contentLength > options.maxBodyBytes) return ['body-too-large', `${options.maxBodyBytes} bytes`];
      let bytes = 0;
      let result = body.read(this.#buffer, this.#bodyStart, this.#buffer.length);
      for (;;) {
        if (result === 'malformed') return [refusalOf(body.reason ?? 'bad-chunk'), body.reason];
        bytes += body.payloadEnd - body.payloadStart;
        if (result !== 'data') break;
        result = body.read(this.#buffer, body.position, this.#buffer.length);
      }
      this.requestComplete = result === 'done';
      this.#bodyEnd = body.position;
      if (bytes > options.maxBodyBytes) return ['body-too-large', `${options.maxBodyBytes} bytes`];
      const reserve = head.framing === 'length' ? Math.min(head.contentLength, bodyReserveBytes) : bodyReserveBytes;
      if (this.#hub.bodyBytesInFlight + reserve > options.maxBodyBytesInFlight) return ['bodies-in-flight', undefined];
      this.#reserved = reserve;
      this.#hub.bodyBytesInFlight += reserve;
      const expect = head.get('expect');
      if (expect !== undefined && expect.toLowerCase() !== '100-continue') return ['expectation-failed', undefined];
    }
    if (head.method === 'CONNECT') return ['not-implemented', 'CONNECT'];
    return this.#hub.stopping ? ['stopping', undefined] : undefined;
  }

  /** Composes payload of the body for the replica; a fault ends the exchange. */
  #forwardBody(buffer: Buffer, start: number, end: number): Fault | undefined {
    const { draft, options } = this.#hub;
    const body = this.#body;
    const inChunks = this.#head.framing === 'chunked';
    let result = body.read(buffer, start, end);
    for (;;) {
      if (result === 'malformed') {
        draft.clear();
        return [refusalOf(body.reason ?? 'bad-chunk'), body.reason];
      }
      writePayload(this.#hub, buffer, body, inChunks);
      this.#bodyBytes += body.payloadEnd - body.payloadStart;
      if (result !== 'data') break;
      result = body.read(buffer, body.position, end);
    }
    if (this.#bodyBytes > options.maxBodyBytes) {
      draft.clear();
      return ['body-too-large', `${options.maxBodyBytes} bytes`];
    }
    if (result === 'done') {
      if (inChunks) draft.all(lastChunk);
      this.requestComplete = true;
      if (body.position < end) this.#client.stash(buffer.subarray(body.position, end));
    }
    return undefined;
  }

  #afterSending(upstream: Upstream): void {
    const { options, clock } = this.#hub;
    if (!this.requestComplete && upstream.socket.writableNeedDrain) this.#client.socket.pause();
    if (this.stage === 'answering') return;
    this.stage = this.requestComplete ? 'awaiting' : 'sending';
    this.deadlineMs = clock.monotonicMs() + (this.requestComplete ? options.responseTimeoutMs : options.stallTimeoutMs);
    if (this.#close) this.deadlineMs = Math.min(this.deadlineMs, clock.monotonicMs() + options.halfClosedMs);
  }

  /** Composes the answer's head; where its body begins, or -1 when nothing more is to be done with this window. */
  #answerHead(upstream: Upstream, buffer: Buffer, end: number): number {
    const { parser } = upstream;
    const minorVersion = this.#head.minorVersion;
    for (let at = 0; at < end; ) {
      const result = parser.parse(buffer, at, end, this.#head.method === 'HEAD');
      if (result === 'incomplete') {
        this.#partialHead = Buffer.from(buffer.subarray(at, end));
        return -1;
      }
      if (result === 'malformed' || parser.status === 101) {
        this.refuse('malformed-answer', parser.reason ?? 'status 101, which was not asked for');
        return -1;
      }
      const start = at;
      at += parser.headBytes;
      if (parser.status < 200) {
        // 100 was ours to give; the others are the client's (RFC 9110 §15.2), unless it is too old to know them.
        if (parser.status !== 100 && minorVersion === 1) {
          writeAnswerHead(this.#hub.draft, parser, buffer, start, 'none', false, minorVersion);
          this.#hub.draft.send(this.#client.socket);
        }
        continue;
      }
      this.#answerBegun = true;
      this.#framing = answerFraming(parser, minorVersion);
      // An answer before the end of the request: what follows of the request cannot be told from the next one.
      this.#close ||= !this.requestComplete || !this.#head.keepAlive || this.#framing === 'close' || this.#hub.stopping;
      writeAnswerHead(this.#hub.draft, parser, buffer, start, this.#framing, this.#close, minorVersion);
      this.stage = 'answering';
      upstream.body.begin(parser.framing, parser.contentLength);
      return at;
    }
    return -1;
  }

  #answerBody(upstream: Upstream, buffer: Buffer, start: number, end: number): void {
    const { draft, options, clock } = this.#hub;
    const { body } = upstream;
    const { socket } = this.#client;
    let result = body.read(buffer, start, end);
    while (result === 'data') {
      writePayload(this.#hub, buffer, body, this.#framing === 'chunked');
      result = body.read(buffer, body.position, end);
    }
    if (result === 'malformed') {
      draft.send(socket);
      this.#abort('malformed-answer');
      return;
    }
    writePayload(this.#hub, buffer, body, this.#framing === 'chunked');
    if (result === 'done') {
      if (this.#framing === 'chunked') draft.all(lastChunk);
      this.#finish(upstream, upstream.parser.keepAlive && body.position === end);
      return;
    }
    draft.send(socket);
    if (socket.writableNeedDrain) upstream.socket.pause();
    this.deadlineMs = clock.monotonicMs() + options.stallTimeoutMs;
  }

  #finish(upstream: Upstream, reusable: boolean): void {
    const close = this.#close;
    const { status } = upstream.parser;
    const failed = status >= 500;
    if (status === 429 && this.#replica !== null) this.#replica.limited++;
    this.#hub.draft.send(this.#client.socket);
    this.#end(failed ? '5xx' : undefined, failed, reusable && this.requestComplete);
    this.#client.finished(close ? 'close' : 'keep');
  }

  #abort(error: string): void {
    this.#hub.draft.clear();
    this.#end(error, true);
    this.#client.finished('abort');
  }

  /** Counts the exchange, gives back what it held. */
  #end(error: string | undefined, replicasFault: boolean, reusable = false): void {
    const nowMs = this.#hub.clock.monotonicMs();
    if (this.stage === 'waiting') this.#service.forget(this);
    this.deadlineMs = never;
    this.#hub.bodyBytesInFlight -= this.#reserved;
    this.#reserved = 0;
    this.#service.record(this.#route, error, (nowMs - this.#startedMs) * 1000);
    if (this.#upstream !== null && error !== 'client-gone') this.#count(replicasFault, nowMs);
    else if (this.#upstream !== null) (this.#replica as Replica).requests++;
    if (this.stage !== 'waiting' && this.#replica !== null) this.#leaveReplica(reusable);
    this.stage = 'none';
    this.#replica = null;
    if (!this.requestComplete) this.#client.socket.resume();
  }

  #count(failed: boolean, nowMs: number): void {
    const replica = this.#replica as Replica;
    replica.requests++;
    if (failed) replica.errors++;
    this.#service.answered(replica, failed, nowMs - this.#offeredMs);
  }

  #leaveReplica(reusable: boolean): void {
    const upstream = this.#upstream;
    const replica = this.#replica as Replica;
    this.#replica = this.#upstream = null;
    this.#partialHead = null;
    if (upstream?.socket.isPaused()) upstream.socket.resume();
    replica.release(this, upstream, reusable, this.#hub.clock.monotonicMs());
    this.#service.freed(replica);
  }
}

function writePayload(hub: Hub, buffer: Buffer, body: BodyReader, inChunks: boolean): void {
  const bytes = body.payloadEnd - body.payloadStart;
  if (bytes === 0) return;
  const { draft } = hub;
  if (inChunks) {
    draft.hex(bytes);
    draft.all(lineEnd);
  }
  draft.copy(buffer, body.payloadStart, body.payloadEnd);
  if (inChunks) draft.all(lineEnd);
}
