/** What is due next: a binary heap, so that 100 000 waiting users cost no timer each. */

export class Agenda<T> {
  readonly #due: number[] = [];
  readonly #items: T[] = [];

  get size(): number {
    return this.#due.length;
  }

  /** When the next item is due; Infinity when there is none. */
  get nextDue(): number {
    return this.#due.length === 0 ? Number.POSITIVE_INFINITY : (this.#due[0] as number);
  }

  add(due: number, item: T): void {
    let i = this.#due.length;
    this.#due.push(due);
    this.#items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((this.#due[parent] as number) <= due) break;
      this.#set(i, this.#due[parent] as number, this.#items[parent] as T);
      i = parent;
    }
    this.#set(i, due, item);
  }

  /** Takes the item that is due first; undefined when there is none. */
  take(): T | undefined {
    const size = this.#due.length - 1;
    if (size < 0) return undefined;
    const first = this.#items[0] as T;
    const due = this.#due.pop() as number;
    const item = this.#items.pop() as T;
    if (size > 0) this.#sink(due, item);
    return first;
  }

  #sink(due: number, item: T): void {
    const size = this.#due.length;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && (this.#due[child + 1] as number) < (this.#due[child] as number)) child++;
      if (due <= (this.#due[child] as number)) break;
      this.#set(i, this.#due[child] as number, this.#items[child] as T);
      i = child;
    }
    this.#set(i, due, item);
  }

  #set(i: number, due: number, item: T): void {
    this.#due[i] = due;
    this.#items[i] = item;
  }
}
