/**
 * Two attempts at one job, made to meet: the first one's worker stands still until the second is under way elsewhere, and the second goes on until
 * it is known what became of the first one's result. Empty files of one folder are what they tell each other by: they outlive every process.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of each so many jobs one of those that keep their result, one that writes with its end, and one of pages; `mixture` says which these are. */
const remainders: ReadonlySet<number> = new Set([0, 4, 9]);
const lookEveryMs = 10;
/** Others need as long as they need to find that a worker stands still, and to run what it had alone. */
const mostStandMs = 60_000;
/** The result comes within moments, if nobody was killed after all. */
const mostMeetMs = 10_000;

export interface MeetingOptions {
  readonly folder: string;
  /** Of so many jobs three meet. */
  readonly every: number;
}

export class Meetings {
  readonly #options: MeetingOptions;

  constructor(options: MeetingOptions) {
    this.#options = options;
  }

  isFor(n: number): boolean {
    return remainders.has(n % this.#options.every);
  }

  /** True for one attempt at the job, whoever asks first. */
  isFirst(n: number): boolean {
    try {
      writeFileSync(this.#file(`first-${n}`), '', { flag: 'wx' });
      return true;
    } catch {
      return false;
    }
  }

  /** Stops this process's event loop until another attempt is under way; afterwards nothing may run before its end is sent. */
  standStill(n: number): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const endMs = performance.now() + mostStandMs;
    while (!this.#isThere(`again-${n}`) && performance.now() < endMs) Atomics.wait(pause, 0, 0, lookEveryMs);
  }

  /** Resolves when the first one's result was refused; false: it was not, for as long as that could take, or before, or this attempt was ended. */
  async meet(n: number, id: number, signal: AbortSignal): Promise<boolean> {
    if (this.#isThere(`refused-${id}`)) return false;
    this.#mark(`again-${n}`);
    await this.untilRefused(id, signal);
    return this.#isThere(`refused-${id}`) && !signal.aborted;
  }

  refused(id: number): void {
    this.#mark(`refused-${id}`);
  }

  /** Whoever meets somebody is not to be killed or frozen meanwhile. */
  spare(pid: number): void {
    this.#mark(`spared-${pid}`);
  }

  spareNoMore(pid: number): void {
    rmSync(this.#file(`spared-${pid}`), { force: true });
  }

  isSpared(pid: number): boolean {
    return this.#isThere(`spared-${pid}`);
  }

  /** Or for as long as that could take. */
  async untilRefused(id: number, signal?: AbortSignal): Promise<void> {
    const endMs = performance.now() + mostMeetMs;
    while (!this.#isThere(`refused-${id}`) && performance.now() < endMs) {
      if (signal?.aborted === true) return;
      await sleep(lookEveryMs);
    }
  }

  #mark(name: string): void {
    writeFileSync(this.#file(name), '');
  }

  #isThere(name: string): boolean {
    return existsSync(this.#file(name));
  }

  #file(name: string): string {
    return join(this.#options.folder, name);
  }
}
