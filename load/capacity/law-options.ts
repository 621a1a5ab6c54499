/**
 * When a law is believed, each bound with its reason.
 */

export interface CapacityLawOptions {
  readonly minConcurrencyPoints: number;
  readonly minReplicaPoints: number;
  readonly sameConcurrencyShare: number;
  readonly minConcurrencySpan: number;
  readonly minR2: number;
  readonly maxResidual: number;
  readonly maxPrediction: number;
  readonly minEffectToNoise: number;
  readonly maxErrorPercent: number;
  readonly farPeak: number;
}

export const lawDefaults: CapacityLawOptions = {
  // Three parameters: the fourth point is the first that can contradict.
  minConcurrencyPoints: 4,
  // A fourth number of replicas is often more than a machine has; three determine the law exactly, and the sentence says so.
  minReplicaPoints: 3,
  // Probes around one edge are one point measured several times.
  sameConcurrencyShare: 0.05,
  // Over less than a factor of two every curve is a straight line.
  minConcurrencySpan: 2,
  // Below it something else than contention and coherence moves the throughput.
  minR2: 0.9,
  // What a ten-second probe scatters; a point further off belongs to another system.
  maxResidual: 0.15,
  // A little more than a residual, since the point did not pull the curve towards itself.
  maxPrediction: 0.25,
  // A bend that is not three times the scatter is the scatter's.
  minEffectToNoise: 3,
  // Failed requests cost other work than good ones.
  maxErrorPercent: 1,
  // A peak ten times beyond the measured range is a rounding error of β.
  farPeak: 10,
};

export interface RecommendOptions {
  /** Times today's limit, rising. */
  readonly factors: readonly number[];
  readonly maxReplicas: number;
  readonly utilisation: number;
  readonly draws: number;
  readonly drawsBeyond: number;
  readonly maxRangeFactor: number;
  readonly reservedConnections: number;
}

export const recommendDefaults: RecommendOptions = {
  factors: [1, 1.5, 2, 3, 5, 7.5, 10],
  // More replicas of one service than anybody runs from one file; the search for a number ends there.
  maxReplicas: 10_000,
  // Without a law each replica is trusted with four fifths of what one carries today.
  utilisation: 0.8,
  // Ten of them lie beyond each end: enough that another seed names the same number of replicas, or its neighbour.
  draws: 1000,
  // Beyond each end. With a fortieth, 89 to 94 of 100 simulated searches had the truth of a load in its interval: the bounds of α and β bend it.
  drawsBeyond: 0.01,
  // Who is told 8 to 16 can plan; between 11 and 380 lies another design.
  maxRangeFactor: 2,
  // PostgreSQL keeps as many for its superuser (superuser_reserved_connections), and somebody must be able to log in.
  reservedConnections: 3,
};
