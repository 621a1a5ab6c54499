/**
 * The generators as their parent sees them: one load, whatever number of processes plays it.
 *
 * All begin together, when the last of them is ready. When one fails or dies the others are ended and the result is that error: half a
 * load is no measurement.
 */
import { PalierError } from '@palier/base/error';
import type { Cancel, Timers } from '@palier/base/timers';
import type { GeneratorCommand, GeneratorMessage, GeneratorPlan, LoadResult } from '@palier/protocol';
import { loadError } from '../errors.ts';
import { mergeLoadResults } from './merge.ts';
import { type GeneratorOptions, generatorLimits } from './options.ts';
import { SecondMerger } from './seconds.ts';
import { pinningFor, type Spawned, spawnGenerator } from './spawn.ts';

export interface LoadHandle {
  /** The whole load's result; rejects with a PalierError. The processes have ended by then. */
  readonly result: Promise<LoadResult>;
  /** Sentences, one a process: where it runs and with what priority. */
  readonly pinning: readonly string[];
  readonly pids: readonly number[];
  /** Ends the load now; `result` covers what was done. Never rejects, and does nothing the second time. */
  stop(): void;
}

/**
 * Starts the generators of a plan; the plan's own share is divided among them.
 * Throws `PALIER_LOAD_OPTION` when `count` is out of its range.
 */
export function startGenerators(plan: GeneratorPlan, options: GeneratorOptions): LoadHandle {
  return new Generators(plan, options);
}

class Generators implements LoadHandle {
  readonly result: Promise<LoadResult>;
  readonly pinning: readonly string[];
  readonly pids: readonly number[];
  readonly #plan: GeneratorPlan;
  readonly #timers: Timers;
  readonly #spawned: readonly Spawned[];
  readonly #seconds: SecondMerger;
  readonly #results: (LoadResult | undefined)[];
  readonly #output: string[];
  #ready = 0;
  #alive: number;
  #failure: Error | undefined;
  readonly #settle: { readonly resolve: (result: LoadResult) => void; readonly reject: (error: Error) => void };
  #cancelKill: Cancel | undefined;

  constructor(plan: GeneratorPlan, options: GeneratorOptions) {
    const { count = 1, cpus = null, priority = true, onSecond = () => {} } = options;
    if (!Number.isInteger(count) || count < 1 || count > generatorLimits.maxProcesses) {
      const expected = `a whole number from 1 to ${generatorLimits.maxProcesses}`;
      throw loadError('PALIER_LOAD_OPTION', { option: 'count', value: count, expected });
    }
    const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
    // The caller may look at it late.
    promise.catch(() => {});
    this.result = promise;
    this.#settle = { resolve, reject };
    this.#plan = plan;
    this.#timers = options.timers;
    this.#alive = count;
    this.#seconds = new SecondMerger(count, onSecond);
    this.#results = Array.from({ length: count }, () => undefined);
    this.#output = Array.from({ length: count }, () => '');
    this.#spawned = this.#results.map((_, i) =>
      spawnGenerator(
        count === 1 ? 'generator' : `generator ${i + 1} of ${count}`,
        pinningFor(shareOf(cpus, i, count)),
        priority,
      ),
    );
    this.pinning = this.#spawned.map((spawned) => spawned.pinning);
    this.pids = this.#spawned.flatMap(({ child }) => child.pid ?? []);
    for (const [i, spawned] of this.#spawned.entries()) this.#listen(i, spawned);
  }

  stop(): void {
    this.#sendAll(() => ({ kind: 'stop' }));
    if (this.#cancelKill !== undefined || this.#alive === 0) return;
    this.#cancelKill = this.#timers.after(generatorLimits.stopTimeoutMs, () => this.#killAll());
  }

  #listen(i: number, { child }: Spawned): void {
    const keep = (chunk: Buffer): void => {
      this.#output[i] = `${this.#output[i]}${chunk.toString('utf8')}`.slice(-generatorLimits.maxOutputChars);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('message', (message) => this.#hear(i, message as GeneratorMessage));
    // A channel that broke is told by the exit.
    child.on('error', (error) => keep(Buffer.from(error.message)));
    child.on('close', (code, signal) => this.#closed(i, signal ?? `exit status ${code}`));
  }

  #hear(i: number, message: GeneratorMessage): void {
    if (message.kind === 'ready') this.#begin();
    else if (message.kind === 'second') this.#seconds.add(i, message.second);
    else if (message.kind === 'result') {
      this.#results[i] = message.result;
      this.#seconds.done(i);
    } else {
      const { code, hint } = message;
      this.#fail(new PalierError(code, { message: message.message, hint, retry: 'later' }, {}));
    }
  }

  #begin(): void {
    if (++this.#ready < this.#spawned.length) return;
    const { index, of } = this.#plan.share;
    const count = this.#spawned.length;
    this.#sendAll((i) => ({
      kind: 'start',
      plan: { ...this.#plan, share: { index: index + i * of, of: of * count } },
    }));
  }

  #closed(i: number, how: string): void {
    this.#alive--;
    if (this.#results[i] === undefined && this.#failure === undefined) {
      const facts = { index: i + 1, count: this.#spawned.length, how, output: (this.#output[i] as string).trim() };
      this.#fail(loadError('PALIER_LOAD_GENERATOR_DIED', facts));
    }
    if (this.#alive > 0) return;
    this.#cancelKill?.();
    if (this.#failure !== undefined) this.#settle.reject(this.#failure);
    else this.#settle.resolve(mergeLoadResults(this.#results as LoadResult[]));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#killAll();
  }

  #killAll(): void {
    for (const [i, { child }] of this.#spawned.entries()) {
      if (this.#results[i] === undefined) child.kill('SIGKILL');
    }
  }

  #sendAll(command: (i: number) => GeneratorCommand): void {
    for (const [i, { child }] of this.#spawned.entries()) {
      // One that is gone already is told by its exit.
      if (child.connected && this.#results[i] === undefined) child.send(command(i), () => {});
    }
  }
}

/** Each process has cores of its own where there are enough: two on one core wait for each other. */
function shareOf(cpus: readonly number[] | null, i: number, count: number): readonly number[] | null {
  return cpus === null || cpus.length < count ? cpus : cpus.filter((_, place) => place % count === i);
}
