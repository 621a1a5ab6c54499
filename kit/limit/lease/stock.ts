/** Leases: what is taken on stock for ids that are asked for often, and given out here without a call. */
import type { Clock } from '@palier/base/clock';
import type { Buckets, Taken } from '../buckets.ts';
import { type Decision, type LimitState, type Receipt, shown, stateOf } from '../decision.ts';
import type { Asked } from '../keys.ts';
import { Lease, nextBlock } from './lease.ts';
import type { CheckedLimit, LeasePolicy } from '../options.ts';
import { Remembered } from '../remembered.ts';

/** So often a call waits for what another one's refill brings, before it asks by itself. */
const maxTurns = 100;

/** Admitted from the stock. What it tells of the limit is worked out when it is asked for. */
export class Given implements Decision, Receipt {
  readonly outcome = 'admitted';
  readonly degraded = false;
  readonly retryAfterMs = 0;
  readonly waitedMs = 0;
  spent = false;
  readonly #limit: CheckedLimit;
  readonly #lease: Lease;
  readonly #openedMs: number;
  readonly #remaining: number;

  constructor(limit: CheckedLimit, lease: Lease) {
    this.#limit = limit;
    this.#lease = lease;
    this.#openedMs = lease.openedMs;
    this.#remaining = lease.remaining;
  }

  get limits(): readonly LimitState[] {
    return [stockState(this.#limit, 1, this.#remaining)];
  }

  get receipts(): readonly Receipt[] {
    return [this];
  }

  async giveBack(): Promise<void> {
    this.#lease.giveBack(1, this.#openedMs);
  }

  toJSON(): Decision {
    return shown(this);
  }
}

export class Stock {
  readonly #clock: Clock;
  readonly #buckets: Buckets;
  readonly #leases: Remembered<Lease>;
  readonly #limit: CheckedLimit;
  readonly #policy: Required<LeasePolicy>;

  constructor(limit: CheckedLimit, policy: Required<LeasePolicy>, buckets: Buckets, clock: Clock, most: number) {
    this.#limit = limit;
    this.#policy = policy;
    this.#buckets = buckets;
    this.#clock = clock;
    this.#leases = new Remembered(most);
  }

  /** One permission from the stock as a whole decision; undefined when there is none. */
  decide(id: string): Given | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined || !lease.take(1, this.#clock.monotonicMs())) return undefined;
    return new Given(this.#limit, lease);
  }

  /** From the stock, without a call; undefined when there is none. */
  takeNow(id: string, cost: number): Taken | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined) return undefined;
    const nowMs = this.#clock.monotonicMs();
    return lease.take(cost, nowMs) ? this.#given(lease, cost, nowMs) : undefined;
  }

  /** From the stock, or from the bucket, taking on stock what this id needs next. */
  async take(id: string, asked: Asked, cost: number, maxWaitMs: number): Promise<Taken> {
    let lease = this.#leases.get(id);
    if (lease === undefined) this.#leases.set(id, (lease = new Lease()));
    for (let turn = 0; lease.refilling !== undefined; turn++) {
      // Exactly one, and nothing on stock: the stock is that of the others.
      if (turn === maxTurns) return this.#buckets.take([asked], { cost, extra: 0, maxWaitMs });
      // When the state is away for one, it is for all who waited.
      await lease.refilling;
      const nowMs = this.#clock.monotonicMs();
      if (lease.take(cost, nowMs)) return this.#given(lease, cost, nowMs);
    }
    lease.refilling = this.#refill(lease, asked, cost, maxWaitMs);
    return lease.refilling;
  }

  async #refill(lease: Lease, asked: Asked, cost: number, maxWaitMs: number): Promise<Taken> {
    const extra = nextBlock(lease.seen ? lease : undefined, this.#clock.monotonicMs(), this.#policy);
    try {
      const taken = await this.#buckets.take([asked], { cost, extra, maxWaitMs });
      const beside = taken.states[0]?.remaining ?? 0;
      if (taken.admitted) lease.fill(taken.units - cost, beside, taken.sentMs, this.#policy.forMs);
      return taken;
    } finally {
      // Before those who wait for it go on.
      lease.refilling = undefined;
    }
  }

  #given(lease: Lease, cost: number, nowMs: number): Taken {
    const { openedMs } = lease;
    const receipt = { giveBack: async () => lease.giveBack(cost, openedMs) };
    const states = [stockState(this.#limit, cost, lease.remaining)];
    return { admitted: true, waitMs: 0, states, receipt, units: cost, sentMs: nowMs };
  }
}

function stockState(limit: CheckedLimit, cost: number, left: number): LimitState {
  const { intervalUs, capacityUs } = limit.terms;
  return stateOf(limit, cost, Math.max(0, capacityUs - left * intervalUs), false, 0);
}
