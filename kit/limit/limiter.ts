/**
 * Limits over all replicas: who may act, who may not, and since when it cannot be told.
 *
 * All limits of a call are decided in one atomic step, all or none. On a Cluster only those whose ids are one text (or one tag) are: others lie
 * on different nodes, are taken one after the other, and given back when a later one refuses. In between others find too little, never too
 * much.
 */
import { kitError } from '../errors.ts';
import type { Kv, KvEngine, StateSurroundings } from '../state/index.ts';
import { Buckets, isAway, type Taken } from './buckets.ts';
import { Decided, type Decision, type Receipt, stateOf } from './decision.ts';
import { type Asked, Keys } from './keys.ts';
import { One } from './one.ts';
import {
  type CheckedLimit,
  type CheckedLimiterOptions,
  checkedLimiterOptions,
  type LimiterOptions,
} from './options.ts';
import { Replicas } from './away/replicas.ts';
import { LocalShare } from './away/share.ts';
import { Given, Stock } from './lease/stock.ts';

/** Whom a limit counts. All limits of one call with one `tag` are decided together; a text is its own tag. */
export type LimitId = string | { readonly tag: string; readonly id: string };

export type LimitIds<Name extends string> = Readonly<Partial<Record<Name, LimitId>>>;

export interface TakeOptions {
  /** How many permissions it takes of each limit. Default 1. More than a burst is a mistake, not a refusal. */
  readonly cost?: number;
  /** Rather wait so long for its turn than be refused; no longer than the limit's own `maxWaitMs`. Default 0. */
  readonly maxWaitMs?: number;
  /** Ends the wait: the call rejects with the signal's reason, and what was taken is given back. */
  readonly signal?: AbortSignal;
}

export interface Limiter<Name extends string> extends AsyncDisposable {
  /** Takes from all limits that have an id, or from none. Rejects for mistakes (PALIER_LIMIT_ASK) and when `signal` ends it. */
  take(ids: LimitIds<Name>, options?: TakeOptions): Promise<Decision>;
  /** What `take()` would answer now; nothing changes. */
  peek(ids: LimitIds<Name>, options?: Pick<TakeOptions, 'cost'>): Promise<Decision>;
  /**
   * Gives back what was admitted, once: a login that succeeded, a request that ended early. From then on the buckets decide as if it had never been (see `bucket/ledger.ts`).
   * Rejects with the state's error when it is away; what is not given back comes back by time.
   */
  refund(decision: Decision): Promise<void>;
  /** The kv stays open: it is the caller's. */
  close(): Promise<void>;
}

/** Throws PALIER_LIMIT_OPTION. */
export function openLimiter<const Name extends string>(
  kv: Kv,
  around: StateSurroundings,
  options: LimiterOptions<Name>,
): Limiter<Name> {
  return new KvLimiter(kv, around, checkedLimiterOptions(options));
}

interface Named {
  readonly limit: CheckedLimit;
  readonly tag: string;
  readonly id: string | undefined;
}

class KvLimiter<Name extends string> implements Limiter<Name> {
  readonly #around: StateSurroundings;
  readonly #options: CheckedLimiterOptions;
  readonly #engine: KvEngine;
  readonly #buckets: Buckets;
  readonly #keys = new Map<string, Keys>();
  readonly #stocks = new Map<string, Stock>();
  readonly #share: LocalShare;
  readonly #replicas: Replicas | undefined;

  constructor(kv: Kv, around: StateSurroundings, options: CheckedLimiterOptions) {
    this.#around = around;
    this.#options = options;
    this.#engine = kv.engine;
    const { limits, maxRemembered, whenAway, name, timeoutMs } = options;
    this.#buckets = new Buckets(kv, around, options);
    for (const limit of limits) {
      this.#keys.set(limit.name, new Keys(kv.engine, name, limit));
      if (limit.lease === undefined) continue;
      this.#stocks.set(limit.name, new Stock(limit, limit.lease, this.#buckets, around.clock, maxRemembered));
    }
    this.#share = new LocalShare(maxRemembered);
    this.#replicas = whenAway === 'share' ? new Replicas(kv, name, timeoutMs, around) : undefined;
  }

  take(ids: LimitIds<Name>, options?: TakeOptions): Promise<Decision> {
    return (options === undefined ? this.#takeOne(ids) : undefined) ?? this.#takeAll(ids, options ?? {});
  }

  /** The way of most calls: one permission of one limit. Nothing is made but the decision and its promise. */
  #takeOne(ids: LimitIds<Name>): Promise<Decision> | undefined {
    let only: Name | undefined;
    for (const name in ids) {
      if (only !== undefined) return undefined;
      only = name;
    }
    const id = only === undefined ? undefined : ids[only];
    if (typeof id !== 'string') return undefined;
    const stock = this.#stocks.get(only as Name);
    if (stock !== undefined) {
      const given = stock.decide(id);
      return given === undefined ? undefined : Promise.resolve(given);
    }
    // What is no limit is told in the long way.
    const asked = this.#buckets.away ? undefined : this.#keys.get(only as Name)?.of(id);
    return asked === undefined ? undefined : this.#buckets.takeOne(asked, this.#whenAway);
  }

  readonly #whenAway = (asked: Asked, error: unknown): Decision => {
    if (!isAway(error)) throw error;
    return this.#decideAway([asked], 1);
  };

  async #takeAll(ids: LimitIds<Name>, options: TakeOptions): Promise<Decision> {
    const { cost = 1, maxWaitMs = 0, signal } = options;
    const groups = this.#groups(ids, cost);
    signal?.throwIfAborted();
    if (this.#buckets.away) return this.#decideAway(this.#allAsked(groups), cost);
    const taken: Taken[] = [];
    try {
      for (const group of groups) {
        const answer = this.#takeNow(group, cost) ?? (await this.#take(group, cost, maxWaitMs));
        taken.push(answer);
        if (!answer.admitted) break;
      }
    } catch (error) {
      if (!isAway(error)) throw error;
      // Nobody may be there to take it back now; else it comes back by time.
      void giveBack(receiptsOf(taken));
      return this.#decideAway(this.#allAsked(groups), cost);
    }
    const states = taken.length === 1 ? (taken[0] as Taken).states : taken.flatMap((one) => one.states);
    const receipts = receiptsOf(taken);
    if (!taken.at(-1)?.admitted) {
      await giveBack(receipts);
      return new Decided('limited', states);
    }
    let waitMs = 0;
    for (const one of taken) waitMs = Math.max(waitMs, one.waitMs);
    if (waitMs > 0) await this.#wait(waitMs, receipts, signal);
    return new Decided('admitted', states, receipts, { waitedMs: waitMs });
  }

  async peek(ids: LimitIds<Name>, { cost = 1 }: Pick<TakeOptions, 'cost'> = {}): Promise<Decision> {
    const groups = this.#groups(ids, cost);
    try {
      const asked = groups.map((group) => group.map((one) => this.#asked(one)));
      const states = (await Promise.all(asked.map((one) => this.#buckets.peek(one, cost)))).flat();
      return new Decided(states.some(({ limited }) => limited) ? 'limited' : 'admitted', states);
    } catch (error) {
      if (!isAway(error)) throw error;
      return new Decided('unavailable', [], [], { degraded: true });
    }
  }

  async refund(decision: Decision): Promise<void> {
    if (!(decision instanceof Decided || decision instanceof One || decision instanceof Given)) return;
    if (decision.spent) return;
    decision.spent = true;
    await Promise.all(decision.receipts.map((receipt) => receipt.giveBack()));
  }

  async close(): Promise<void> {
    this.#replicas?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** In the order of the limits; neighbours or not, those of one tag are one group, those with a stock are alone. */
  #groups(ids: LimitIds<Name>, cost: number): readonly (readonly Named[])[] {
    const groups: Named[][] = [];
    let asked = 0;
    for (const limit of this.#options.limits) {
      const id = ids[limit.name as Name];
      if (id === undefined) continue;
      asked++;
      if (!Number.isSafeInteger(cost) || cost < 1 || cost > limit.burst) {
        throw wrongAsk(`a cost of ${cost}`, `a whole number from 1 to the burst of "${limit.name}", ${limit.burst}`);
      }
      const one = typeof id === 'string' ? { limit, tag: id, id: undefined } : { limit, tag: id.tag, id: id.id };
      const group =
        limit.lease === undefined ? groups.find(([first]) => this.#together(first as Named, one)) : undefined;
      if (group === undefined) groups.push([one]);
      else group.push(one);
    }
    const known = Object.values(ids).filter((id) => id !== undefined).length;
    if (asked > 0 && known === asked) return groups;
    const names = this.#options.limits.map(({ name }) => name).join(', ');
    throw wrongAsk(`${known} ids (${Object.keys(ids).join(', ')})`, `an id for at least one of ${names}, and no other`);
  }

  #together(first: Named, one: Named): boolean {
    return first.limit.lease === undefined && (this.#engine !== 'cluster' || first.tag === one.tag);
  }

  #takeNow([one]: readonly Named[], cost: number): Taken | undefined {
    const { limit, tag, id } = one as Named;
    return this.#stocks.get(limit.name)?.takeNow(stockId(tag, id), cost);
  }

  #take(group: readonly Named[], cost: number, maxWaitMs: number): Promise<Taken> {
    const { limit, tag, id } = group[0] as Named;
    const stock = this.#stocks.get(limit.name);
    if (stock !== undefined) return stock.take(stockId(tag, id), this.#asked(group[0] as Named), cost, maxWaitMs);
    const want = { cost, extra: 0, maxWaitMs };
    return this.#buckets.take(
      group.map((named) => this.#asked(named)),
      want,
    );
  }

  #asked({ limit, tag, id }: Named): Asked {
    return (this.#keys.get(limit.name) as Keys).of(tag, id);
  }

  #allAsked(groups: readonly (readonly Named[])[]): readonly Asked[] {
    return groups.flat().map((one) => this.#asked(one));
  }

  async #wait(waitMs: number, receipts: readonly Receipt[], signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#around.timers.sleep(waitMs, signal);
    } catch (error) {
      await giveBack(receipts);
      throw error;
    }
  }

  #decideAway(asked: readonly Asked[], cost: number): Decision {
    const degraded = { degraded: true };
    const { whenAway, assumedReplicas } = this.#options;
    const replicas = this.#replicas?.count ?? assumedReplicas;
    if (whenAway === 'open') return new Decided('admitted', [], [], degraded);
    if (whenAway === 'closed' || replicas === undefined) return new Decided('unavailable', [], [], degraded);
    const nowMs = this.#around.clock.monotonicMs();
    const parts = asked.map(({ key, limit: { terms } }) => ({ key, terms }));
    const answers = this.#share.take(parts, cost, replicas, nowMs);
    if (answers === undefined) return new Decided('unavailable', [], [], degraded);
    const states = answers.map(({ aheadUs, waitUs }, index) =>
      stateOf((asked[index] as Asked).limit, cost, aheadUs, waitUs > 0, waitUs),
    );
    return new Decided(states.some(({ limited }) => limited) ? 'limited' : 'admitted', states, [], degraded);
  }
}

function receiptsOf(taken: readonly Taken[]): readonly Receipt[] {
  return taken.flatMap(({ receipt }) => (receipt === undefined ? [] : [receipt]));
}

/** As far as the state takes it: what it does not comes back by time. */
async function giveBack(receipts: readonly Receipt[]): Promise<void> {
  await Promise.allSettled(receipts.map((receipt) => receipt.giveBack()));
}

/** One text for tag and id, without the work of a key. */
function stockId(tag: string, id: string | undefined): string {
  return id === undefined ? tag : `${tag.length}:${tag}${id}`;
}

function wrongAsk(what: string, expected: string): Error {
  return kitError('PALIER_LIMIT_ASK', { what, expected });
}
