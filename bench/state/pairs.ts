/** What the pairs of a case come to: the median of the ratios within the pairs, with its interval. Pure. */
import type { Met } from '../rows.ts';
import { type Estimate, estimate, median } from '../statistics.ts';

/** One contestant for one slice of time. */
export interface Slice {
  readonly operations: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
}

export interface Pair {
  readonly ours: Slice;
  readonly bare: Slice;
}

export interface CaseResult {
  readonly oursPerSecond: number;
  readonly barePerSecond: number;
  readonly oursCpuMicros: number;
  readonly bareCpuMicros: number;
  /** Ours to the bare client: operations a second, and operations by processor time of the client's process. */
  readonly rate: Estimate | null;
  readonly perCpu: Estimate | null;
}

export function resultOf(pairs: readonly Pair[]): CaseResult {
  return {
    oursPerSecond: median(pairs.map(({ ours }) => perSecond(ours))),
    barePerSecond: median(pairs.map(({ bare }) => perSecond(bare))),
    oursCpuMicros: median(pairs.map(({ ours }) => cpuMicros(ours))),
    bareCpuMicros: median(pairs.map(({ bare }) => cpuMicros(bare))),
    rate: estimate(pairs.map(({ ours, bare }) => perSecond(ours) / perSecond(bare))),
    perCpu: estimate(pairs.map(({ ours, bare }) => cpuMicros(bare) / cpuMicros(ours))),
  };
}

/** The whole interval must lie on the right side; a goal needs a case that was measured. */
export function metOf(rate: Estimate | null, least: number): Met {
  if (rate === null) return 'unclear';
  if (rate.low >= least) return 'yes';
  return rate.high < least ? 'no' : 'unclear';
}

function perSecond({ operations, elapsedMs }: Slice): number {
  return (1000 * operations) / elapsedMs;
}

function cpuMicros({ operations, cpuMs }: Slice): number {
  return (1000 * cpuMs) / operations;
}
