/** The wire over a socket of this process: TCP, or TLS on it. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, createSecureContext } from 'node:tls';
import type { TargetTls } from '@palier/protocol';
import type { Dial, Wire, WireEvents } from './wire.ts';

type TlsOptions = Pick<ConnectionOptions, 'secureContext' | 'ALPNProtocols' | 'rejectUnauthorized' | 'servername'>;

/** What one read can bring; all sockets share one such window, since each read is dealt with before the next. */
const windowBytes = 64 * 1024;

/** Dials this address, which is no name. */
export function socketDial(host: string, port: number, tls: TargetTls | null): Dial {
  const window = Buffer.allocUnsafeSlow(windowBytes);
  const common = { host, port, noDelay: true, autoSelectFamily: false };
  const from = (localAddress: string | null): { localAddress?: string } =>
    localAddress === null ? {} : { localAddress };
  if (tls === null) {
    return (localAddress, events) => {
      const wire = new SocketWire(events, window);
      const socket = connect({ ...common, ...from(localAddress), onread: wire.reading });
      return wire.over(socket, 'connect');
    };
  }
  const options = tlsOptions(tls);
  return (localAddress, events, keepsake) => {
    const wire = new SocketWire(events, window);
    const session = keepsake.session === null ? {} : { session: keepsake.session };
    // A variable, since the types lack what `connect` hands on to the socket below.
    const all = { ...common, ...options, ...from(localAddress), ...session, onread: wire.reading };
    const socket = connectTls(all);
    // A later one takes its place: a ticket of TLS 1.3 is meant to be used once (RFC 8446 §C.4).
    socket.on('session', (ticket: Buffer) => {
      keepsake.session = ticket;
    });
    return wire.over(socket, 'secureConnect');
  };
}

/** One secure context for all connections: it holds the trusted certificates, and to read them takes milliseconds. */
export function tlsOptions({ servername, verify }: TargetTls): TlsOptions {
  return {
    secureContext: createSecureContext(),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: verify,
    ...(servername === null ? {} : { servername }),
  };
}

class SocketWire implements Wire {
  readonly reading: { readonly buffer: Buffer; readonly callback: (length: number) => boolean };
  #socket: Socket | null = null;
  #opened = false;
  #events: WireEvents | null;

  constructor(events: WireEvents, window: Buffer) {
    this.#events = events;
    this.reading = {
      buffer: window,
      callback: (length) => {
        this.#events?.data(window, length);
        return true;
      },
    };
  }

  /** `ready`: the event that tells that requests may be written. */
  over(socket: Socket, ready: 'connect' | 'secureConnect'): this {
    this.#socket = socket;
    socket.on(ready, () => {
      this.#opened = true;
      this.#events?.opened();
    });
    // An end in the middle of a TLS handshake is told by the error that follows.
    socket.on('end', () => {
      if (this.#opened) this.#close((last) => last.ended());
    });
    socket.on('error', (error) => this.#close((last) => last.failed(error)));
    socket.on('close', () => this.#close((last) => last.ended()));
    return this;
  }

  get unsentBytes(): number {
    return this.#socket?.writableLength ?? 0;
  }

  write(bytes: Uint8Array | string, rest: Uint8Array | null): void {
    const socket = this.#socket as Socket;
    if (rest === null) {
      socket.write(bytes);
      return;
    }
    socket.cork();
    socket.write(bytes);
    socket.write(rest);
    socket.uncork();
  }

  destroy(): void {
    this.#events = null;
    this.#socket?.destroy();
  }

  #close(tell: (last: WireEvents) => void): void {
    const events = this.#events;
    if (events === null) return;
    this.destroy();
    tell(events);
  }
}
