/** Whether a replica may be chosen: a state machine over checks and failed connections, without time or I/O. */

export interface ReplicaHealth {
  /** `unknown` until enough checks agreed; neither it nor `unhealthy` is chosen. */
  readonly status: 'unknown' | 'healthy' | 'unhealthy';
  /** Checks in a row that passed, or failed; one of them is 0. */
  readonly passes: number;
  readonly fails: number;
  /** Of the last change. */
  readonly reason: string;
}

export type HealthFact =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** It accepted no connection, of a check or of a request. */
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface HealthThresholds {
  readonly healthyAfter: number;
  readonly unhealthyAfter: number;
}

export const initialHealth: ReplicaHealth = { status: 'unknown', passes: 0, fails: 0, reason: 'not checked yet' };

export function nextHealth(state: ReplicaHealth, fact: HealthFact, thresholds: HealthThresholds): ReplicaHealth {
  if (fact.kind === 'passed') {
    const passes = state.passes + 1;
    if (state.status === 'healthy' || passes < thresholds.healthyAfter) return { ...state, passes, fails: 0 };
    return {
      status: 'healthy',
      passes,
      fails: 0,
      reason: passes === 1 ? 'a check passed' : `${passes} checks in a row passed`,
    };
  }
  const fails = state.fails + 1;
  // Who served and accepts no connection now cannot serve: waiting for more proof would cost a retry each time.
  const gone = fact.kind === 'unreachable' && state.status === 'healthy';
  const enough = gone || fails >= thresholds.unhealthyAfter;
  if (state.status === 'unhealthy' || !enough) return { ...state, passes: 0, fails };
  return { status: 'unhealthy', passes: 0, fails, reason: fact.reason };
}
