/**
 * Port: a byte stream to the target.
 *
 * Its contract: `opened` once, then any number of `data`; `ended` (the peer sends no more) or `failed` is the last event, and after it
 * the wire is of no use. After `destroy` there is none. No event comes during a call of `Dial`, `write` or `destroy`.
 * `write` copies nothing: as long as `unsentBytes` is above 0 the octets may still be read from where they are.
 */

export interface WireEvents {
  opened(): void;
  /** The first `length` octets of the window came in; they hold only during the call. */
  data(window: Buffer, length: number): void;
  ended(): void;
  failed(error: NodeJS.ErrnoException): void;
}

export interface Wire {
  /** After `opened` only. */
  write(bytes: Uint8Array | string, rest: Uint8Array | null): void;
  /** Octets that the system has not taken yet. */
  readonly unsentBytes: number;
  destroy(): void;
}

/** What one wire of a user leaves for its next one; the user keeps it, the wire fills it. */
export interface Keepsake {
  /** The TLS session to take up again. */
  session: Buffer | null;
}

/** Opens a wire; from `localAddress` if it is not null. */
export type Dial = (localAddress: string | null, events: WireEvents, keepsake: Keepsake) => Wire;
