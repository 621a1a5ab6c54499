/**
 * Puts the seconds of several generators together: a second is told once every generator that still runs has told it or a later one.
 * Holds at most what the slowest of them is behind.
 */
import type { LoadSecond } from '@palier/protocol';
import { mergeLoadSeconds } from './merge.ts';

export class SecondMerger {
  readonly #reached: number[];
  readonly #pending = new Map<number, LoadSecond[]>();
  readonly #tell: (second: LoadSecond) => void;

  constructor(count: number, tell: (second: LoadSecond) => void) {
    this.#reached = Array.from({ length: count }, () => 0);
    this.#tell = tell;
  }

  add(generator: number, second: LoadSecond): void {
    const parts = this.#pending.get(second.atMs);
    if (parts === undefined) this.#pending.set(second.atMs, [second]);
    else parts.push(second);
    this.#reached[generator] = second.atMs;
    this.#flush();
  }

  /** This generator tells no more. */
  done(generator: number): void {
    this.#reached[generator] = Number.POSITIVE_INFINITY;
    this.#flush();
  }

  #flush(): void {
    const upTo = Math.min(...this.#reached);
    const ready = [...this.#pending.keys()].filter((atMs) => atMs <= upTo).sort((a, b) => a - b);
    for (const atMs of ready) {
      this.#tell(mergeLoadSeconds(this.#pending.get(atMs) as LoadSecond[]));
      this.#pending.delete(atMs);
    }
  }
}
