/**
 * What the seconds of a load tell by themselves: whether some of them keep the limits (enough to step on or to turn back, not to judge),
 * whether the target fell silent for good, and how long what it still has in hand takes it.
 */
import { mergeHistograms } from '@palier/base/histogram';
import type { LimitsFile, LoadSecond, Probe } from '@palier/protocol';
import type { ProbeFindings } from './probe.ts';

/** Fewer answers say nothing of a p95. */
const leastAnswers = 10;
/** A queue that takes longer to empty is the recovery's to find. */
const maxRestMs = 30_000;
/** What the system serves at the end of a load is read from these. */
const lastSeconds = 5;

/** Null: too little to say. Only limits over all requests are looked at. */
export function keepsLimits(seconds: readonly LoadSecond[], limits: LimitsFile): boolean | null {
  const requests = seconds.reduce((sum, second) => sum + second.requests, 0);
  const errors = seconds.reduce((sum, second) => sum + failed(second), 0);
  const times = mergeHistograms(seconds.map((second) => second.response));
  // Nobody was answered although somebody waits.
  if (requests === 0) return seconds.length > 0 && seconds.every(({ inFlight }) => inFlight > 0) ? false : null;
  if (errors * 2 > requests) return false;
  if (times.count < leastAnswers) return null;
  const { p95Ms, p99Ms, errorPercent } = limits;
  const slow = (quantile: number, limitMs: number | undefined): boolean =>
    limitMs !== undefined && times.quantile(quantile) >= limitMs * 1000;
  if (slow(0.95, p95Ms) || slow(0.99, p99Ms)) return false;
  return !(errorPercent !== undefined && (100 * errors) / requests >= errorPercent);
}

/** Whether there is a limit that `keepsLimits` can see. */
export function seenLive({ p95Ms, p99Ms, errorPercent }: LimitsFile): boolean {
  return p95Ms !== undefined || p99Ms !== undefined || errorPercent !== undefined;
}

/** From when on until the end no connection was accepted at all, milliseconds since the start of the load; null: some was at the end. */
export function silentFromMs(seconds: readonly LoadSecond[]): number | null {
  const busy = seconds.filter(({ requests }) => requests > 0);
  const lastHeard = busy.findLastIndex(({ requests, errors }) => (errors.connect ?? 0) < requests);
  const first = busy[lastHeard + 1];
  return first === undefined ? null : first.atMs - 1000;
}

/** A probe that was not over when the target died says nothing of its limits. `diedAtMs`: since the start of the command. */
export function withDeath<Found extends Pick<ProbeFindings, 'probe' | 'brokenBy' | 'refusedWith'>>(
  found: Found,
  diedAtMs: number,
): Found {
  const { probe } = found;
  if (probe.startMs + probe.durationMs <= diedAtMs) return found;
  const reason = 'The target died: no connection was accepted any more, and it did not answer afterwards.';
  return { ...found, probe: { ...probe, outcome: 'invalid', reason }, brokenBy: null, refusedWith: null };
}

/**
 * How long to leave a system alone after its last probe: what it still has in hand when a load that broke it ends would weigh on the next
 * one. That are the requests for which nobody waits any more, and those that were under way at the end; at the rate at which it served
 * last they take so long (Little's law). At least as long as its answers took, at most 30 s. Milliseconds.
 */
export function restMsAfter(
  last: Pick<Probe, 'outcome' | 'p95Ms'> | undefined,
  seconds: readonly Pick<LoadSecond, 'requests' | 'errors' | 'inFlight'>[],
): number {
  if (last === undefined || last.outcome === 'kept') return 0;
  const givenUp = (some: typeof seconds): number => some.reduce((sum, { errors }) => sum + (errors.timeout ?? 0), 0);
  const left = givenUp(seconds) + (seconds.at(-1)?.inFlight ?? 0);
  const end = seconds.slice(-lastSeconds);
  const served = (end.reduce((sum, { requests }) => sum + requests, 0) - givenUp(end)) / end.length;
  const drainMs = left === 0 ? 0 : (1000 * left) / Math.max(served, Number.MIN_VALUE);
  return Math.min(maxRestMs, Math.max(last.p95Ms, drainMs));
}

function failed(second: LoadSecond): number {
  return Object.values(second.errors).reduce((sum, count) => sum + count, 0);
}
