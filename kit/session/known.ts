/**
 * What this replica remembers of sessions that it has local copies of, or may have to serve while the state is away: whose cookie was signed
 * right, and what it was when last read. Bounded; the oldest go first. Without either nothing is remembered: a signature costs a microsecond.
 */
import { decodeRecord, type SessionRecord } from './stored/record.ts';
import type { Ticket } from './ticket.ts';

interface Entry {
  readonly ticket: Ticket;
  readonly bytes: Buffer;
  readonly record: SessionRecord;
  readAtMs: number;
}

export class Known {
  readonly #most: number;
  /** By the cookie's value, the longest unused first. */
  readonly #entries = new Map<string, Entry>();

  constructor(most: number) {
    this.#most = most;
  }

  ticket(value: string): Ticket | undefined {
    return this.#entries.get(value)?.ticket;
  }

  /** The record of these bytes, decoded once for as long as they are the same object. Throws PALIER_SESSION_FORMAT. */
  seen(ticket: Ticket, bytes: Buffer, nowMs: number): SessionRecord {
    if (this.#most === 0) return decodeRecord(bytes);
    const entry = this.#entries.get(ticket.value);
    if (entry?.bytes === bytes) {
      entry.readAtMs = nowMs;
      return entry.record;
    }
    const record = decodeRecord(bytes);
    this.#keep({ ticket, bytes, record, readAtMs: nowMs });
    return record;
  }

  /** What was last known of it, if that was less than `withinMs` ago. */
  last(ticket: Ticket, nowMs: number, withinMs: number): SessionRecord | undefined {
    const entry = withinMs > 0 ? this.#entries.get(ticket.value) : undefined;
    return entry !== undefined && nowMs - entry.readAtMs <= withinMs ? entry.record : undefined;
  }

  forget(ticket: Ticket): void {
    this.#entries.delete(ticket.value);
  }

  #keep(entry: Entry): void {
    this.#entries.delete(entry.ticket.value);
    this.#entries.set(entry.ticket.value, entry);
    if (this.#entries.size > this.#most) this.#entries.delete(this.#entries.keys().next().value as string);
  }
}
