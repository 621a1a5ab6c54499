/**
 * The bounds between which a figure turns from harmless (0) to full (1), each with its reason. Linear in between.
 */

/** Below `from`: harmless; at `to` and above: full. */
export interface Bound {
  readonly from: number;
  readonly to: number;
}

export interface BottleneckBounds {
  readonly allottedCpuShare: Bound;
  readonly throttledShare: Bound;
  readonly threadCores: Bound;
  readonly loopShare: Bound;
  readonly gcShare: Bound;
  readonly memoryShare: Bound;
  readonly descriptorShare: Bound;
  readonly diskWaitingThreads: Bound;
  readonly diskWaitingCores: Bound;
  readonly machineShare: Bound;
  readonly balancerCores: Bound;
  readonly refusedShare: Bound;
  readonly newConnectionShare: Bound;
  readonly queueDepth: Bound;
  readonly queueGrowth: Bound;
  readonly poolShare: Bound;
  readonly waiting: Bound;
  readonly waitedShare: Bound;
  readonly atATime: Bound;
  readonly queuedShare: Bound;
}

export const bounds: BottleneckBounds = {
  // Mean over seconds: 95 % is full, since a control group's quota is given out every 100 ms and the rest is lost at the edges.
  allottedCpuShare: { from: 0.7, to: 0.93 },
  // Held back for half of the time is full, even where a busy machine gave it less than its allotment; short bursts hold back a tenth.
  throttledShare: { from: 0.15, to: 0.5 },
  // One thread cannot use more than one core; readings are exact to a hundredth.
  threadCores: { from: 0.75, to: 0.93 },
  loopShare: { from: 0.8, to: 0.97 },
  // Of the time in which it was busy. V8 at peace spends 1 to 5 %; at a third, most work is collecting.
  gcShare: { from: 0.12, to: 0.35 },
  memoryShare: { from: 0.85, to: 0.97 },
  descriptorShare: { from: 0.85, to: 0.97 },
  // On average one thread in the disk's queue is a disk that is never at rest.
  diskWaitingThreads: { from: 0.25, to: 1 },
  // A core counts as waiting only while nobody else has work for it, so most of one is a disk that is waited for all the time.
  diskWaitingCores: { from: 0.2, to: 0.7 },
  machineShare: { from: 0.85, to: 0.97 },
  balancerCores: { from: 0.75, to: 0.95 },
  // One refusal in a hundred breaks usual limits on errors.
  refusedShare: { from: 0.003, to: 0.02 },
  // Pools that are still filling open a few; every second request is no pool.
  newConnectionShare: { from: 0.2, to: 0.5 },
  queueDepth: { from: 3, to: 10 },
  queueGrowth: { from: 1.5, to: 3 },
  poolShare: { from: 0.75, to: 0.95 },
  // On average one waits always.
  waiting: { from: 0.2, to: 1 },
  // Three quarters of the time is waiting: the queue is three times as long as the work.
  waitedShare: { from: 0.35, to: 0.7 },
  // Whoever lets in one at a time, and is waited for, is busy all the time; noise makes the inferred number a little smaller.
  atATime: { from: 0.35, to: 0.7 },
  // A third of the time is spent before a replica has the request at all.
  queuedShare: { from: 0.15, to: 0.4 },
};

/** Weaker causes are not worth a sentence: one figure that is a little high is what every system has. */
export const leastScore = 0.4;
/** So many causes are told. */
export const maxCausesCount = 6;

/**
 * When is a system at its limit at all? Any of these, from half load to the knee. Throughput that grew by so much less than the load:
 * a fifth is more than the noise of a probe of some seconds.
 */
export const limitedSigns: { readonly shortfall: number; readonly slowdown: number; readonly errorShare: number } = {
  shortfall: 0.2,
  // A queue that is forming makes p95 many times as long; one and a half times is the noise of a shared machine.
  slowdown: 1.8,
  errorShare: 0.01,
};

/** Making and ending a connection on both sides, measured on loopback with small answers; processor time of the service. */
export const connectionCostMs = 0.15;

/** Up to so many at a time per replica it is a lock: Little's k is inferred from times that hold some waiting. */
export const lockAtMost = 1.7;
/** A second, of all services: logs are written at less. */
export const leastDiskBytes = 100_000;
/** Who is busy less than this is idle, whatever part of the little is what. */
export const leastBusyShare = 0.3;
/** What is full for the sake of something else falls behind it by this share. */
export const filledWeight = 0.6;
/** What is inferred is worth less than what is seen. */
export const inferredWeight = 0.8;

export const changeBounds: {
  readonly allotmentFactor: number;
  readonly leastAllotmentFactor: number;
  readonly leastShareGone: number;
} = {
  // What was full is half empty then: an effect far above the noise of seconds.
  allotmentFactor: 2,
  // Less than that may not be seen.
  leastAllotmentFactor: 1.4,
  // Whatever is added to a system makes it a little quicker; the cause is what takes most of the waiting away.
  leastShareGone: 0.5,
};

/** 0 at `from`, 1 at `to`. */
export function rise(value: number | null | undefined, { from, to }: Bound): number {
  if (value === null || value === undefined || !Number.isFinite(value)) return 0;
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}
