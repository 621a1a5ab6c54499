/** How the recovery is looked for, each figure with its reason. */

export interface RecoveryOptions {
  /** Of the edge. */
  readonly overloadShare: number;
  readonly overloadMs: number;
  /** Of the edge, from above; the last is what the system surely carries. */
  readonly stepShares: readonly number[];
  readonly stepMs: number;
  readonly lastStepMs: number;
  readonly keptForMs: number;
}

export const recoveryDefaults: RecoveryOptions = {
  // Half as much again: what a link from a newspaper brings. Less leaves many systems only slower.
  overloadShare: 1.5,
  // Queues, retries and pools fill within seconds.
  overloadMs: 8000,
  stepShares: [0.9, 0.7, 0.4],
  stepMs: 10_000,
  // A backlog of 8 s at half the capacity too much drains within 20 s at less than half the load.
  lastStepMs: 25_000,
  // One good second may be chance.
  keptForMs: 3000,
};
