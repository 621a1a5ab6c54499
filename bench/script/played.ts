/** What one tool's run came to, in one form for all three. */
import { Histogram } from '@palier/base/histogram';

export interface Counts {
  readonly requests: number;
  readonly failed: number;
}

/** By route, microseconds. */
export type Times = Readonly<Record<string, Histogram>>;

export interface Played {
  readonly tool: string;
  readonly startedAtMs: number;
  /** The whole run, by the tool's own count. */
  readonly counts: Readonly<Record<string, Counts>>;
  /** Begun in the judged hold, as the tool counts a latency, unrounded. */
  readonly times: Times;
  /** The same requests, all routes together, timed in another way: what explains a difference. By a name of `ways`. */
  readonly otherwise: Readonly<Partial<Record<Way, Histogram>>>;
  /** What the tool itself wrote, where it can be read. */
  readonly said: Readonly<Record<string, number>>;
  /** 0: it says that the limits were kept; null: it was not asked. */
  readonly status: number | null;
  /** Processor time of the generator, until just before its end. */
  readonly cpuMs: number;
}

/** From the actual send; with the wait for a connection; rounded as Locust does; ramps and warm-up included. */
export type Way = 'service' | 'with connecting' | 'rounded' | 'whole run';

/** One request of a tool that writes each one down. */
export interface Sent {
  readonly route: string;
  readonly atMs: number;
  readonly ms: number;
  /** Before it was sent, for want of a connection. */
  readonly blockedMs: number;
  readonly failed: boolean;
}

export function countsOf(sent: readonly Sent[]): Record<string, Counts> {
  const counts = [...Map.groupBy(sent, ({ route }) => route)].map(([route, list]): [string, Counts] => [
    route,
    { requests: list.length, failed: list.filter(({ failed }) => failed).length },
  ]);
  return Object.fromEntries(counts);
}

export function timesOf(sent: readonly Sent[]): Times {
  const byRoute = Map.groupBy(sent, ({ route }) => route);
  return Object.fromEntries([...byRoute].map(([route, list]) => [route, histogramOf(list.map(({ ms }) => ms))]));
}

export function histogramOf(timesMs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of timesMs) histogram.record(ms * 1000);
  return histogram;
}

/** All routes together. */
export function together(times: Times): Histogram {
  const all = new Histogram();
  for (const one of Object.values(times)) all.add(one);
  return all;
}

/** As Locust keeps a time (stats.py): whole milliseconds, above 100 ms two digits. */
export function roundedMs(ms: number): number {
  const step = ms < 100 ? 1 : ms < 1000 ? 10 : ms < 10_000 ? 100 : 1000;
  return Math.round(ms / step) * step;
}
