/** What a limiter answers. */
import { remaining, type Terms } from './bucket/gcra.ts';
import type { CheckedLimit, LimitPolicy } from './options.ts';

export interface Decision {
  /** `limited`: too many were there. `unavailable`: it could not be told (the state is away and `whenAway` says nobody): no fault of the asker. */
  readonly outcome: 'admitted' | 'limited' | 'unavailable';
  /** Decided without the shared state, as `whenAway` says. */
  readonly degraded: boolean;
  /** Limited: when the same would be admitted, if nobody else came. Else 0. */
  readonly retryAfterMs: number;
  /** How long the call waited for its turn. */
  readonly waitedMs: number;
  /** Those that were asked, in their order; after a refusal those behind it were not. Empty when it could not be told. */
  readonly limits: readonly LimitState[];
}

export interface LimitState {
  readonly name: string;
  readonly policy: LimitPolicy;
  /** This one refused. */
  readonly limited: boolean;
  /** How many more would be admitted at once. */
  readonly remaining: number;
  /** Until one more is free. 0: it is full. */
  readonly nextMs: number;
  readonly retryAfterMs: number;
}

/** What has to be undone when what was admitted is given back. */
export interface Receipt {
  giveBack(): Promise<void>;
}

/** What `JSON.stringify` shows of a decision, however it is kept. */
export function shown({ outcome, degraded, retryAfterMs, waitedMs, limits }: Decision): Decision {
  return { outcome, degraded, retryAfterMs, waitedMs, limits };
}

/** A decision with its receipts; `spent`: given back already. */
export class Decided implements Decision {
  readonly outcome: Decision['outcome'];
  readonly degraded: boolean;
  readonly retryAfterMs: number;
  readonly waitedMs: number;
  readonly limits: readonly LimitState[];
  readonly receipts: readonly Receipt[];
  spent = false;

  constructor(
    outcome: Decision['outcome'],
    limits: readonly LimitState[],
    receipts: readonly Receipt[] = [],
    { degraded = false, waitedMs = 0 }: { readonly degraded?: boolean; readonly waitedMs?: number } = {},
  ) {
    this.outcome = outcome;
    this.degraded = degraded;
    this.limits = limits;
    this.receipts = receipts;
    this.waitedMs = waitedMs;
    let retryAfterMs = 0;
    if (outcome === 'limited') for (const one of limits) retryAfterMs = Math.max(retryAfterMs, one.retryAfterMs);
    this.retryAfterMs = retryAfterMs;
  }

  toJSON(): Decision {
    return shown(this);
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
