/** How the search for the limit goes about it: defaults, each with its reason. */

export interface SearchOptions {
  /** Where the search begins; see `startLevelOf`. */
  readonly startLevel: number;
  /** Nothing below it is tried: a closed model has no half users. */
  readonly minLevel: number;
  readonly maxLevel: number;
  /** Whether levels are whole numbers (users). */
  readonly whole: boolean;
  /** Of a level, in words: `users`, `arrivals/s`. */
  readonly unit: string;
  /** All probes together, ramps included. */
  readonly maxSearchMs: number;
  readonly growth: number;
  readonly bracketHoldMs: number;
  readonly edgeHoldMs: number;
  readonly maxHoldMs: number;
  readonly levelsPerRun: number;
  /** The search ends when the interval is this share of the estimate to either side. */
  readonly targetShare: number;
  readonly minEdgeProbes: number;
  readonly maxInvalidRuns: number;
}

export const searchDefaults: Omit<SearchOptions, 'startLevel' | 'minLevel' | 'maxLevel' | 'whole' | 'unit'> = {
  // With the recovery and the probes for the bottleneck a command takes 3 to 5 minutes.
  maxSearchMs: 180_000,
  // Doubling: six steps from an eighth of what the scenario asks for to eight times as much.
  growth: 2,
  // Coarse: it only has to tell kept from broken where they are far apart.
  bracketHoldMs: 4000,
  // Near the edge one probe flips on noise whatever its length; several short ones say more than one long one.
  edgeHoldMs: 6000,
  // A probe with too few requests is repeated twice as long, up to here.
  maxHoldMs: 30_000,
  // One ramp of users (with their logins) serves so many probes.
  levelsPerRun: 4,
  // Ten searches then agree within ±5 %: each lies within ±3 % of the edge 19 times in 20.
  targetShare: 0.03,
  minEdgeProbes: 6,
  // One or two repeats forgive a machine that was busy for a moment.
  maxInvalidRuns: 3,
};

/** `--quick`: with the run that is under way when the time is up, and the way back from the overload, a command takes 1.5 to 2 minutes. */
export const quickSearch: Partial<SearchOptions> = {
  maxSearchMs: 75_000,
  // Fewer steps up: a run near the edge halves a bracket of three as surely as one of two.
  growth: 3,
  bracketHoldMs: 3000,
  edgeHoldMs: 4000,
  targetShare: 0.05,
  minEdgeProbes: 5,
};
