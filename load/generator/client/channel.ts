/**
 * Port: a channel of messages to the target, a WebSocket (RFC 6455).
 *
 * Its contract: `opened` or `refused` or `failed` first; after `opened` any number of `message`; `ended` or `failed` is the last event, as
 * is `refused`. After `close` and `destroy` there is none. No event comes during a call of `OpenChannel`, `send`, `close` or `destroy`.
 */

export interface ChannelEvents {
  opened(): void;
  /** The answer to the upgrade was no 101. */
  refused(status: number): void;
  message(content: Buffer): void;
  /** The server closed it. 1006: without a closing handshake (RFC 6455 §7.1.5). */
  ended(code: number, reason: string): void;
  /** `protocol`: the server does not speak the protocol, or went beyond a limit of ours; else the connection failed or broke. */
  failed(error: NodeJS.ErrnoException, protocol: boolean): void;
}

export interface Channel {
  /** After `opened` only; one text message. */
  send(text: string): void;
  /** Octets that the system has not taken yet. */
  readonly unsentBytes: number;
  /** Says goodbye and closes, at the latest after a while. */
  close(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface ChannelRequest {
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
}

/** Opens a channel; from `localAddress` if it is not null. */
export type OpenChannel = (asked: ChannelRequest, localAddress: string | null, events: ChannelEvents) => Channel;
