/**
 * The curves of a run: one point a second, or, when that would be too many, one for every so many seconds. Histograms are merged before a
 * quantile is taken, so that a merged point tells the quantile of its span and not a mean of quantiles.
 */
import { mergeHistograms } from '@palier/base/histogram';
import type { LoadSecond, ReplicaPoint, ReplicaSample, ReplicaSeries, SeriesPoint } from '@palier/protocol';
import type { ScenarioEvidence } from './evidence.ts';
import { addErrors } from './join.ts';

export function loadSeries(seconds: readonly LoadSecond[], maxPoints: number): readonly SeriesPoint[] {
  return grouped(seconds, maxPoints).map((group, i, groups) => {
    const last = group[group.length - 1] as LoadSecond;
    const before = groups[i - 1];
    const spanMs = last.atMs - (before === undefined ? 0 : (before[before.length - 1] as LoadSecond).atMs);
    return seriesPoint(group, last, Math.max(1, spanMs));
  });
}

function seriesPoint(group: readonly LoadSecond[], last: LoadSecond, spanMs: number): SeriesPoint {
  const times = mergeHistograms(group.map((second) => second.response));
  const errors = addErrors(group.map((second) => second.errors));
  const errorCount = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const at = (q: number, fewest: number): number | null => (times.count < fewest ? null : times.quantile(q) / 1000);
  const lag = mergeHistograms(group.map((second) => second.generator.lag));
  const mean = (read: (second: LoadSecond) => number): number =>
    group.reduce((sum, second) => sum + read(second), 0) / group.length;
  return {
    atMs: last.atMs,
    spanMs,
    users: last.users,
    arrivalsPerSecond: (1000 * group.reduce((sum, second) => sum + second.arrivals, 0)) / spanMs,
    refusedPerSecond: (1000 * group.reduce((sum, second) => sum + second.refusedArrivals, 0)) / spanMs,
    inFlight: last.inFlight,
    requestsPerSecond: (1000 * group.reduce((sum, second) => sum + second.requests, 0)) / spanMs,
    errorsPerSecond: (1000 * errorCount) / spanMs,
    errors,
    p50Ms: at(0.5, 1),
    p95Ms: at(0.95, 20),
    p99Ms: at(0.99, 100),
    generator: {
      lagP99Ms: lag.quantile(0.99) / 1000,
      loopUtilisation: mean((second) => second.generator.loopUtilisation),
      gcShare: mean((second) => second.generator.gcShare),
      cpuCores: mean((second) => second.generator.cpuCores),
      longestStallMs: Math.max(...group.map((second) => second.generator.longestStallMs)),
    },
  };
}

/** Every replica that was ever seen, in the order of appearance. */
export function replicaSeries(evidence: ScenarioEvidence, maxPoints: number): readonly ReplicaSeries[] {
  const byReplica = Map.groupBy(
    evidence.samples.flatMap((sample) => sample.replicas),
    (replica) => `${replica.service}/${replica.replica}`,
  );
  const none = { cpuCores: null, memoryBytes: null };
  return [...byReplica.values()].map((samples) => {
    const { service, replica } = samples[0] as ReplicaSample;
    return {
      service,
      replica,
      allotment: evidence.services.find(({ name }) => name === service)?.allotment ?? none,
      points: grouped(samples, maxPoints).map((group) => replicaPoint(group, evidence.result.startedAtEpochMs)),
    };
  });
}

function replicaPoint(group: readonly ReplicaSample[], startedAtEpochMs: number): ReplicaPoint {
  const last = group[group.length - 1] as ReplicaSample;
  const known = (read: (sample: ReplicaSample) => number | null | undefined): readonly number[] =>
    group.map(read).filter((value) => typeof value === 'number');
  const mean = (list: readonly number[]): number | null =>
    list.length === 0 ? null : list.reduce((sum, value) => sum + value, 0) / list.length;
  const highest = (list: readonly number[]): number | null => (list.length === 0 ? null : Math.max(...list));
  return {
    atMs: last.atMs - startedAtEpochMs,
    state: last.state,
    cpuCores: mean(known((sample) => sample.cpuCores)),
    rssBytes: highest(known((sample) => sample.rssBytes)),
    throttledShare: mean(known((sample) => sample.throttledShare)),
    loopUtilisation: mean(known((sample) => sample.loopUtilisation)),
    requestsPerSecond: mean(known((sample) => sample.http?.requests)),
    inFlight: highest(known((sample) => sample.http?.inFlight)),
  };
}

/** Neighbours together, as many groups as fit. */
function grouped<T>(list: readonly T[], maxGroups: number): readonly (readonly T[])[] {
  const size = Math.max(1, Math.ceil(list.length / maxGroups));
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
