/**
 * A connection of a client: reads requests one after the other, lets the exchange answer each, minds the client's time limits.
 * A request that comes before the last one is answered (pipelining) waits in its place, the socket paused.
 */
import type { Socket } from 'node:net';
import { RequestParser } from '@palier/base/http1';
import { requestHeadLimits } from '../options.ts';
import { Exchange, type ExchangeClient, type ExchangeService } from './exchange.ts';
import type { Hub } from './hub.ts';
import { type Refusal, refusalOf, refusalText } from './refusal.ts';
import type { Edge } from './request-head.ts';

/** `idle`: between requests; `head`: in a head; `busy`: the exchange has it; `closing`: we said all, the client may read it still. */
type Phase = 'idle' | 'head' | 'busy' | 'closing' | 'closed';

export class Client implements ExchangeClient {
  readonly socket: Socket;
  readonly edge: Edge;
  readonly #hub: Hub;
  readonly #service: ExchangeService;
  readonly #parser: RequestParser;
  readonly #exchange: Exchange;
  #phase: Phase = 'idle';
  #deadlineMs: number;
  /** The part of a head that is there. */
  #partial: Buffer | null = null;
  /** What came behind the request that is being answered. */
  #rest: Buffer | null = null;
  #reading = false;
  /** The client sends no more. */
  #ended = false;
  #lingered = 0;
  readonly #closed: (client: Client) => void;

  constructor(socket: Socket, edge: Edge, service: ExchangeService, hub: Hub, closed: (client: Client) => void) {
    this.socket = socket;
    this.edge = edge;
    this.#hub = hub;
    this.#service = service;
    this.#closed = closed;
    this.#parser = new RequestParser(requestHeadLimits(hub.options));
    this.#exchange = new Exchange(this, this.#parser, service, hub);
    this.#deadlineMs = hub.clock.monotonicMs() + hub.options.idleTimeoutMs;
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
    socket.on('end', () => this.#end());
    // 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#close());
    socket.on('drain', () => this.#exchange.clientDrained());
  }

  stash(bytes: Buffer): void {
    this.#rest = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
    this.socket.pause();
  }

  finished(outcome: 'keep' | 'close' | 'abort'): void {
    if (this.#phase === 'closed') return;
    if (outcome === 'abort') {
      // A reset, so that a body that only our closing would delimit is not taken for whole.
      this.#phase = 'closed';
      this.socket.resetAndDestroy();
    } else if (outcome === 'close' || this.#ended || this.#hub.stopping) this.#say();
    else {
      this.#phase = 'idle';
      this.#deadlineMs = this.#hub.clock.monotonicMs() + this.#hub.options.idleTimeoutMs;
      if (this.#rest !== null) this.#readRest();
    }
  }

  /** Ends it if nothing is asked at present: the balancer is being stopped. */
  closeIdle(): void {
    if (this.#phase === 'idle' || this.#phase === 'head') this.#say();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Says why, and that is all. */
  turnAway(refusal: Refusal): void {
    this.#refuse(refusal);
  }

  /** Looks at the deadlines. */
  tick(nowMs: number): void {
    if (this.#phase === 'busy') {
      if (nowMs >= this.#exchange.deadlineMs) this.#exchange.expire(this.#ended);
    } else if (nowMs >= this.#deadlineMs) {
      if (this.#phase === 'head') this.#refuse('request-timeout');
      else if (this.#phase === 'idle') this.#say();
      else this.socket.destroy();
    }
  }

  #data(chunk: Buffer): void {
    switch (this.#phase) {
      case 'idle':
      case 'head':
        this.#read(this.#partial === null ? chunk : Buffer.concat([this.#partial, chunk]));
        break;
      case 'busy':
        if (this.#exchange.requestComplete) this.stash(chunk);
        else this.#exchange.more(chunk);
        break;
      case 'closing':
        this.#lingered += chunk.length;
        if (this.#lingered > this.#hub.options.maxLingerBytes) this.socket.destroy();
        break;
      default:
    }
  }

  #read(window: Buffer): void {
    const result = this.#parser.parse(window, 0, window.length);
    if (result === 'head') {
      this.#partial = null;
      this.#phase = 'busy';
      this.#exchange.begin(window, this.#parser.headBytes);
    } else if (result === 'malformed') {
      const reason = this.#parser.reason ?? 'bad-start-line';
      this.#refuse(refusalOf(reason), reason);
    } else {
      this.#partial = window;
      if (this.#phase === 'head') return;
      this.#phase = 'head';
      this.#deadlineMs = this.#hub.clock.monotonicMs() + this.#hub.options.headTimeoutMs;
    }
  }

  /** Goes through what was stashed, in a loop: answers that need no replica finish within the call. */
  #readRest(): void {
    if (this.#reading) return;
    this.#reading = true;
    while (this.#phase === 'idle' && this.#rest !== null) {
      const window = this.#rest;
      this.#rest = null;
      this.#read(window);
    }
    this.#reading = false;
    if (this.#rest === null && this.#phase !== 'closed' && this.#exchange.requestComplete) this.socket.resume();
  }

  /** A request that could not be read: what follows it cannot be read either. */
  #refuse(refusal: Refusal, detail?: string): void {
    this.#partial = null;
    this.#service.record(-1, refusal, 0);
    const text = refusalText(refusal, { detail, close: true, answersHead: false, minorVersion: 1 });
    this.socket.write(text, 'latin1');
    this.#say();
  }

  /** We say no more; what the client still sends is read for a while, so that no reset destroys our last answer. */
  #say(): void {
    this.#phase = 'closing';
    this.#rest = this.#partial = null;
    this.#deadlineMs = this.#hub.clock.monotonicMs() + this.#hub.options.lingerMs;
    this.socket.end();
    this.socket.resume();
  }

  #end(): void {
    this.#ended = true;
    if (this.#phase === 'busy' && this.#exchange.clientEnded(this.#hub.clock.monotonicMs())) return;
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#say();
  }

  #close(): void {
    if (this.#phase === 'busy') this.#exchange.clientGone();
    this.#phase = 'closed';
    this.#rest = this.#partial = null;
    this.#closed(this);
  }
}
