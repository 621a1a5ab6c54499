/**
 * What a change must be to be news, each with its reason.
 */

export interface CompareOptions {
  /** The chance of one false alarm or more in a whole comparison of like with like, 0…1. */
  readonly maxFalseAlarm: number;
  /** How much a figure of all requests or of a service weighs against one of a single route. */
  readonly headlineWeight: number;
  /** Confidence of the intervals that are shown, 0…1; each for itself. */
  readonly confidence: number;
  readonly minRequestsForP95: number;
  readonly minRequestsForP99: number;
  readonly leastLatencyShare: number;
  readonly leastLatencyMs: number;
  readonly leastThroughputShare: number;
  readonly leastErrorShare: number;
  readonly leastCpuShare: number;
  readonly leastCpuMs: number;
  readonly leastMemoryShare: number;
  readonly leastMemoryBytes: number;
  readonly mustSeeShare: number;
  readonly maxThinkShare: number;
  readonly leastMixShare: number;
  readonly leastLimitShare: number;
}

export const compareDefaults: CompareOptions = {
  // Comparisons run at every change: one that cries wolf once in twenty is soon ignored; one that never does sees nothing.
  maxFalseAlarm: 0.02,
  // Twenty routes must not hide what all requests together show.
  headlineWeight: 4,
  confidence: 0.95,
  // As the judge: ten values above the quantile.
  minRequestsForP95: 200,
  minRequestsForP99: 1000,
  // What differs from start to start of one unchanged program (compiled code, memory layout, neighbours) is in no statistics over one run;
  // five per cent is our judgement of it, not a measurement.
  leastLatencyShare: 0.05,
  // Timers and scheduling alone.
  leastLatencyMs: 0.5,
  // Throughput is an average over everything and moves less.
  leastThroughputShare: 0.02,
  // One request in a thousand: the least error limit that people set.
  leastErrorShare: 0.001,
  leastCpuShare: 0.1,
  // What a log line or a probe beside the requests costs.
  leastCpuMs: 0.02,
  // When a heap is collected is the collector's mood; a leak or a new cache is more than that.
  leastMemoryShare: 0.15,
  leastMemoryBytes: 8 * 1024 * 1024,
  // A comparison that would have missed a p95 half as long again has not looked.
  mustSeeShare: 0.5,
  // Drawn think times average out to a per cent within a minute.
  maxThinkShare: 0.05,
  // A route that is slow and one that is fast change places by their numbers: two points of a hundred move a p95 by less than is news.
  leastMixShare: 0.02,
  // Ten searches of one system agree within this.
  leastLimitShare: 0.05,
};
