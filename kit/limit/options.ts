/** What can be set on a limiter, and why it is as it is. */
import { optionChecks } from '../options.ts';
import type { Terms } from './bucket/gcra.ts';

/** One limit: so many permissions in a window, for each id. */
export interface LimitPolicy {
  readonly permits: number;
  readonly windowMs: number;
  /**
   * How many may be used at one moment after a pause. Default: `permits`. In any window of length t at most burst + t × permits / windowMs
   * are admitted, so that what falls into one window may be up to burst + permits: for a hard daily quota, take a small burst.
   */
  readonly burst?: number;
  /** The longest that a call may reserve a later turn for (`maxWaitMs` of a call). Default 0: refused at once. */
  readonly maxWaitMs?: number;
  /** For ids that are asked for often, a replica takes permissions on stock. Default: none, and every admission is exact. */
  readonly lease?: LeasePolicy;
}

export interface LeasePolicy {
  /** The most that one replica holds for one id. At most half of the burst, so that one replica cannot take it all. */
  readonly permits: number;
  /**
   * How long it may use them; what is left then lapses. In any window of length t at most burst + rate × (t + forMs) are admitted, however
   * many replicas: rate × forMs is the bound of what is admitted too much. Default 100 ms.
   */
  readonly forMs?: number;
}

/** What is decided while the shared state is away: admit, admit nobody, or limit by the share of this replica. */
export type WhenAway = 'open' | 'closed' | 'share';

export interface LimiterOptions<Name extends string> {
  /** Part of each key: limiters of one name share their limits, wherever they run. Default `default`. */
  readonly name?: string;
  /** Asked in this order: the one that refuses most often first, for what was taken before a refusal is given back only then. */
  readonly limits: Readonly<Record<Name, LimitPolicy>>;
  /**
   * Default `closed`: what is limited is mostly what must not be flooded (logins, mail). `open` for what should rather run unlimited;
   * `share` divides each limit by the replicas that were alive when the state went.
   */
  readonly whenAway?: WhenAway;
  /** For `share` before the state was ever there. Default: none; such a call is answered as with `closed`. */
  readonly assumedReplicas?: number;
  /** How long a call may take. Default 250 ms: a limit must not cost more than what it protects. */
  readonly timeoutMs?: number;
  /**
   * A refusal is repeated from memory until its wait is over, and no longer than this. Default 2000 ms: an id that was freed elsewhere
   * (a refund) is asked for again soon, and an attacker costs one call in two seconds.
   */
  readonly repeatRefusalMs?: number;
  /** Ids that are remembered as refused, leased or shared; the oldest is forgotten first. Default 10 000: two megabytes. */
  readonly maxRemembered?: number;
}

export interface CheckedLimit {
  readonly name: string;
  readonly policy: LimitPolicy;
  readonly burst: number;
  readonly terms: Terms;
  readonly maxWaitMs: number;
  readonly lease: Required<LeasePolicy> | undefined;
}

export interface CheckedLimiterOptions {
  readonly name: string;
  readonly limits: readonly CheckedLimit[];
  readonly whenAway: WhenAway;
  readonly assumedReplicas: number | undefined;
  readonly timeoutMs: number;
  readonly repeatRefusalMs: number;
  readonly maxRemembered: number;
}

const dayMs = 86_400_000;
/** A whole number of microseconds may be slower than what was meant by so much; beyond it the limit is told to be wrong. */
const mostRounding = 0.01;

const { whole, wholes, wrong } = optionChecks('PALIER_LIMIT_OPTION');

/** Throws PALIER_LIMIT_OPTION. */
export function checkedLimiterOptions<Name extends string>(options: LimiterOptions<Name>): CheckedLimiterOptions {
  const limits = Object.entries<LimitPolicy>(options.limits).map(([name, policy]) => checkedLimit(name, policy));
  if (limits.length === 0 || limits.length > 20) throw wrong('limits', limits.length, '1 to 20 limits');
  return {
    name: options.name ?? 'default',
    limits,
    whenAway: options.whenAway ?? 'closed',
    assumedReplicas:
      options.assumedReplicas === undefined ? undefined : whole('assumedReplicas', options.assumedReplicas, 1, 10_000),
    ...wholes(options, {
      timeoutMs: [250, 1, 60_000],
      repeatRefusalMs: [2000, 0, dayMs],
      maxRemembered: [10_000, 1, 10_000_000],
    }),
  };
}

/** Throws PALIER_LIMIT_OPTION. */
function checkedLimit(name: string, policy: LimitPolicy): CheckedLimit {
  const windowUs = whole(`${name}.windowMs`, policy.windowMs, 1, 366 * dayMs) * 1000;
  const permits = whole(`${name}.permits`, policy.permits, 1, Math.min(1_000_000_000, windowUs));
  const burst = whole(`${name}.burst`, policy.burst ?? permits, 1, 1_000_000_000);
  const maxWaitMs = whole(`${name}.maxWaitMs`, policy.maxWaitMs ?? 0, 0, dayMs);
  const intervalUs = Math.ceil(windowUs / permits);
  if (intervalUs * permits > windowUs * (1 + mostRounding)) {
    const most = Math.floor(windowUs / (intervalUs - 1));
    const least = Math.floor(windowUs / intervalUs);
    throw wrong(`${name}.permits`, permits, `a rate of a whole number of microseconds, so ${least} or ${most}`);
  }
  const capacityUs = burst * intervalUs;
  if (capacityUs > 366 * dayMs * 1000) throw wrong(`${name}.burst`, burst, 'at most what a year gives');
  const terms = { intervalUs, capacityUs, horizonUs: maxWaitMs * 1000 };
  return { name, policy, burst, terms, maxWaitMs, lease: checkedLease(name, burst, policy.lease) };
}

function checkedLease(name: string, burst: number, lease: LeasePolicy | undefined): Required<LeasePolicy> | undefined {
  if (lease === undefined) return undefined;
  return {
    permits: whole(`${name}.lease.permits`, lease.permits, 1, Math.max(1, Math.floor(burst / 2))),
    forMs: whole(`${name}.lease.forMs`, lease.forMs ?? 100, 1, 60_000),
  };
}
