/**
 * Ends attempts in batches: at once when nothing is under way, gathered while something is. A batch that was not answered is sent again as it
 * was until it is; what is no longer the worker's is refused there.
 */
import { type BackoffOptions, backoffMs } from '@palier/base/backoff';
import { PalierError } from '@palier/base/error';
import type { StateSurroundings } from '../../state/index.ts';
import { outcomeOf } from '../../state/sql/index.ts';
import { workerOf } from '../states/claims.ts';
import type { Ground } from '../store/ground.ts';
import { type Settlement, settleJobs } from '../store/settle.ts';

/** A batch that locks rows for longer would keep others waiting. */
const mostAtOnce = 500;
const patience: BackoffOptions = { firstMs: 50, maxMs: 2000, floor: 0.25 };

export interface SettlerEvents {
  /** `accepted` false: it was not this worker's any more. Undefined: an earlier sending may have been accepted. */
  settled(one: Settlement, accepted: boolean | undefined): void;
}

/**
 * How many of the first go together. A batch is fenced by the claims in it, taken together: a result from before this worker was lost must not
 * stand beside one from after, under whose claim it may have the same job again.
 */
function ofOneWorker(gathered: readonly Settlement[]): number {
  const [first] = gathered;
  if (first === undefined) return 0;
  const worker = workerOf(first.claim);
  const other = gathered.findIndex(({ claim }, at) => at >= mostAtOnce || workerOf(claim) !== worker);
  return other === -1 ? gathered.length : other;
}

export class Settler {
  readonly #ground: Ground;
  readonly #around: StateSurroundings;
  readonly #events: SettlerEvents;
  #gathered: Settlement[] = [];
  /** Gathered or under way. */
  readonly #unanswered = new Set<number>();
  #sending: Promise<void> | undefined;
  #dropped = false;

  constructor(ground: Ground, around: StateSurroundings, events: SettlerEvents) {
    this.#ground = ground;
    this.#around = around;
    this.#events = events;
  }

  /** Not yet answered, those under way not counted. */
  get waiting(): number {
    return this.#gathered.length;
  }

  has(id: number): boolean {
    return this.#unanswered.has(id);
  }

  add(one: Settlement): void {
    this.#gathered.push(one);
    this.#unanswered.add(one.id);
    this.#sending ??= this.#send();
  }

  /** Resolves when nothing is left, which a database that is away may prevent for long: race it. */
  async drained(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
  }

  /** Nothing more is sent. */
  drop(): void {
    this.#dropped = true;
    this.#gathered = [];
  }

  async #send(): Promise<void> {
    // What ends in this turn of the event loop goes together.
    await new Promise<void>((resolve) => void this.#around.timers.soon(resolve));
    while (this.#gathered.length > 0) {
      const batch = this.#gathered.splice(0, ofOneWorker(this.#gathered));
      await this.#sendOne(batch);
      for (const { id } of batch) this.#unanswered.delete(id);
    }
    this.#sending = undefined;
  }

  async #sendOne(batch: readonly Settlement[]): Promise<void> {
    const { timers, random, log } = this.#around;
    let unknown = false;
    for (let tries = 0; !this.#dropped; tries++) {
      try {
        const accepted = await settleJobs(this.#ground, batch);
        for (const one of batch) this.#events.settled(one, accepted.has(one.id) || (unknown ? undefined : false));
        return;
      } catch (error) {
        unknown ||= outcomeOf(error) === 'unknown';
        if (error instanceof PalierError && error.retry === 'never') return this.#sendApart(batch, error);
        if (tries === 0)
          log('warn', 'results of jobs could not be written; they will be again', { why: String(error) });
        await timers.sleep(backoffMs(tries, patience, random));
      }
    }
  }

  /** Something in it will never be taken: halved until it is found; that one is dead instead. */
  async #sendApart(batch: readonly Settlement[], error: PalierError): Promise<void> {
    const [first] = batch;
    if (batch.length > 1) {
      const middle = batch.length >>> 1;
      await this.#sendOne(batch.slice(0, middle));
      await this.#sendOne(batch.slice(middle));
    } else if (first !== undefined && first.event !== 'giveUp') {
      const { result: _, delayMs: __, ...rest } = first;
      const instead = { ...rest, keepMs: Math.max(first.keepMs, 1) };
      const reason = 'what it came to cannot be stored';
      await this.#sendOne([{ ...instead, event: 'giveUp', reason, error: error.message }]);
    } else {
      this.#around.log('error', 'the end of a job cannot be stored', { job: first?.id, why: error.message });
    }
  }
}
