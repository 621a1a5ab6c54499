/** Limits that hold over all replicas: who may act, who may not, and since when it cannot be told. */
export type { Decision, LimitState } from './decision.ts';
export { openLimiter, type Limiter, type LimitId, type LimitIds, type TakeOptions } from './limiter.ts';
export type { LeasePolicy, LimiterOptions, LimitPolicy, WhenAway } from './options.ts';
