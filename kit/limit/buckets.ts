/** The buckets in the shared state: asked, given back, and not asked where a refusal is known still to hold. */
import { PalierError } from '@palier/base/error';
import type { Kv, StateSurroundings } from '../state/index.ts';
import { Batches } from './batches.ts';
import { Decided, type Decision, type LimitState, type Receipt, stateOf } from './decision.ts';
import { type Answer, type Ask, take } from './bucket/gcra.ts';
import type { Asked } from './keys.ts';
import { type OneHome, OneTaking } from './one.ts';
import type { CheckedLimiterOptions } from './options.ts';
import { peekProcedure, refundProcedure, takeArgs } from './bucket/procedures.ts';
import { Refusals } from './refusals.ts';

export interface Want {
  readonly cost: number;
  readonly extra: number;
  readonly maxWaitMs: number;
}

export interface Taken {
  readonly admitted: boolean;
  /** How long to wait before acting. */
  readonly waitMs: number;
  readonly states: readonly LimitState[];
  /** There is something to give back. */
  readonly receipt: Receipt | undefined;
  /** What was taken of the first limit, `extra` included, and before which moment of this process' clock it was not. */
  readonly units: number;
  readonly sentMs: number;
}

/** The errors of a state that is away; any other is a mistake. */
const awayCodes = new Set(['PALIER_STATE_BUSY', 'PALIER_STATE_LATE', 'PALIER_STATE_LOST', 'PALIER_STATE_REFUSED']);

export function isAway(error: unknown): boolean {
  return error instanceof PalierError && awayCodes.has(error.code);
}

export class Buckets implements OneHome {
  readonly #kv: Kv;
  readonly #around: StateSurroundings;
  readonly #timeout: { readonly timeoutMs: number };
  readonly #refusals: Refusals;
  readonly #batches: Batches;
  #seenUp = false;

  constructor(kv: Kv, around: StateSurroundings, options: CheckedLimiterOptions) {
    this.#kv = kv;
    this.#around = around;
    this.#timeout = { timeoutMs: options.timeoutMs };
    this.#batches = new Batches(kv, around, options.timeoutMs);
    this.#refusals = new Refusals(options.maxRemembered, options.repeatRefusalMs);
  }

  /** The state was there, and is not: no call needs to find out. */
  get away(): boolean {
    return this.#seenUp && this.#kv.health.state === 'down';
  }

  /** One permission of one limit, at once or not at all. `whenAway`: what it is when that cannot be told; it throws what is a mistake. */
  takeOne(asked: Asked, whenAway: (asked: Asked, error: unknown) => Decision): Promise<Decision> {
    const nowMs = this.#around.clock.monotonicMs();
    const known = this.#refusals.find(asked.key, 1, asked.limit.terms, nowMs);
    if (known !== undefined && known.waitUs > 0) {
      return Promise.resolve(new Decided('limited', [stateOf(asked.limit, 1, known.aheadUs, true, known.waitUs)]));
    }
    return new Promise((resolve, reject) => {
      this.#batches.add(new OneTaking(asked, nowMs, this, whenAway, resolve, reject));
    });
  }

  /** All or none. The keys share a tag. */
  async take(asked: readonly Asked[], want: Want): Promise<Taken> {
    const known = this.#knownRefusal(asked, want);
    if (known !== undefined) return known;
    const sentMs = this.#around.clock.monotonicMs();
    const ask = { cost: want.cost, extra: want.extra, maxWaitUs: want.maxWaitMs * 1000 };
    const { answers, nowUs } = await this.#answered(asked, ask, sentMs);
    this.seen();
    const admitted = answers.every((answer) => answer.admitted);
    const states = asked.map(({ limit }, index) => {
      const { tatUs, waitUs, units, admitted: fits } = answers[index] as Answer;
      // Nothing was taken when a neighbour refused.
      const aheadUs = tatUs - nowUs - (admitted ? 0 : units * limit.terms.intervalUs);
      return stateOf(limit, want.cost, aheadUs, !fits, waitUs);
    });
    if (admitted) {
      let waitUs = 0;
      for (const answer of answers) waitUs = Math.max(waitUs, answer.waitUs);
      const receipt = { giveBack: () => this.giveBack(asked, answers, nowUs, want.cost) };
      const units = (answers[0] as Answer).units;
      return { admitted: true, waitMs: Math.ceil(waitUs / 1000), states, receipt, units, sentMs };
    }
    for (const [index, { key }] of asked.entries()) {
      const { tatUs, admitted: fits } = answers[index] as Answer;
      if (!fits) this.refused(key, tatUs - nowUs, sentMs);
    }
    return { admitted: false, waitMs: 0, states, receipt: undefined, units: 0, sentMs };
  }

  async peek(asked: readonly Asked[], cost: number): Promise<readonly LimitState[]> {
    const terms = asked.map(({ limit }) => limit.terms);
    const keys = asked.map(({ key }) => key);
    const args = takeArgs(
      terms,
      terms.map((_, index) => index),
      [],
    );
    const { nowUs, tatsUs } = await this.#kv.run(peekProcedure, keys, args, this.#timeout);
    this.seen();
    return asked.map(({ limit }, index) => {
      const answer = take(tatsUs[index], nowUs, limit.terms, { cost, extra: 0, maxWaitUs: 0 });
      // One that would be admitted answers what would be after it; what is shown is what is now.
      const aheadUs = answer.tatUs - nowUs - answer.units * limit.terms.intervalUs;
      return stateOf(limit, cost, aheadUs, !answer.admitted, answer.waitUs);
    });
  }

  seen(): void {
    this.#seenUp = true;
  }

  refused(key: string, aheadUs: number, sentMs: number): void {
    this.#refusals.add(key, aheadUs, sentMs);
  }

  /** `cost` of each: what was taken on stock beside it is given out here. */
  async giveBack(asked: readonly Asked[], answers: readonly Answer[], nowUs: number, cost: number): Promise<void> {
    const args = asked.flatMap(({ limit: { terms } }, index) => {
      const { waitUs } = answers[index] as Answer;
      return [terms.intervalUs, terms.capacityUs, terms.horizonUs, cost, nowUs + waitUs];
    });
    const keys = asked.map(({ key }) => key);
    for (const key of keys) this.#refusals.forget(key);
    await this.#kv.run(refundProcedure, keys, args, this.#timeout);
  }

  #answered(
    asked: readonly Asked[],
    ask: Ask,
    addedMs: number,
  ): Promise<{ readonly nowUs: number; readonly answers: readonly Answer[] }> {
    return new Promise((resolve, reject) => {
      const answered = (nowUs: number, answers: readonly Answer[]): void => resolve({ nowUs, answers });
      this.#batches.add({ asked, ask, addedMs, answered, failed: reject });
    });
  }

  #knownRefusal(asked: readonly Asked[], { cost, maxWaitMs }: Want): Taken | undefined {
    const sentMs = this.#around.clock.monotonicMs();
    for (const { limit, key } of asked) {
      const known = this.#refusals.find(key, cost, limit.terms, sentMs);
      if (known === undefined || known.waitUs <= Math.min(maxWaitMs, limit.maxWaitMs) * 1000) continue;
      const states = [stateOf(limit, cost, known.aheadUs, true, known.waitUs)];
      return { admitted: false, waitMs: 0, states, receipt: undefined, units: 0, sentMs };
    }
    return undefined;
  }
}
