/**
 * Signatures are checked beside the event loop when there are many: by one thread, which is handed what gathers as one message.
 *
 * - HS256 always here, and everything while it is seldom: handing over costs more, or a thread that sleeps does.
 * - At most two lots are with the thread: one is checked while the next one waits there, and what comes meanwhile gathers. So the more there
 *   is to do, the less a message costs.
 * - A thread that does not begin, or ends, is missed by nobody: what was with it is checked here, a few in each turn of the loop, and a new
 *   one begins when there is much to do, at most one a second.
 */
import { Worker } from 'node:worker_threads';
import { entryPath } from '@palier/base/entry';
import type { Clock } from '@palier/base/clock';
import type { Log } from '@palier/base/log';
import type { Timers } from '@palier/base/timers';
import { type CheckingKey, isSigned } from './signature.ts';

/** Keys count from then on by their place. */
export type ToThread =
  | { readonly keys: readonly CheckingKey[] }
  | { readonly tokens: readonly string[]; readonly by: readonly number[] };

export type FromThread = 'ready' | readonly boolean[];

export interface CheckSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

interface Job {
  readonly token: string;
  readonly key: CheckingKey;
  readonly resolve: (signed: boolean) => void;
}

/** More than so many checked here within the window, and a thread begins: by then the loop gives a hundredth of its time. */
const manyPerWindow = 100;
const windowMs = 1000;
/** A thread that ends at once is not begun again at once. */
const againAfterMs = 1000;
/** With the thread at once. */
const maxLots = 2;
/** Of one message: some three milliseconds of ES256. */
const maxLot = 32;
/** Checked here in one turn of the loop when a thread has ended: under a millisecond. */
const turnLot = 8;

export class Checks {
  readonly #around: CheckSurroundings;
  readonly #entry: string;
  #keys: readonly CheckingKey[] = [];
  #thread: Worker | undefined;
  /** The thread has said that it is there. */
  #ready = false;
  #begun = 0;
  #begunMs = Number.NEGATIVE_INFINITY;
  /** How many were checked here since when. */
  #here = 0;
  #hereSinceMs = Number.NEGATIVE_INFINITY;
  #line: Job[] = [];
  /** With the thread, which answers in this order. */
  #lots: (readonly Job[])[] = [];
  #gathering = false;
  #closed = false;

  /** `entry`: what the thread runs. */
  constructor(around: CheckSurroundings, entry: string = entryPath(import.meta.url, 'main')) {
    this.#around = around;
    this.#entry = entry;
  }

  /** Threads so far. */
  get begun(): number {
    return this.#begun;
  }

  /** Whether there is one that checks. */
  get threaded(): boolean {
    return this.#ready;
  }

  replaceKeys(keys: readonly CheckingKey[]): void {
    this.#keys = keys;
    this.#thread?.postMessage({ keys } satisfies ToThread, []);
  }

  /** `key` is one of those that were told last. How many may be under way is for the caller to bound. */
  check(token: string, key: CheckingKey): boolean | Promise<boolean> {
    if (key.algorithm === 'HS256') return isSigned(token, key);
    if (!this.#ready) {
      this.#seldom();
      return isSigned(token, key);
    }
    return new Promise((resolve) => {
      this.#line.push({ token, key, resolve });
      this.#gather();
    });
  }

  /** What is under way is checked to its end. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.terminate();
  }

  /** One more was checked here: when there are many, a thread begins. */
  #seldom(): void {
    const nowMs = this.#around.clock.monotonicMs();
    if (nowMs - this.#hereSinceMs >= windowMs) {
      this.#hereSinceMs = nowMs;
      this.#here = 0;
    }
    this.#here++;
    if (this.#closed || this.#thread !== undefined || this.#here <= manyPerWindow) return;
    if (nowMs - this.#begunMs >= againAfterMs) {
      this.#begunMs = nowMs;
      this.#begun++;
      this.#begin();
    }
  }

  #begin(): void {
    // Of the process's own settings it needs none: no loader, no inspector, no agent of a monitor.
    const thread = new Worker(this.#entry, { name: 'palier token', execArgv: [], env: {} });
    this.#thread = thread;
    thread.postMessage({ keys: this.#keys } satisfies ToThread, []);
    thread.on('message', (message: FromThread) => {
      if (message === 'ready') this.#ready = true;
      else this.#answered(message);
    });
    thread.on('error', (error: Error) => {
      this.#around.log('warn', 'the thread that checks tokens ended; they are checked on the event loop', {
        error: String(error),
      });
    });
    thread.on('exit', () => this.#ended());
    // Whoever waits for an answer keeps the process alive; the thread does not. Last: a listener for messages holds it again.
    thread.unref();
  }

  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    queueMicrotask(() => {
      this.#gathering = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#ready && this.#line.length > 0 && this.#lots.length < maxLots) {
      const lot = this.#line.splice(0, maxLot);
      if (this.#lots.length === 0) this.#thread?.ref();
      this.#lots.push(lot);
      const by = lot.map(({ key }) => this.#keys.indexOf(key));
      this.#thread?.postMessage({ tokens: lot.map(({ token }) => token), by } satisfies ToThread, []);
    }
  }

  #answered(signed: readonly boolean[]): void {
    const lot = this.#lots.shift() ?? [];
    this.#send();
    if (this.#lots.length === 0) this.#thread?.unref();
    for (const [at, { resolve }] of lot.entries()) resolve(signed[at] === true);
  }

  #ended(): void {
    this.#thread = undefined;
    this.#ready = false;
    const left = [...this.#lots.flat(), ...this.#line];
    this.#lots = [];
    this.#line = [];
    this.#checkHere(left);
  }

  #checkHere(jobs: readonly Job[]): void {
    for (const { token, key, resolve } of jobs.slice(0, turnLot))
      resolve(this.#keys.includes(key) && isSigned(token, key));
    if (jobs.length > turnLot) this.#around.timers.soon(() => this.#checkHere(jobs.slice(turnLot)));
  }
}
