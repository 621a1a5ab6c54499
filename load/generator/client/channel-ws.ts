/** The channel over the library ws; only a plan that opens WebSockets loads this file. */
import type { Target } from '@palier/protocol';
import { WebSocket } from 'ws';
import { generatorLimits } from '../options.ts';
import type { Channel, ChannelEvents, ChannelRequest, OpenChannel } from './channel.ts';
import { tlsOptions } from './socket.ts';

/** Opens channels to the target at this address, which is no name. */
export function wsChannels(host: string, { port, authority, tls }: Target): OpenChannel {
  const at = host.includes(':') ? `[${host}]` : host;
  const root = `${tls === null ? 'ws' : 'wss'}://${at}:${port}`;
  const common = {
    // A compressed message costs the generator time that would be measured as the server's.
    perMessageDeflate: false,
    maxPayload: generatorLimits.maxMessageBytes,
    closeTimeout: generatorLimits.closeTimeoutMs,
    noDelay: true,
    autoSelectFamily: false,
    ...(tls === null ? {} : tlsOptions(tls)),
  };
  return (asked, localAddress, events) => {
    const headers = { 'user-agent': 'palier', ...latin(asked.headers), host: authority };
    const from = localAddress === null ? {} : { localAddress };
    const socket = new WebSocket(`${root}${asked.path}`, [...asked.protocols], { ...common, ...from, headers });
    return new WsChannel(socket, events);
  };
}

class WsChannel implements Channel {
  readonly #socket: WebSocket;
  #events: ChannelEvents | null;

  constructor(socket: WebSocket, events: ChannelEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('open', () => this.#events?.opened());
    socket.on('message', (content: Buffer) => this.#events?.message(content));
    socket.on('unexpected-response', (_, answer) => {
      answer.destroy();
      this.#last((events) => events.refused(answer.statusCode ?? 0));
    });
    socket.on('close', (code, reason) => this.#last((events) => events.ended(code, reason.toString())));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // What the library objects to has a code of its own, or, in the handshake, none; HPE: of Node's HTTP parser.
      const protocol = error.code === undefined || /^(WS_ERR|HPE)_/.test(error.code);
      this.#last((events) => events.failed(error, protocol));
    });
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    this.#socket.send(text, { binary: false });
  }

  close(): void {
    this.#events = null;
    // Before it is open it can only be given up, which the library tells as an error.
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close(1000);
  }

  destroy(): void {
    this.#events = null;
    this.#socket.terminate();
  }

  #last(tell: (events: ChannelEvents) => void): void {
    const events = this.#events;
    if (events === null) return;
    this.destroy();
    tell(events);
  }
}

/** Header values go out as the octets of their UTF-8, as those of requests do; Node writes one octet a character. */
function latin(headers: ChannelRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  );
}
