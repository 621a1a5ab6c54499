/** Runs one attempt at a job and says what became of it. Nothing here writes, but what the handler writes through its job. */
import { PalierError } from '@palier/base/error';
import type { Cancel } from '@palier/base/timers';
import { kitError } from '../../errors.ts';
import type { StateSurroundings } from '../../state/index.ts';
import type { Steps, Transaction } from '../../state/sql/index.ts';
import type { Job, JobKind } from '../jobs.ts';
import { decideFailure, ruleFor } from '../states/failure.ts';
import type { Claimed } from '../store/claim.ts';
import { changed, type Ground, heldUnder } from '../store/ground.ts';
import { type Settlement, settleSteps } from '../store/settle.ts';
import { jsonOf, payloadOf } from './payload.ts';
import { answerOf, textOf } from './thrown.ts';

/** Why a signal was aborted; what a handler then throws is judged by it. */
export type Ended = 'cancelled' | 'timeout' | 'stopped' | 'lost';

export interface AttemptSurroundings {
  readonly ground: Ground;
  readonly around: StateSurroundings;
  readonly keepDeadMs: number;
  readonly maxBytes: number;
  /** To be written when it suits. */
  progress(id: number, claim: number, json: string): void;
  /** The handler ended its job inside a transaction of its own: that it is not there afterwards is no wonder. */
  finished(id: number): void;
  /** What it wanted to save or to end was refused: the job is another's. */
  refused(id: number): void;
}

type Work = (job: Job) => Promise<unknown>;

export class Attempt {
  readonly claimed: Claimed;
  readonly claim: number;
  readonly beganMs: number;
  readonly #with: AttemptSurroundings;
  /** Made when the handler asks for its signal: most never do, and it is the dearest part of a short job. */
  #controller: AbortController | undefined;
  #ended: Ended | undefined;
  #reason: Error | undefined;
  #keepDoneMs = 0;
  #timeoutMs = 0;
  /** While the handler runs. */
  #interrupt: ((reason: Error) => void) | undefined;
  #cancelTimeout: Cancel | undefined;

  constructor(claimed: Claimed, claim: number, surroundings: AttemptSurroundings) {
    this.claimed = claimed;
    this.claim = claim;
    this.#with = surroundings;
    this.beganMs = surroundings.around.clock.monotonicMs();
  }

  /** Aborts the handler's signal. A job that is called off may still end well; all else is settled at once, whatever the handler does. */
  end(why: Ended): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#reason = kitError('PALIER_QUEUE_ENDED', { why: meanings[why] });
    this.#controller?.abort(this.#reason);
    if (why !== 'cancelled') this.#interrupt?.(this.#reason);
  }

  /** Its time runs from here. To be called once, in the turn of the event loop after it has begun: most have ended by then. */
  arm(): void {
    if (this.#interrupt === undefined) return;
    this.#cancelTimeout = this.#with.around.timers.after(this.#timeoutMs, () => this.end('timeout'));
  }

  /** Undefined: the job is another's, and there is nothing to settle. */
  async run(kind: JobKind<unknown, unknown> | undefined, work: Work | undefined): Promise<Settlement | undefined> {
    if (this.claimed.cancel !== 0) return this.#settle('cancel', { reason: 'called off' });
    if (kind === undefined || work === undefined) return this.#settle('park', { reason: 'nobody here knows this job' });
    const payload = payloadOf(kind, this.claimed);
    if (payload.outcome === 'park') return this.#settle('park', { reason: payload.reason });
    if (payload.outcome === 'giveUp') return this.#settle('giveUp', { reason: payload.reason, error: payload.error });
    this.#keepDoneMs = kind.keepDoneMs;
    this.#timeoutMs = kind.timeoutMs;
    try {
      const result = await this.#interruptible(work, payload.value);
      const json = jsonOf('result', result, this.#with.maxBytes);
      return this.#settle('finish', json === undefined ? {} : { result: json }, kind.keepDoneMs);
    } catch (error) {
      return this.#failed(kind, error);
    } finally {
      this.#interrupt = undefined;
      this.#cancelTimeout?.();
    }
  }

  /** What the handler comes to, or why it is not waited for any more. */
  #interruptible(work: Work, payload: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      Promise.resolve(work(this.#job(payload))).then(resolve, reject);
    });
  }

  #signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  #failed(kind: JobKind<unknown, unknown>, error: unknown): Settlement | undefined {
    if (this.#ended === 'lost' || isFenced(error)) return undefined;
    if (this.#ended === 'stopped') return this.#settle('release', {});
    const told = textOf(error);
    if (this.#ended === 'cancelled') return this.#settle('cancel', { reason: 'called off', error: told });
    if (this.#ended === undefined && isNever(error) && ruleFor(kind.errors, error) === undefined) {
      return this.#settle('giveUp', { reason: 'not to be tried again', error: told });
    }
    const { attempt, crashes } = this.claimed;
    const rule = { attempts: kind.attempts, backoff: kind.backoff };
    const failed = { attempt: attempt - crashes, error, ...afterOf(error) };
    const decision = decideFailure(failed, rule, kind.errors, this.#with.around.random);
    const more = decision.event === 'againLater' ? { delayMs: decision.delayMs } : {};
    const why = decision.event === 'giveUp' ? { reason: decision.reason } : {};
    return this.#settle(decision.event, { ...more, ...why, error: told });
  }

  #settle(event: Settlement['event'], more: Partial<Settlement>, keepMs: number = this.#with.keepDeadMs): Settlement {
    const { id, name: job, lane, job_key: key } = this.claimed;
    return {
      id,
      job,
      claim: this.claim,
      event,
      keepMs,
      ...(lane === null ? {} : { lane }),
      ...(key === null ? {} : { key }),
      ...more,
    };
  }

  #job(payload: unknown): Job {
    return new HandledJob(this.claimed, payload, {
      signal: () => this.#signal(),
      progress: (value) => this.#progress(value),
      save: (tx, saved) => this.#save(tx, saved),
      finish: (tx, result) => this.#finish(tx, result),
    });
  }

  /** What cannot be shown is no reason to end a job. */
  #progress(value: unknown): void {
    const { id, name } = this.claimed;
    try {
      const json = jsonOf('progress', value, maxProgressBytes);
      if (json !== undefined) this.#with.progress(id, this.claim, json);
    } catch (error) {
      this.#with.around.log('warn', 'the progress of a job is not written', { id, job: name, why: textOf(error) });
    }
  }

  *#save(tx: Transaction, saved: unknown): Steps<void> {
    const { db, engine } = this.#with.ground;
    const json = jsonOf('saved', saved, this.#with.maxBytes) ?? null;
    const update = db
      .updateTable('palier_jobs')
      .set({ saved: json })
      .where('id', '=', this.claimed.id)
      .where(heldUnder(engine, [this.claim]));
    if (changed(yield* tx.run(update)) !== 1) throw this.#fenced();
  }

  *#finish(tx: Transaction, result: unknown): Steps<void> {
    const json = jsonOf('result', result, this.#with.maxBytes);
    const one = this.#settle('finish', json === undefined ? {} : { result: json }, this.#keepDoneMs);
    const accepted = yield* settleSteps(this.#with.ground, tx, [one]);
    if (!accepted.has(this.claimed.id)) throw this.#fenced();
    this.#with.finished(this.claimed.id);
  }

  #fenced(): Error {
    this.#with.refused(this.claimed.id);
    return kitError('PALIER_QUEUE_FENCED', { job: this.claimed.id });
  }
}

type Doings = Pick<Job, 'progress' | 'save' | 'finish'> & { readonly signal: () => AbortSignal };

/** A class for its getter: that of an object literal is made anew for each object, by the slow way. */
class HandledJob implements Job {
  readonly id: number;
  readonly name: string;
  readonly payload: unknown;
  readonly attempt: number;
  readonly addedAtMs: number;
  readonly saved: unknown;
  readonly trace: string | undefined;
  readonly progress: Job['progress'];
  readonly save: Job['save'];
  readonly finish: Job['finish'];
  readonly #signal: () => AbortSignal;

  constructor({ id, name, attempt, added_at, saved, trace }: Claimed, payload: unknown, doings: Doings) {
    this.id = id;
    this.name = name;
    this.payload = payload;
    this.attempt = attempt;
    this.addedAtMs = added_at;
    this.saved = saved === null ? undefined : JSON.parse(saved);
    this.trace = trace ?? undefined;
    this.progress = doings.progress;
    this.save = doings.save;
    this.finish = doings.finish;
    this.#signal = doings.signal;
  }

  get signal(): AbortSignal {
    return this.#signal();
  }
}

const maxProgressBytes = 4000;

const meanings: Readonly<Record<Ended, string>> = {
  cancelled: 'it was called off',
  timeout: 'it took too long',
  stopped: 'its worker stops',
  lost: 'its worker was given up for lost',
};

function isFenced(error: unknown): boolean {
  return error instanceof PalierError && error.code === 'PALIER_QUEUE_FENCED';
}

/** What says of itself that trying again is no use. */
function isNever(error: unknown): boolean {
  return error instanceof PalierError && error.retry === 'never';
}

function afterOf(error: unknown): { afterMs?: number } {
  const value = answerOf(() => (error as { retryAfterMs?: unknown } | null)?.retryAfterMs);
  return typeof value === 'number' && value >= 0 && value <= 366 * 86_400_000 ? { afterMs: value } : {};
}
