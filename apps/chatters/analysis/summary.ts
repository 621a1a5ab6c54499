/** What the analysis of a collection tells: the findings, and what a page needs to draw them. Pure. */
import type { SeenAccount } from './find/account.ts';
import { analyse, type Cluster, type Findings, type Suspect } from './find/analyse.ts';

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

/** Suspects of whom the same is to be said. */
export interface SuspectGroup {
  readonly reasons: Suspect['reasons'];
  /** In the order in which they were opened. */
  readonly accounts: readonly Omit<Suspect, 'reasons'>[];
}

export interface Summary extends Omit<Findings, 'clusters' | 'suspects'> {
  readonly channels: readonly SummarisedChannel[];
  readonly clusters: readonly DrawnCluster[];
  /** The largest group first. */
  readonly suspects: readonly SuspectGroup[];
  /** How many there are; `suspects` lists two thousand at most. */
  readonly suspected: number;
  /** Accounts opened in each month from the first one's on. */
  readonly months: readonly { readonly month: string; readonly count: number }[];
  readonly generatedAtMs: number;
}

const hourMs = 3_600_000;
const besideHours = 36;
/** More are no page for people; a summary of them all has to fit in what is kept of it (1 MiB). */
const mostSuspects = 2000;
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
    suspects: grouped(suspects.slice(0, mostSuspects)),
    suspected: suspects.length,
    months: monthsOf(createdMs),
    generatedAtMs,
  };
}

function grouped(suspects: readonly Suspect[]): readonly SuspectGroup[] {
  const groups = new Map<string, { reasons: Suspect['reasons']; accounts: Omit<Suspect, 'reasons'>[] }>();
  for (const { reasons, ...account } of suspects) {
    const key = JSON.stringify(reasons);
    const group = groups.get(key) ?? { reasons, accounts: [] };
    group.accounts.push(account);
    groups.set(key, group);
  }
  for (const { accounts } of groups.values()) accounts.sort((a, b) => (a.createdMs ?? 0) - (b.createdMs ?? 0));
  return [...groups.values()].toSorted((a, b) => b.accounts.length - a.accounts.length);
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
