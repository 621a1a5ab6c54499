/**
 * One connection to a replica, used by one request at a time.
 *
 * It reads into memory that all connections share (`onread` of node:net: 5 CPU µs a request less than a new buffer for each read, as
 * measured): whoever is handed a window has used or copied it when the call returns.
 */
import net from 'node:net';
import { BodyReader, type HeadLimits, ResponseParser } from '@palier/base/http1';

/** Who has the connection: a request. */
export interface UpstreamUser {
  /** A connection is there for it, after a wait; `ready` follows when it cannot be written to yet. */
  given(upstream: Upstream): void;
  /** The connection, new, can be written to. */
  ready(upstream: Upstream): void;
  /** Octets [0, end) of `buffer` arrived; the memory is used again after the call. */
  answered(upstream: Upstream, buffer: Buffer, end: number): void;
  /** It is closed, or the replica sends no more. `code` tells why, such as `ECONNRESET`. */
  lost(upstream: Upstream, code: string): void;
  /** All that was written has left this process. */
  drained(): void;
}

/** Who keeps the connections: a replica. */
export interface UpstreamOwner {
  readonly host: string;
  readonly port: number;
  readonly answerLimits: HeadLimits;
  readonly readBuffer: Buffer;
  /** The replica has accepted it: it said something. */
  proven(upstream: Upstream): void;
  closed(upstream: Upstream): void;
}

export class Upstream {
  readonly socket: net.Socket;
  readonly parser: ResponseParser;
  readonly body: BodyReader = new BodyReader();
  user: UpstreamUser | null = null;
  connected = false;
  /** Whether the replica has certainly accepted it; until then it may stand in the replica's backlog. */
  proven = false;
  /** Answers read on it. */
  served = 0;
  /** Whether anything arrived since the request was given to it. */
  gotBytes = false;
  /** For how long the replica keeps it when idle; -1 when it did not say. */
  keepAliveTimeoutMs = -1;
  /** When the present wait began: for the connection itself, or idle for a request. */
  sinceMs: number;

  constructor(owner: UpstreamOwner, nowMs: number) {
    this.sinceMs = nowMs;
    this.parser = new ResponseParser(owner.answerLimits);
    const onread = { buffer: owner.readBuffer, callback: (bytes: number) => this.#read(owner, bytes) };
    this.socket = net.connect({ host: owner.host, port: owner.port, noDelay: true, onread });
    let code = 'ECONNRESET';
    this.socket.on('connect', () => {
      this.connected = true;
      this.user?.ready(this);
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? error.message));
    // The replica sends no more: nothing can be asked on this connection.
    this.socket.on('end', () => this.user?.lost(this, 'FIN'));
    this.socket.on('drain', () => this.user?.drained());
    this.socket.on('close', () => {
      owner.closed(this);
      this.user?.lost(this, code);
    });
  }

  get closed(): boolean {
    return this.socket.destroyed || this.socket.readableEnded || !this.socket.writable;
  }

  /** Ends it at once, without a word to its user. */
  destroy(): void {
    this.user = null;
    this.socket.destroy();
  }

  #read(owner: UpstreamOwner, bytes: number): boolean {
    const buffer = owner.readBuffer;
    if (!this.proven) owner.proven(this);
    if (this.user === null) {
      // Nobody asked: what comes here is no answer to anything.
      this.socket.destroy();
      return false;
    }
    this.gotBytes = true;
    this.user.answered(this, buffer, bytes);
    return true;
  }
}
