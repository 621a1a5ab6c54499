/** Runs one attempt at a job and says what became of it. Nothing here writes, but what the handler writes through its job. */
import { PalierError } from '@palier/base/error';
import { kitError } from '../../errors.ts';
import type { StateSurroundings } from '../../state/index.ts';
import type { Steps, Transaction } from '../../state/sql/index.ts';
import type { Job, JobKind } from '../jobs.ts';
import { decideFailure } from '../states/failure.ts';
import type { Claimed } from '../store/claim.ts';
import { changed, type Ground, heldUnder } from '../store/ground.ts';
import { type Settlement, settleSteps } from '../store/settle.ts';
import { jsonOf, payloadOf } from './payload.ts';

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
  readonly #controller = new AbortController();
  readonly #with: AttemptSurroundings;
  #ended: Ended | undefined;
  #keepDoneMs = 0;
  #end: ((why: Ended) => void) | undefined;

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
    this.#controller.abort(kitError('PALIER_QUEUE_ENDED', { why: meanings[why] }));
    if (why !== 'cancelled') this.#end?.(why);
  }

  /** Undefined: the job is another's, and there is nothing to settle. */
  async run(kind: JobKind<unknown, unknown> | undefined, work: Work | undefined): Promise<Settlement | undefined> {
    if (this.claimed.cancel !== 0) return this.#settle('cancel', { reason: 'called off' });
    if (kind === undefined || work === undefined) return this.#settle('park', { reason: 'nobody here knows this job' });
    const payload = payloadOf(kind, this.claimed);
    if (payload.outcome === 'park') return this.#settle('park', { reason: payload.reason });
    if (payload.outcome === 'giveUp') return this.#settle('giveUp', { reason: payload.reason, error: payload.error });
    const { around } = this.#with;
    this.#keepDoneMs = kind.keepDoneMs;
    const interrupted = new Promise<never>((_, reject) => {
      this.#end = () => reject(this.#controller.signal.reason);
    });
    const cancelTimeout = around.timers.after(kind.timeoutMs, () => this.end('timeout'));
    try {
      const working = work(this.#job(payload.value));
      const result = await Promise.race([working, interrupted]);
      const json = jsonOf('result', result, this.#with.maxBytes);
      return this.#settle('finish', json === undefined ? {} : { result: json }, kind.keepDoneMs);
    } catch (error) {
      return this.#failed(kind, error);
    } finally {
      cancelTimeout();
    }
  }

  #failed(kind: JobKind<unknown, unknown>, error: unknown): Settlement | undefined {
    if (this.#ended === 'lost' || isFenced(error)) return undefined;
    if (this.#ended === 'stopped') return this.#settle('release', {});
    const told = textOf(error);
    if (this.#ended === 'cancelled') return this.#settle('cancel', { reason: 'called off', error: told });
    if (this.#ended === undefined && isNever(error)) {
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
    const { id, lane, job_key: key } = this.claimed;
    return {
      id,
      claim: this.claim,
      event,
      keepMs,
      ...(lane === null ? {} : { lane }),
      ...(key === null ? {} : { key }),
      ...more,
    };
  }

  #job(payload: unknown): Job {
    const { id, name, attempt, added_at: addedAtMs, saved, trace } = this.claimed;
    return {
      id,
      name,
      payload,
      attempt,
      addedAtMs,
      saved: saved === null ? undefined : JSON.parse(saved),
      trace: trace ?? undefined,
      signal: this.#controller.signal,
      progress: (value) => {
        const json = jsonOf('progress', value, maxProgressBytes);
        if (json !== undefined) this.#with.progress(id, this.claim, json);
      },
      save: (tx, saved) => this.#save(tx, saved),
      finish: (tx, result) => this.#finish(tx, result),
    };
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
  const value = (error as { retryAfterMs?: unknown } | null)?.retryAfterMs;
  return typeof value === 'number' && value >= 0 && value <= 366 * 86_400_000 ? { afterMs: value } : {};
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.replaceAll('\0', '');
}
