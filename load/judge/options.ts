/**
 * What the judge demands, each with its reason.
 */

export interface JudgeOptions {
  /** Confidence of every interval and bound, 0…1. */
  readonly confidence: number;
  readonly minRequestsForP95: number;
  readonly minRequestsForP99: number;
  readonly minJudgedMs: number;
  readonly minSampledSeconds: number;
  readonly maxLagShare: number;
  readonly minLagBoundMs: number;
  readonly maxLagBoundMs: number;
  readonly maxLoopUtilisation: number;
  readonly minSendsMadeShare: number;
  readonly maxRefusedShare: number;
  readonly maxLittlesLawShare: number;
  readonly maxBacklogShare: number;
  readonly maxGcShare: number;
  readonly minStallBoundMs: number;
  readonly maxStallBoundMs: number;
  readonly maxClockShiftMs: number;
  readonly maxUnjudgedErrorShare: number;
  readonly maxVainUserShare: number;
  readonly maxSeriesPoints: number;
}

export const judgeDefaults: JudgeOptions = {
  confidence: 0.95,
  // Ten values above the quantile: fewer, and the interval is wider than most limits are apart. (72 would close it.)
  minRequestsForP95: 200,
  // The same ten values.
  minRequestsForP99: 1000,
  // Shorter stretches are ruled by the first garbage collection and the last think time.
  minJudgedMs: 10_000,
  // Five batches of three seconds, the least from which a mean gets an interval.
  minSampledSeconds: 15,
  // A tenth of the limit is what a reader forgives; timers alone cost 1.5 ms, and a person's 50 ms is late whatever the limit.
  maxLagShare: 0.1,
  minLagBoundMs: 2,
  maxLagBoundMs: 50,
  // Above it queues form in the event loop itself.
  maxLoopUtilisation: 0.8,
  minSendsMadeShare: 0.98,
  // A tenth of the hundredth that a p99 looks at: those left out are the ones that would have waited longest.
  maxRefusedShare: 0.001,
  maxLittlesLawShare: 0.05,
  // Less than one task in twenty is within what a hold's level and its beginning may leave.
  maxBacklogShare: 0.05,
  maxGcShare: 0.1,
  // Half the tightest limit, but a busy machine holds up any process for 100 ms now and then, and 250 ms always shows.
  minStallBoundMs: 150,
  maxStallBoundMs: 250,
  // Samples are matched to the load by wall clock, to the second.
  maxClockShiftMs: 2000,
  // So many failures that nobody judges take the pass away: fast errors make every latency look well.
  maxUnjudgedErrorShare: 0.01,
  // One user in twenty that gets no answer at all is no system that holds, however many requests the others make.
  maxVainUserShare: 0.05,
  // An hour of seconds; more is no longer seen on a screen.
  maxSeriesPoints: 3600,
};
