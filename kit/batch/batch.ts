/**
 * Single rows written many at once. Each caller's promise settles after the commit of its row, with its own error.
 *
 * What is sent when, and what is done after a failure, stands in `decide.ts`; here is what these decisions are carried out with.
 */
import { backoffMs } from '@palier/base/backoff';
import type { Cancel } from '@palier/base/timers';
import { PalierError } from '@palier/base/error';
import { kitError } from '../errors.ts';
import { outcomeOf, type StateSurroundings } from '../state/index.ts';
import { againBackoff, nextOf, remedyFor } from './decide.ts';
import { type Entry, Held, type Slot } from './held.ts';
import type { TableMeters } from './meters.ts';
import type { BatchLimits, Quarantined } from './options.ts';
import { type ReadRow, rowReader } from './shape.ts';
import type { RowForm, RowWriter } from './writer.ts';

export interface Batch<Row> extends AsyncDisposable {
  /**
   * Resolves when the row is committed. Rejects with what the database has against this row (PALIER_SQL_…), or PALIER_BATCH_VALUE, _SIZE,
   * _FULL, _LATE, _CLOSED; `outcomeOf(error)` says whether it may be there all the same. Adding it again is safe.
   */
  add(row: Row): Promise<void>;
  /**
   * Adds all of them, taking the next ones as room comes, and resolves when all are settled. Rows that are refused for themselves are counted
   * and go to the quarantine; any other error ends it, and is thrown when those that were taken are settled.
   */
  addAll(rows: Iterable<Row> | AsyncIterable<Row>): Promise<{ readonly written: number; readonly refused: number }>;
  /** Resolves when this row would be taken, in the order of those who ask. */
  room(row: Row): Promise<void>;
  /** Resolves when every row that was added before is settled. */
  flush(): Promise<void>;
  /** Takes no more rows, writes those that are held for `closeWithinMs`, and resolves when all are settled. The database stays open. */
  close(): Promise<void>;
  /** The last `maxQuarantined` rows that the database refused, unless they are handed to a function. */
  readonly quarantined: readonly Quarantined<Row>[];
  readonly counts: BatchCounts;
}

export interface BatchCounts {
  /** Rows whose promise resolved, was rejected for the row, was rejected for another reason. */
  readonly written: number;
  readonly quarantined: number;
  readonly failed: number;
  /** Writes that went in, and those that failed and were made again. */
  readonly writes: number;
  readonly again: number;
  readonly heldRows: number;
  readonly heldBytes: number;
}

export interface BatchSettings<Row> extends BatchLimits {
  readonly quarantine: ((bad: Quarantined<Row>) => void) | undefined;
  readonly meters: TableMeters | undefined;
}

/** Rows that were added between two calls of flush(). */
interface Generation {
  left: number;
  done: (() => void) | undefined;
}

interface Pending<Row> extends Entry {
  readonly row: Row;
  readonly generation: Generation;
  /** It was sent, and whether it went in is not known. */
  mayBeThere: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

interface Asking {
  readonly bytes: number;
  give(): void;
}

/** Callers of room() that wait; one more is refused. */
const maxAsking = 10_000;
/** How fast what is measured (rows in a millisecond, the time of a write) follows what is true. */
const smoothing = 0.2;

export class RowBatch<Row extends object> implements Batch<Row> {
  readonly #writer: RowWriter;
  readonly #around: StateSurroundings;
  readonly #settings: BatchSettings<Row>;
  readonly #read: (row: Row) => ReadRow;
  readonly #held: Held<Pending<Row>>;
  readonly #returned: Slot<Pending<Row>>[][] = [];
  readonly #asking: Asking[] = [];
  readonly #quarantined: Quarantined<Row>[] = [];
  readonly #counts = { written: 0, quarantined: 0, failed: 0, writes: 0, again: 0 };
  #generation: Generation = { left: 0, done: undefined };
  readonly #generations = new Set<Promise<void>>();
  #flights = 0;
  #flyingRows = 0;
  #writeMs = 0;
  #planned = false;
  #cancelWake: Cancel | undefined;
  #pausedUntilMs = 0;
  #failuresInARow = 0;
  #statementsRefused = 0;
  #rate = { rowsPerMs: 0, rows: 0, sinceMs: 0 };
  #closing: Promise<void> | undefined;
  #givenUp = false;
  #lastError: unknown;

  constructor(writer: RowWriter, form: RowForm, around: StateSurroundings, settings: BatchSettings<Row>) {
    this.#writer = writer;
    this.#around = around;
    this.#settings = {
      ...settings,
      maxRows: Math.min(settings.maxRows, writer.maxRows),
      maxBytes: Math.min(settings.maxBytes, writer.maxBytes),
      inFlight: Math.min(settings.inFlight, writer.maxInFlight),
    };
    this.#read = rowReader(form);
    this.#held = new Held(form.onDuplicate);
  }

  get quarantined(): readonly Quarantined<Row>[] {
    return this.#quarantined;
  }

  get counts(): BatchCounts {
    return { ...this.#counts, heldRows: this.#held.rows, heldBytes: this.#held.bytes };
  }

  add(row: Row): Promise<void> {
    // One promise for each row: with several, as `async` would make, they cost more than all else here.
    try {
      const read = this.#checked(row);
      return this.#hasRoom(read.bytes) ? this.#put(row, read) : Promise.reject(this.#full());
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async addAll(
    rows: Iterable<Row> | AsyncIterable<Row>,
  ): Promise<{ readonly written: number; readonly refused: number }> {
    const count = { written: 0, refused: 0, pending: 0 };
    let stop: { readonly error: unknown } | undefined;
    let allSettled: (() => void) | undefined;
    const failed = (error: unknown): void => {
      if (isOfRow(error)) count.refused++;
      else stop ??= { error };
    };
    for await (const row of rows) {
      try {
        const read = this.#checked(row);
        await this.#roomFor(read.bytes);
        count.pending++;
        void this.#put(row, read)
          .then(() => void count.written++, failed)
          .finally(() => --count.pending === 0 && allSettled?.());
      } catch (error) {
        failed(error);
      }
      if (stop !== undefined) break;
    }
    if (count.pending > 0) await new Promise<void>((resolve) => (allSettled = resolve));
    if (stop !== undefined) throw stop.error;
    return { written: count.written, refused: count.refused };
  }

  async room(row: Row): Promise<void> {
    await this.#roomFor(this.#checked(row).bytes);
  }

  async flush(): Promise<void> {
    const generation = this.#generation;
    if (generation.left > 0) {
      this.#generation = { left: 0, done: undefined };
      const done = new Promise<void>((resolve) => {
        generation.done = () => {
          this.#generations.delete(done);
          resolve();
        };
      });
      this.#generations.add(done);
      this.#soon();
    }
    await Promise.all(this.#generations);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const cancel = this.#around.timers.after(this.#settings.closeWithinMs, () => {
      this.#givenUp = true;
      this.#pump();
    });
    await this.flush();
    cancel();
    this.#cancelWake?.();
  }

  /** Throws PALIER_BATCH_CLOSED, PALIER_BATCH_VALUE, PALIER_BATCH_SIZE. */
  #checked(row: Row): ReadRow {
    if (this.#closing !== undefined) throw kitError('PALIER_BATCH_CLOSED', { outcome: 'none' });
    const read = this.#read(row);
    const most = Math.min(this.#writer.maxRowBytes, this.#settings.maxHeldBytes);
    if (read.bytes > most) throw kitError('PALIER_BATCH_SIZE', { bytes: read.bytes, most, outcome: 'none' });
    return read;
  }

  #put(row: Row, { key, values, bytes }: ReadRow): Promise<void> {
    // Closed while it waited for room.
    if (this.#closing !== undefined) return Promise.reject(kitError('PALIER_BATCH_CLOSED', { outcome: 'none' }));
    return new Promise((resolve, reject) => {
      const generation = this.#generation;
      generation.left++;
      const addedMs = this.#around.clock.monotonicMs();
      this.#held.put(key, { row, values, bytes, addedMs, generation, mayBeThere: false, resolve, reject });
      this.#rate.rows++;
      this.#soon();
    });
  }

  #hasRoom(bytes: number): boolean {
    const { maxHeldRows, maxHeldBytes } = this.#settings;
    return this.#held.rows < maxHeldRows && this.#held.bytes + bytes <= maxHeldBytes;
  }

  async #roomFor(bytes: number): Promise<void> {
    // Again, because who did not ask may have been quicker.
    while (this.#asking.length > 0 || !this.#hasRoom(bytes)) {
      if (this.#asking.length >= maxAsking) throw this.#full();
      await new Promise<void>((give) => this.#asking.push({ bytes, give }));
      if (this.#hasRoom(bytes)) return;
    }
  }

  /** Tells those who ask for room, in their order, as many as there is room for. */
  #giveRoom(): void {
    let rows = this.#settings.maxHeldRows - this.#held.rows;
    let bytes = this.#settings.maxHeldBytes - this.#held.bytes;
    for (let next = this.#asking[0]; next !== undefined && rows > 0 && next.bytes <= bytes; next = this.#asking[0]) {
      rows--;
      bytes -= next.bytes;
      this.#asking.shift();
      next.give();
      // Not all who are told take it.
      this.#soon();
    }
  }

  #full(): PalierError {
    return kitError('PALIER_BATCH_FULL', { rows: this.#held.rows, bytes: this.#held.bytes, outcome: 'none' });
  }

  /** Once all that came in this turn of the event loop is there: who was just answered brings his next row. */
  #soon(): void {
    if (this.#planned) return;
    this.#planned = true;
    this.#around.timers.soon(() => {
      this.#planned = false;
      this.#pump();
    });
  }

  #pump(): void {
    const nowMs = this.#around.clock.monotonicMs();
    this.#measureRate(nowMs);
    this.#dropOverdue(nowMs);
    this.#giveRoom();
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    for (;;) {
      const next = nextOf(
        {
          rows: this.#held.readyRows,
          bytes: this.#held.readyBytes,
          oldestMs: this.#held.oldestMs,
          flights: this.#flights,
          flyingRows: this.#flyingRows,
          writeMs: this.#writeMs,
          returned: this.#returned.length,
          pausedUntilMs: this.#pausedUntilMs,
          hurried: this.#generations.size > 0,
          rowsPerMs: this.#rate.rowsPerMs,
        },
        this.#settings,
        nowMs,
      );
      if (next.kind === 'send') {
        void this.#fly(this.#returned.shift() ?? this.#held.take(next.maxRows, this.#settings.maxBytes));
        continue;
      }
      if (next.untilMs !== null) this.#cancelWake = this.#around.timers.after(next.untilMs - nowMs, () => this.#pump());
      return;
    }
  }

  async #fly(slots: Slot<Pending<Row>>[]): Promise<void> {
    const rows = slots.length;
    const sinceMs = this.#around.clock.monotonicMs();
    this.#flights++;
    this.#flyingRows += rows;
    try {
      await this.#writer.write(slots.map((slot) => this.#held.written(slot)));
      this.#landed(slots, sinceMs);
    } catch (error) {
      this.#failed(slots, error);
    } finally {
      this.#flights--;
      this.#flyingRows -= rows;
      this.#settings.meters?.held.set(this.#held.rows);
      this.#soon();
    }
  }

  #landed(slots: readonly Slot<Pending<Row>>[], sinceMs: number): void {
    const nowMs = this.#around.clock.monotonicMs();
    const tookMs = nowMs - sinceMs;
    this.#writeMs = this.#writeMs === 0 ? tookMs : this.#writeMs + smoothing * (tookMs - this.#writeMs);
    this.#failuresInARow = 0;
    this.#lastError = undefined;
    this.#statementsRefused = 0;
    this.#counts.writes++;
    this.#settings.meters?.rowsOfWrite.observe(slots.length);
    for (const slot of slots) {
      for (const entry of this.#held.dropAll(slot)) {
        this.#settings.meters?.commitSeconds.observe((nowMs - entry.addedMs) / 1000);
        this.#settings.meters?.written.add();
        this.#counts.written++;
        this.#left(entry.generation);
        entry.resolve();
      }
    }
  }

  #failed(slots: Slot<Pending<Row>>[], error: unknown): void {
    const remedy = remedyFor({ error, rows: slots.length, statementsRefused: this.#statementsRefused });
    if (outcomeOf(error) === 'unknown') for (const slot of slots) this.#held.written(slot).mayBeThere = true;
    switch (remedy.kind) {
      case 'again':
        this.#pause();
        this.#returned.unshift(slots);
        break;
      case 'halve': {
        if (remedy.pause) this.#pause();
        const middle = Math.ceil(slots.length / 2);
        this.#returned.unshift(slots.slice(0, middle), slots.slice(middle));
        break;
      }
      case 'refuse':
        if (slots.length === 1 && (error as Partial<PalierError>).code === 'PALIER_SQL_STATEMENT')
          this.#statementsRefused++;
        for (const slot of slots) this.#refuse(slot, error);
        break;
      case 'end':
        for (const slot of slots) for (const entry of slot.entries.slice()) this.#fail(slot, entry, error);
        break;
    }
    if (remedy.kind === 'again' || remedy.kind === 'halve') {
      this.#lastError = error;
      this.#counts.again++;
      this.#settings.meters?.again.add();
    }
  }

  #pause(): void {
    const { clock, random } = this.#around;
    this.#pausedUntilMs = clock.monotonicMs() + backoffMs(this.#failuresInARow, againBackoff, random);
    this.#failuresInARow++;
  }

  /** The row that was sent is bad. Others of its key have not been tried. */
  #refuse(slot: Slot<Pending<Row>>, error: unknown): void {
    const entry = this.#held.written(slot);
    this.#settle(slot, entry);
    entry.reject(error);
    this.#counts.quarantined++;
    this.#settings.meters?.quarantined.add();
    this.#quarantine({ row: entry.row, error });
    if (slot.entries.length > 0) this.#returned.push([slot]);
  }

  #quarantine(bad: Quarantined<Row>): void {
    const { quarantine, maxQuarantined } = this.#settings;
    if (quarantine === undefined) {
      this.#quarantined.push(bad);
      if (this.#quarantined.length > maxQuarantined) this.#quarantined.shift();
      return;
    }
    try {
      quarantine(bad);
    } catch (error) {
      this.#around.log('error', 'the quarantine of a batch failed', { reason: String(error) });
    }
  }

  #fail(slot: Slot<Pending<Row>>, entry: Pending<Row>, error: unknown): void {
    this.#settle(slot, entry);
    this.#counts.failed++;
    this.#settings.meters?.failed.add();
    entry.reject(error);
  }

  #settle(slot: Slot<Pending<Row>>, entry: Pending<Row>): void {
    this.#held.drop(slot, entry);
    this.#left(entry.generation);
  }

  #left(generation: Generation): void {
    generation.left--;
    if (generation.left === 0) generation.done?.();
  }

  /** Rows that were tried, or have waited, for too long. */
  #dropOverdue(nowMs: number): void {
    const sinceMs = this.#givenUp ? Number.POSITIVE_INFINITY : nowMs - this.#settings.maxAgeMs;
    const dropFrom = (slot: Slot<Pending<Row>>): void => {
      for (const entry of slot.entries.filter(({ addedMs }) => addedMs <= sinceMs)) {
        this.#fail(slot, entry, this.#late(nowMs - entry.addedMs, entry.mayBeThere));
      }
    };
    for (const slots of this.#returned.splice(0)) {
      slots.forEach(dropFrom);
      const left = slots.filter(({ entries }) => entries.length > 0);
      if (left.length > 0) this.#returned.push(left);
    }
    while (this.#held.readyRows > 0 && this.#held.oldestMs <= sinceMs) {
      const slots = this.#held.take(1, Number.POSITIVE_INFINITY);
      slots.forEach(dropFrom);
      if (slots.some(({ entries }) => entries.length > 0)) this.#returned.push(slots);
    }
  }

  #late(ageMs: number, mayBeThere: boolean): PalierError {
    const why = this.#lastError instanceof Error ? this.#lastError.message : 'others were before it';
    const facts = { ageMs: Math.round(ageMs), why, outcome: mayBeThere ? 'unknown' : 'none' };
    return kitError('PALIER_BATCH_LATE', facts, { cause: this.#lastError });
  }

  #measureRate(nowMs: number): void {
    const { rowsPerMs, rows, sinceMs } = this.#rate;
    const elapsedMs = nowMs - sinceMs;
    if (elapsedMs < 1) return;
    this.#rate = { rowsPerMs: rowsPerMs + smoothing * (rows / elapsedMs - rowsPerMs), rows: 0, sinceMs: nowMs };
  }
}

/** Against this row, and not against its time: the next one may fare better. */
function isOfRow(error: unknown): boolean {
  if (!(error instanceof PalierError)) return true;
  return error.retry === 'never' && error.code !== 'PALIER_BATCH_CLOSED' && error.code !== 'PALIER_STATE_CLOSED';
}
