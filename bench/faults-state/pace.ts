/** How much, how long, how fast: of a claim, of a quick look, and of the short form that is part of `npm test`. */

export interface Pace {
  readonly downAfterMs: number;
  readonly beforeMs: number;
  /** From the fault to its mending. */
  readonly brokenMs: number;
  /** The same where it is to be long. */
  readonly longMs: number;
  readonly afterMs: number;
  readonly users: number;
  readonly tokensEach: number;
  readonly makesPerSecond: number;
  readonly readsPerSecond: number;
  readonly endsPerSecond: number;
  readonly validationsPerSecond: number;
  readonly revocationsPerSecond: number;
  readonly peerWritesPerSecond: number;
}

/** 500 log-ins and 5000 validations a second, as the goals have it. */
export const full: Pace = {
  downAfterMs: 1000,
  beforeMs: 4000,
  brokenMs: 12_000,
  longMs: 45_000,
  afterMs: 6000,
  users: 300,
  tokensEach: 8,
  makesPerSecond: 500,
  readsPerSecond: 200,
  endsPerSecond: 20,
  validationsPerSecond: 5000,
  revocationsPerSecond: 20,
  peerWritesPerSecond: 500,
};

export const quick: Pace = { ...full, beforeMs: 2000, brokenMs: 7000, longMs: 10_000, afterMs: 4000 };

/** Counts only: little enough for a machine that does other things. No peers, which are not there. */
export const short: Pace = {
  downAfterMs: 1000,
  beforeMs: 1000,
  brokenMs: 5000,
  longMs: 4000,
  afterMs: 2500,
  users: 30,
  tokensEach: 6,
  makesPerSecond: 50,
  readsPerSecond: 50,
  endsPerSecond: 10,
  validationsPerSecond: 300,
  revocationsPerSecond: 10,
  peerWritesPerSecond: 0,
};

/** From the fault to its mending. */
export function brokenMsOf({ lasts }: { readonly lasts?: 'long' }, pace: Pace): number {
  return lasts === 'long' ? pace.longMs : pace.brokenMs;
}

/** Of the load, from its begin to its end. */
export function lastsMs(fault: { readonly lasts?: 'long' }, pace: Pace): number {
  return pace.beforeMs + brokenMsOf(fault, pace) + pace.afterMs;
}
