/**
 * Which request has waited longest. All requests have the same timeout, so those in flight stand in a linked list in the order of their
 * beginning: joining and leaving it cost nothing, and only its head can be overdue.
 */

/** What stands in the list; the fields are the list's. */
export interface Waiting {
  earlier: Waiting | null;
  later: Waiting | null;
  sinceMs: number;
}

export class Deadlines<T extends Waiting> {
  #first: T | null = null;
  #last: T | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds what is not in the list. `nowMs` never goes back. */
  add(entry: T, nowMs: number): void {
    entry.sinceMs = nowMs;
    entry.earlier = this.#last;
    if (this.#last === null) this.#first = entry;
    else this.#last.later = entry;
    this.#last = entry;
    this.#size++;
  }

  /** Removes what is in the list. */
  remove(entry: T): void {
    if (entry.earlier === null) this.#first = entry.later as T | null;
    else entry.earlier.later = entry.later;
    if (entry.later === null) this.#last = entry.earlier as T | null;
    else entry.later.earlier = entry.earlier;
    entry.earlier = entry.later = null;
    this.#size--;
  }

  /** The one that has waited longest, if it has since `sinceMs` or before. */
  overdue(sinceMs: number): T | null {
    return this.#first !== null && this.#first.sinceMs <= sinceMs ? this.#first : null;
  }

  /** Any of them. */
  get any(): T | null {
    return this.#first;
  }
}
