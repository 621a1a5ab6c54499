/** What this replica remembers: cookies whose signature was right, and what their sessions were when last read. Bounded; the oldest go first. */
import { decodeRecord, type SessionRecord } from './stored/record.ts';
import type { Ticket } from './ticket.ts';

interface Entry {
  readonly ticket: Ticket;
  bytes: Buffer | undefined;
  record: SessionRecord | undefined;
  readAtMs: number;
}

export class Known {
  readonly #most: number;
  readonly #keeps: 'tickets' | 'copies' | 'all';
  /** By the cookie's value, the longest unused first. */
  readonly #entries = new Map<string, Entry>();

  /**
   * `tickets`: only whose signature was right; `copies`: what somebody else holds as bytes anyway is decoded once; `all`: to be served when the
   * state is away.
   */
  constructor(most: number, keeps: 'tickets' | 'copies' | 'all') {
    this.#most = most;
    this.#keeps = keeps;
  }

  ticket(value: string): Ticket | undefined {
    return this.#entries.get(value)?.ticket;
  }

  /** The record of these bytes, decoded once for as long as they are the same object. Throws PALIER_SESSION_FORMAT. */
  seen(ticket: Ticket, bytes: Buffer, nowMs: number): SessionRecord {
    const entry = this.#entries.get(ticket.value);
    if (entry?.record !== undefined && entry.bytes === bytes) {
      entry.readAtMs = nowMs;
      return entry.record;
    }
    const record = decodeRecord(bytes);
    if (this.#keeps !== 'tickets') this.#keep({ ticket, bytes, record, readAtMs: nowMs });
    else if (entry === undefined) this.#keep({ ticket, bytes: undefined, record: undefined, readAtMs: nowMs });
    return record;
  }

  /** What was last known of it, if that was less than `withinMs` ago. */
  last(ticket: Ticket, nowMs: number, withinMs: number): SessionRecord | undefined {
    const entry = this.#keeps === 'all' ? this.#entries.get(ticket.value) : undefined;
    return entry !== undefined && nowMs - entry.readAtMs <= withinMs ? entry.record : undefined;
  }

  forget(ticket: Ticket): void {
    this.#entries.delete(ticket.value);
  }

  #keep(entry: Entry): void {
    if (this.#most === 0) return;
    this.#entries.delete(entry.ticket.value);
    this.#entries.set(entry.ticket.value, entry);
    if (this.#entries.size > this.#most) this.#entries.delete(this.#entries.keys().next().value as string);
  }
}
