/**
 * The beat of the samples: the balancer's, so that no second of it is lost or counted twice; our own while it is silent. One sample after
 * the other.
 */
import type { Clock } from '@palier/base/clock';
import type { Timers } from '@palier/base/timers';
import type { BalancerSecond } from '@palier/protocol';
import { systemRunDefaults } from './options.ts';

type Sample = (second: BalancerSecond | null) => Promise<void>;

/** Seconds that may wait for a slow sample; the oldest beyond that is left out. */
const maxWaiting = 5;

export class Seconds {
  readonly #clock: Clock;
  readonly #sample: Sample;
  readonly #cancel: () => void;
  readonly #waiting: (BalancerSecond | null)[] = [];
  #lastMs: number;
  #busy = false;
  #closed = false;

  constructor(time: { readonly clock: Clock; readonly timers: Timers }, withBalancer: boolean, sample: Sample) {
    this.#clock = time.clock;
    this.#sample = sample;
    this.#lastMs = time.clock.monotonicMs();
    const silentMs = withBalancer ? systemRunDefaults.lateSecondMs : 0;
    this.#cancel = time.timers.every(systemRunDefaults.secondMs, () => {
      if (time.clock.monotonicMs() - this.#lastMs >= silentMs) this.heard(null);
    });
  }

  heard(second: BalancerSecond | null): void {
    this.#lastMs = this.#clock.monotonicMs();
    this.#waiting.push(second);
    if (this.#waiting.length > maxWaiting) this.#waiting.shift();
    if (!this.#busy) void this.#work();
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next !== undefined && !this.#closed; next = this.#waiting.shift()) {
      await this.#sample(next);
    }
    this.#busy = false;
  }
}
