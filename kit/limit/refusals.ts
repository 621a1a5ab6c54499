/**
 * Refusals that are known still to hold, so that they need no call: a bucket only fills with time, so who was refused for so long will be
 * refused until then, unless something is given back. Counted from before the call was sent: never longer than the bucket itself would.
 */
import type { Terms } from './bucket/gcra.ts';
import { Remembered } from './remembered.ts';

interface Refusal {
  /** When the bucket would be full, on this process' clock. */
  readonly fullMs: number;
  readonly forgetMs: number;
}

export class Refusals {
  readonly #known: Remembered<Refusal>;
  readonly #repeatMs: number;

  constructor(most: number, repeatMs: number) {
    this.#known = new Remembered(most);
    this.#repeatMs = repeatMs;
  }

  /** `aheadUs`: how far the arrival time lay in the future. */
  add(key: string, aheadUs: number, sentMs: number): void {
    if (this.#repeatMs === 0) return;
    this.#known.set(key, { fullMs: sentMs + aheadUs / 1000, forgetMs: sentMs + this.#repeatMs });
  }

  forget(key: string): void {
    this.#known.delete(key);
  }

  /** How long `cost` would have to wait, and what is free; undefined when nothing is known. */
  find(
    key: string,
    cost: number,
    terms: Terms,
    nowMs: number,
  ): { readonly aheadUs: number; readonly waitUs: number } | undefined {
    if (this.#known.size === 0) return undefined;
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    if (nowMs >= known.forgetMs) {
      this.#known.delete(key);
      return undefined;
    }
    const aheadUs = Math.max(0, (known.fullMs - nowMs) * 1000);
    return { aheadUs, waitUs: aheadUs + cost * terms.intervalUs - terms.capacityUs };
  }
}
