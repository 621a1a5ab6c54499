/**
 * Accounts that were opened together: more within some hours than the weeks around let one expect, and more than a day that drew everybody
 * spreads over its hours. The second condition is what tells a script from a rush: on the day of a game's release ten times as many people come as
 * usual, but all day long.
 *
 * A scan statistic (Naus 1965) over windows of several widths, with the local rate as the null.
 */
import { logBinomialTail, logPoissonTail } from './chance.ts';
import type { FindOptions } from './options.ts';

export interface CreationCluster {
  readonly fromMs: number;
  readonly toMs: number;
  /** Places in the list that was handed in. */
  readonly from: number;
  readonly count: number;
  /** How many would be usual in such a time. */
  readonly expected: number;
}

const dayMs = 86_400_000;

/** `createdMs` in ascending order. Clusters by time; none shares an account with another. */
export function findClusters(createdMs: readonly number[], options: FindOptions): readonly CreationCluster[] {
  const found: { readonly cluster: CreationCluster; readonly score: number }[] = [];
  for (const widthMs of options.windowsMs) {
    let to = 0;
    for (let from = 0; from < createdMs.length; from++) {
      const beginMs = createdMs[from] as number;
      while (to < createdMs.length && (createdMs[to] as number) < beginMs + widthMs) to++;
      const count = to - from;
      if (count < options.leastInCluster) continue;
      const judged = judge(createdMs, from, count, widthMs, options);
      if (judged !== undefined) found.push(judged);
    }
  }
  return apart(found, options.mostClusters);
}

function judge(
  createdMs: readonly number[],
  from: number,
  count: number,
  widthMs: number,
  options: FindOptions,
): { cluster: CreationCluster; score: number } | undefined {
  const fromMs = createdMs[from] as number;
  const toMs = createdMs[from + count - 1] as number;
  const expected = usual(createdMs, fromMs, widthMs, options);
  const score = logPoissonTail(count, expected);
  // One window begins at each account, for each width.
  if (score > Math.log(options.falseClusters / (createdMs.length * options.windowsMs.length))) return undefined;
  const middleMs = (fromMs + toMs) / 2;
  const ofDay = within(createdMs, middleMs - dayMs / 2, middleMs + dayMs / 2);
  const shape = logBinomialTail(count, ofDay, (widthMs / dayMs) * options.peakFactor);
  if (shape > Math.log(options.falseShape)) return undefined;
  return { cluster: { fromMs, toMs, from, count, expected }, score };
}

/** How many the weeks around, without the two days that the window touches, let one expect in a window of that width at the busiest hours. */
function usual(createdMs: readonly number[], fromMs: number, widthMs: number, options: FindOptions): number {
  const { usualMs, peakFactor } = options;
  const firstMs = Math.max(createdMs[0] as number, fromMs - usualMs);
  const lastMs = Math.min(createdMs.at(-1) as number, fromMs + widthMs + usualMs);
  const around = within(createdMs, firstMs, fromMs - dayMs) + within(createdMs, fromMs + widthMs + dayMs, lastMs + 1);
  const spanMs = Math.max(0, fromMs - dayMs - firstMs) + Math.max(0, lastMs - (fromMs + widthMs + dayMs));
  // Where nobody else is near, one in that time is taken for usual: a rate of zero would make anything impossible.
  return ((around + 1) / Math.max(spanMs, dayMs)) * widthMs * peakFactor;
}

/** The most unlikely first; whatever overlaps with one that is taken is left out. */
function apart(
  found: readonly { readonly cluster: CreationCluster; readonly score: number }[],
  most: number,
): readonly CreationCluster[] {
  const taken: CreationCluster[] = [];
  for (const { cluster } of found.toSorted((a, b) => a.score - b.score)) {
    if (taken.length === most) break;
    const free = taken.every(({ from, count }) => cluster.from + cluster.count <= from || from + count <= cluster.from);
    if (free) taken.push(cluster);
  }
  return taken.toSorted((a, b) => a.fromMs - b.fromMs);
}

/** How many lie in [`fromMs`, `toMs`). */
export function within(createdMs: readonly number[], fromMs: number, toMs: number): number {
  return Math.max(0, firstAtLeast(createdMs, toMs) - firstAtLeast(createdMs, fromMs));
}

function firstAtLeast(createdMs: readonly number[], ms: number): number {
  let low = 0;
  let high = createdMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((createdMs[middle] as number) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
