/** The subscribers of one channel in this process. One that throws is told to the log and keeps nobody from hearing. */
import type { Log } from '@palier/base/log';
import { kitError } from '../../errors.ts';
import type { Subscriber, Subscription } from './bus.ts';
import { maxSubscribers } from './options.ts';

export class Hearers {
  readonly #channel: string;
  readonly #log: Log;
  /** Each in a box of its own: one object may subscribe twice. */
  readonly #subscribers = new Set<{ readonly subscriber: Subscriber }>();
  #listening = false;

  constructor(channel: string, log: Log) {
    this.#channel = channel;
    this.#log = log;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  get listening(): boolean {
    return this.#listening;
  }

  /** Throws PALIER_STATE_BUSY. `left` is called when it was closed. */
  add(subscriber: Subscriber, left: () => void): Subscription {
    if (this.#subscribers.size >= maxSubscribers) {
      throw kitError('PALIER_STATE_BUSY', { waiting: maxSubscribers, outcome: 'none' });
    }
    const own = { subscriber };
    this.#subscribers.add(own);
    const listening = (): boolean => this.#listening && this.#subscribers.has(own);
    return {
      get listening() {
        return listening();
      },
      close: () => {
        if (this.#subscribers.delete(own)) left();
      },
    };
  }

  message(bytes: Buffer): void {
    const several = this.#subscribers.size > 1;
    this.#tell((one) => one.message(several ? Buffer.from(bytes) : bytes));
  }

  gap(): void {
    this.#tell((one) => one.gap());
  }

  listens(listening: boolean): void {
    if (this.#listening === listening) return;
    this.#listening = listening;
    this.#tell((one) => one.listening?.(listening));
  }

  clear(): void {
    this.#subscribers.clear();
    this.#listening = false;
  }

  #tell(what: (one: Subscriber) => void): void {
    for (const { subscriber } of this.#subscribers) {
      try {
        what(subscriber);
      } catch (error) {
        this.#log('error', 'a subscriber of the bus threw', { channel: this.#channel, error: String(error) });
      }
    }
  }
}
