/** The wire over a TCP socket of this process. */
import { connect, type Socket } from 'node:net';
import type { Dial, Wire, WireEvents } from './wire.ts';

/** What one read can bring; all sockets share one such window, since each read is dealt with before the next. */
const windowBytes = 64 * 1024;

/** Dials this address, which is no name. */
export function socketDial(host: string, port: number): Dial {
  const window = Buffer.allocUnsafeSlow(windowBytes);
  return (localAddress, events) => new SocketWire(host, port, localAddress, events, window);
}

class SocketWire implements Wire {
  readonly #socket: Socket;
  #events: WireEvents | null;

  constructor(host: string, port: number, localAddress: string | null, events: WireEvents, window: Buffer) {
    this.#events = events;
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      autoSelectFamily: false,
      ...(localAddress === null ? {} : { localAddress }),
      onread: {
        buffer: window,
        callback: (length) => {
          this.#events?.data(window, length);
          return true;
        },
      },
    });
    this.#socket.on('connect', () => this.#events?.opened());
    this.#socket.on('end', () => this.#close((last) => last.ended()));
    this.#socket.on('error', (error) => this.#close((last) => last.failed(error)));
    this.#socket.on('close', () => this.#close((last) => last.ended()));
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array | string, rest: Uint8Array | null): void {
    if (rest === null) {
      this.#socket.write(bytes);
      return;
    }
    this.#socket.cork();
    this.#socket.write(bytes);
    this.#socket.write(rest);
    this.#socket.uncork();
  }

  destroy(): void {
    this.#events = null;
    this.#socket.destroy();
  }

  #close(tell: (last: WireEvents) => void): void {
    const events = this.#events;
    if (events === null) return;
    this.destroy();
    tell(events);
  }
}
