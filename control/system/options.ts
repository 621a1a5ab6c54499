/** What can be set on a running system, and why it is as it is. */
import type { BackoffOptions } from '@palier/base/backoff';

export const systemRunDefaults: {
  readonly balancerReadyMs: number;
  readonly balancerStopMs: number;
  readonly balancerRestart: BackoffOptions;
  readonly maxBalancerRestarts: number;
  readonly forgetRestartsAfterMs: number;
  readonly secondMs: number;
  readonly lateSecondMs: number;
  readonly keeperGraceMs: number;
  readonly oldKeeperMs: number;
} = {
  // Node starts in 50 ms, on a machine that swaps in seconds.
  balancerReadyMs: 15_000,
  // All replicas have been drained and stopped by then; what is left are answers on their way.
  balancerStopMs: 1000,
  // At once: until it is back every request of every service is refused.
  balancerRestart: { firstMs: 50, maxMs: 2000, floor: 0.5 },
  // So many in a row, and there is a reason that another start does not mend.
  maxBalancerRestarts: 5,
  forgetRestartsAfterMs: 30_000,
  secondMs: 1000,
  // A balancer that is being started again sends no seconds; the replicas are sampled nevertheless.
  lateSecondMs: 1500,
  // After an orderly stop nothing is left; after a failed start this is what replicas have for their ends.
  keeperGraceMs: 2000,
  // A keeper whose palier was killed may still be at its work when the next one starts: 2 s of grace, and 5 to look.
  oldKeeperMs: 10_000,
};
