/** The buckets in the shared state: asked, given back, and not asked where a refusal is known still to hold. */
import { createHash } from 'node:crypto';
import { PalierError } from '@palier/base/error';
import { type Kv, type KvEngine, keyOf, type StateSurroundings } from '../state/index.ts';
import type { LimitState, Receipt } from './decision.ts';
import { type Asked, Batches } from './batches.ts';
import { type Answer, remaining, take, type Terms } from './gcra.ts';
import type { CheckedLimit, CheckedLimiterOptions } from './options.ts';
import { peekProcedure, refundProcedure, takeArgs } from './procedures.ts';
import { Refusals } from './refusals.ts';

export type { Asked } from './batches.ts';

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
/** Ids beyond it are kept as their hash: a key has a bound, and ids come from outside. */
const maxIdLength = 100;

export function isAway(error: unknown): boolean {
  return error instanceof PalierError && awayCodes.has(error.code);
}

/**
 * The key of a bucket. On a Cluster its id decides its node; elsewhere there is one node, and all limits of a limiter can be decided together.
 * Neither tag nor id can reach another's key: `keyOf` escapes what separates.
 */
export function bucketOf(
  engine: KvEngine,
  limiter: string,
  limit: string,
  tag: string,
  id: string | undefined,
): Omit<Asked, 'limit'> {
  const own = short(tag);
  const parts = id === undefined ? [limit] : [limit, short(id)];
  if (engine === 'cluster') return { key: keyOf('limit', own, limiter, ...parts), tag: own };
  return { key: keyOf('limit', limiter, own, ...parts), tag: limiter };
}

export class Buckets {
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
    this.#batches = new Batches(kv, around.timers, options.timeoutMs);
    this.#refusals = new Refusals(options.maxRemembered, options.repeatRefusalMs);
  }

  /** The state was there, and is not: no call needs to find out. */
  get away(): boolean {
    return this.#seenUp && this.#kv.health.state === 'down';
  }

  /** All or none. The keys share a tag. What comes in one turn of the event loop goes as one call, in the order in which it came. */
  async take(asked: readonly Asked[], want: Want): Promise<Taken> {
    const known = this.#knownRefusal(asked, want);
    if (known !== undefined) return known;
    const sentMs = this.#around.clock.monotonicMs();
    const { answers, nowUs } = await this.#batches.add(asked, { ...want, maxWaitUs: want.maxWaitMs * 1000 });
    this.#seenUp = true;
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
      const receipt = { giveBack: () => this.#refund(asked, answers, nowUs) };
      const units = (answers[0] as Answer).units;
      return { admitted: true, waitMs: Math.ceil(waitUs / 1000), states, receipt, units, sentMs };
    }
    for (const [index, { key }] of asked.entries()) {
      const { tatUs, admitted: fits } = answers[index] as Answer;
      if (!fits) this.#refusals.add(key, tatUs - nowUs, sentMs);
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
    this.#seenUp = true;
    return asked.map(({ limit }, index) => {
      const answer = take(tatsUs[index], nowUs, limit.terms, { cost, extra: 0, maxWaitUs: 0 });
      // One that would be admitted answers what would be after it; what is shown is what is now.
      const aheadUs = answer.tatUs - nowUs - answer.units * limit.terms.intervalUs;
      return stateOf(limit, cost, aheadUs, !answer.admitted, answer.waitUs);
    });
  }

  async #refund(asked: readonly Asked[], answers: readonly Answer[], nowUs: number): Promise<void> {
    const args = asked.flatMap(({ limit: { terms } }, index) => {
      const { units, tatUs } = answers[index] as Answer;
      return [terms.intervalUs, terms.capacityUs, terms.horizonUs, units, nowUs, tatUs];
    });
    const keys = asked.map(({ key }) => key);
    for (const key of keys) this.#refusals.forget(key);
    await this.#kv.run(refundProcedure, keys, args, this.#timeout);
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

/** `aheadUs`: how far the bucket's arrival time lies in the future; `waitUs`: until `cost` would be admitted. */
export function stateOf(
  { name, policy, terms }: CheckedLimit,
  cost: number,
  aheadUs: number,
  limited: boolean,
  waitUs: number,
): LimitState {
  return {
    name,
    policy,
    limited,
    remaining: remaining(aheadUs, 0, terms),
    nextMs: nextUs(aheadUs, terms) / 1000,
    retryAfterMs: limited && cost > 0 ? Math.ceil(waitUs / 1000) : 0,
  };
}

/** Until there is one more than now. */
function nextUs(aheadUs: number, { intervalUs, capacityUs }: Terms): number {
  if (aheadUs <= 0) return 0;
  const over = Math.max(0, aheadUs - capacityUs);
  return over + ((aheadUs - over) % intervalUs || intervalUs);
}

function short(id: string): string {
  return id.length <= maxIdLength ? id : `sha256 ${createHash('sha256').update(id).digest('base64url')}`;
}
