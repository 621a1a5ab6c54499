/** What the analysis of a collection tells: the findings, and what a page needs to draw them. Pure. */
import type { SeenAccount } from './find/account.ts';
import { analyse, type Cluster, type Findings } from './find/analyse.ts';

export interface SummarisedChannel {
  readonly id: string;
  readonly login: string;
  readonly captures: number;
}

export interface DrawnCluster extends Omit<Cluster, 'ids'> {
  /** Accounts opened in each hour from `hoursFromMs` on: the cluster and a day and a half on each side. */
  readonly hours: readonly number[];
  readonly hoursFromMs: number;
}

export interface Summary extends Omit<Findings, 'clusters' | 'suspects'> {
  readonly channels: readonly SummarisedChannel[];
  readonly clusters: readonly DrawnCluster[];
  readonly suspects: Findings['suspects'];
  /** Of whom `suspects` lists some. */
  readonly suspected: number;
  /** Accounts opened in each month from the first one's on. */
  readonly months: readonly { readonly month: string; readonly count: number }[];
  readonly generatedAtMs: number;
}

const hourMs = 3_600_000;
const besideHours = 36;
/** A page is for people; the export has all. */
const mostSuspects = 500;
/** Twitch is younger than that. */
const mostMonths = 600;

export function summarise(
  seen: readonly SeenAccount[],
  channels: readonly SummarisedChannel[],
  generatedAtMs: number,
): Summary {
  const { clusters, suspects, ...findings } = analyse(seen);
  const createdMs = seen.flatMap((account) => account.createdMs ?? []);
  return {
    ...findings,
    channels,
    clusters: clusters.map((cluster) => drawn(createdMs, cluster)),
    suspects: suspects.slice(0, mostSuspects),
    suspected: suspects.length,
    months: monthsOf(createdMs),
    generatedAtMs,
  };
}

function drawn(createdMs: readonly number[], { fromMs, toMs, count, expected }: Cluster): DrawnCluster {
  const first = Math.floor(fromMs / hourMs) - besideHours;
  const hours = Array.from({ length: Math.floor(toMs / hourMs) + besideHours - first + 1 }, () => 0);
  for (const atMs of createdMs) {
    const hour = Math.floor(atMs / hourMs) - first;
    if (hour >= 0 && hour < hours.length) hours[hour] = (hours[hour] as number) + 1;
  }
  return { fromMs, toMs, count, expected, hours, hoursFromMs: first * hourMs };
}

function monthsOf(createdMs: readonly number[]): Summary['months'] {
  const counts = new Map<number, number>();
  for (const atMs of createdMs) {
    const date = new Date(atMs);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
    counts.set(month, (counts.get(month) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const numbers = [...counts.keys()];
  const last = numbers.reduce((a, b) => Math.max(a, b));
  const first = Math.max(
    numbers.reduce((a, b) => Math.min(a, b)),
    last - mostMonths,
  );
  return Array.from({ length: last - first + 1 }, (_, place) => {
    const month = first + place;
    const name = `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
    return { month: name, count: counts.get(month) ?? 0 };
  });
}
