/**
 * Who waits at most how long, when not all wait equally long: a list for each length, since within one the order of their beginning is
 * that of their end. Joining and leaving cost nothing; there are as many lists as the plan has different lengths.
 */
import { Deadlines, type Waiting } from './deadlines.ts';

export class Patience<T extends Waiting> {
  readonly #lists = new Map<number, Deadlines<T>>();

  get size(): number {
    let size = 0;
    for (const list of this.#lists.values()) size += list.size;
    return size;
  }

  /** When the first of them has waited long enough; Infinity when nobody waits. */
  get nextDue(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const [lengthMs, list] of this.#lists) due = Math.min(due, (list.any?.sinceMs ?? due) + lengthMs);
    return due;
  }

  /** Adds what waits nowhere. `nowMs` never goes back. */
  add(entry: T, lengthMs: number, nowMs: number): void {
    let list = this.#lists.get(lengthMs);
    if (list === undefined) this.#lists.set(lengthMs, (list = new Deadlines()));
    list.add(entry, nowMs);
  }

  /** Removes what waits for this length. */
  remove(entry: T, lengthMs: number): void {
    this.#lists.get(lengthMs)?.remove(entry);
  }

  /** The one that was due first, if it is by now; null: nobody is. */
  overdue(nowMs: number): T | null {
    let [first, dueMs] = [null as T | null, nowMs];
    for (const [lengthMs, list] of this.#lists) {
      const { any } = list;
      if (any === null || any.sinceMs + lengthMs > dueMs) continue;
      [first, dueMs] = [any, any.sinceMs + lengthMs];
    }
    return first;
  }

  /** Any of them. */
  get any(): T | null {
    for (const { any } of this.#lists.values()) if (any !== null) return any;
    return null;
  }
}
