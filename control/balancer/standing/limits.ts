/** When a replica is left out for a while because of its answers, and how it comes back; each with its reason. */

export interface StandingOptions {
  /** Failed answers in a row (5xx, reset, timeout), while another replica has answered well since the first of them. 0: none is left out for it. */
  readonly ejectAfterFailures: number;
  /** By how much the share of failed answers in a second lies above the others', both with at least `ejectMinRequests`. */
  readonly ejectFailureGap: number;
  readonly ejectMinRequests: number;
  /** How many times as slow as the others' median, on the mean of a second, for so many seconds in a row, and above so much. */
  readonly ejectSlowFactor: number;
  readonly ejectSlowSeconds: number;
  readonly ejectSlowLeastMs: number;
  /** At most that share of a service's replicas, rounded down; and never the last one that can answer. */
  readonly maxEjectedShare: number;
  /** How long the first time; twice as long each further time. */
  readonly ejectMs: number;
  readonly maxEjectMs: number;
  /** Good answers after its return until it is trusted again: one bad one before, and it is out for twice as long. */
  readonly trialAnswers: number;
  /** Without an ejection for so long, the next one counts as the first. */
  readonly forgiveMs: number;
  /** A replica that is new or back grows to its whole share in that time, from `slowStartLeast`. 0: at once. */
  readonly slowStartMs: number;
  readonly slowStartLeast: number;
}

export const defaultStandingOptions: StandingOptions = {
  // Envoy's `consecutive_5xx`. One broken route of a good service never fails five times in a row on one replica only.
  ejectAfterFailures: 5,
  // Thirty points: twenty requests of a second tell that from chance.
  ejectFailureGap: 0.3,
  ejectMinRequests: 20,
  // A collector's pause, or a neighbour on the core, makes a second slow, not three, and not five times.
  ejectSlowFactor: 5,
  ejectSlowSeconds: 3,
  ejectSlowLeastMs: 100,
  // Of two one, of three one: the others must bear what it bore.
  maxEjectedShare: 0.5,
  // A process that a supervisor starts again is there in less; what is broken for longer is asked once in five minutes.
  ejectMs: 5000,
  maxEjectMs: 300_000,
  trialAnswers: 5,
  forgiveMs: 60_000,
  // Node has compiled what is hot, and pools are full, within ten seconds of load.
  slowStartMs: 10_000,
  slowStartLeast: 0.1,
};
