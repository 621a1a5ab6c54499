/**
 * A probe in figures: per service, of the balancer, the generator and the machine. Null: not told. Pure.
 */
import { Histogram, mergeHistograms } from '@palier/base/histogram';
import type { ReplicaSample, RouteSample, SystemSample, WindowResult } from '@palier/protocol';
import { judgedPart, type LoadedService, type LoadedSystem, type ProbeEvidence } from './evidence.ts';
import { type Reserve, reservesOf } from './reserves.ts';

export interface ProbeFigures {
  readonly level: number;
  /** As the generator saw them: answered well, and the share that was not. */
  readonly goodPerSecond: number;
  readonly errorShare: number;
  /** Of the requests, those whose first example of a 4xx was a 429. */
  readonly limitedShare: number;
  readonly p95Ms: number;
  readonly services: ReadonlyMap<string, ServiceFigures>;
  readonly generatorLoop: number | null;
  readonly balancerCores: number | null;
  /** Requests that the balancer refused because too many clients were connected, of all. */
  readonly refusedShare: number;
  readonly clientConnections: number | null;
  readonly machineShare: number | null;
  /** Of the machine; 0: not told. */
  readonly machineCores: number;
  /** Cores that had nothing to do but wait for a disk. */
  readonly diskWaitingCores: number | null;
}

/** Where there are several replicas, of the one that has the most of it; of HTTP figures, all together. */
export interface ServiceFigures {
  readonly name: string;
  readonly replicas: number;
  readonly cpuCores: number | null;
  /** Of the allotment; null without one. */
  readonly allottedCpuShare: number | null;
  readonly threadCores: number | null;
  readonly throttledShare: number | null;
  readonly loopShare: number | null;
  readonly loopDelayMs: number | null;
  readonly gcShare: number | null;
  readonly memoryShare: number | null;
  readonly descriptorShare: number | null;
  readonly diskWaitingThreads: number | null;
  readonly diskBytesPerSecond: number | null;
  readonly runQueueShare: number | null;
  readonly crashed: boolean;
  /** At the balancer. */
  readonly perSecond: number;
  readonly meanMs: number;
  /** By route: how many a second, and the time that the quickest quarter stays within. */
  readonly routes: ReadonlyMap<string, { readonly perSecond: number; readonly quickMs: number }>;
  /** Of its time at the balancer: before any replica could be given the request. Null: not told. */
  readonly queuedShare: number | null;
  /** The most requests that waited there at the same time. */
  readonly mostQueued: number | null;
  readonly errorShare: number;
  readonly limitedShare: number;
  readonly newConnectionShare: number | null;
  readonly connectFailureShare: number;
  /** What its metrics page says of pools, locks and queues. */
  readonly reserves: readonly Reserve[];
}

export function figuresOf(probe: ProbeEvidence, system: LoadedSystem): ProbeFigures {
  const { windows, samples, durationMs } = judgedPart(probe);
  const seconds = Math.max(1e-3, durationMs / 1000);
  const requests = sum(windows, ({ total }) => total.requests);
  const errors = sum(windows, ({ total }) => sum(Object.values(total.errors), (count) => count ?? 0));
  const services = new Map(system.services.map((one) => [one.name, serviceFigures(one, samples)]));
  const refused = sum(samples, (one) => sum(one.services, ({ routes }) => sum(routes, tooMany)));
  const asked = sum(samples, (one) => sum(one.services, ({ routes }) => sum(routes, (route) => route.requests)));
  return {
    level: probe.level,
    goodPerSecond: sum(windows, ({ total }) => total.endedWell) / seconds,
    errorShare: errors / Math.max(1, requests),
    limitedShare: limitedOf(windows) / Math.max(1, requests),
    p95Ms: mergeHistograms(windows.map(({ total }) => total.response)).quantile(0.95) / 1000,
    services,
    generatorLoop: mean(windows.map(({ generator }) => generator.loopUtilisation)),
    balancerCores: mean(samples.map(({ balancer }) => balancer?.cpuCores)),
    refusedShare: refused / Math.max(1, asked),
    clientConnections: mean(samples.map(({ balancer }) => balancer?.clientConnections)),
    machineShare: mean(samples.map(({ machine }) => machine?.busyShare)),
    diskWaitingCores: mean(samples.map(({ machine }) => machine && machine.ioWaitShare * (machine.cores ?? 0))),
    machineCores: highest(samples.map(({ machine }) => machine?.cores)) ?? 0,
  };
}

function tooMany({ errors }: RouteSample): number {
  return errors['too-many-connections'] ?? 0;
}

function limitedOf(windows: readonly WindowResult[]): number {
  return sum(windows, ({ total }) => (/\b429\b/.test(total.examples['4xx'] ?? '') ? (total.errors['4xx'] ?? 0) : 0));
}

function serviceFigures({ name, allotment }: LoadedService, samples: readonly SystemSample[]): ServiceFigures {
  const all = samples.flatMap((sample) => sample.replicas.filter((one) => one.service === name));
  const byReplica = [...Map.groupBy(all, ({ replica }) => replica).values()];
  const most = (read: (one: ReplicaSample) => number | null | undefined): number | null =>
    highest(byReplica.map((list) => mean(list.map(read))));
  const peak = (read: (one: ReplicaSample) => number | null | undefined): number | null => highest(all.map(read));
  const cpuCores = most((one) => one.cpuCores);
  const rssBytes = peak((one) => one.rssBytes);
  const read = most((one) => one.diskReadBytes);
  const written = most((one) => one.diskWriteBytes);
  const requests = sum(all, ({ http }) => http?.requests ?? 0);
  const share = (read: (one: ReplicaSample) => number | undefined): number =>
    sum(all, (one) => read(one) ?? 0) / Math.max(1, requests);
  const isTold = all.some(({ http }) => http?.newConnections !== undefined);
  return {
    name,
    replicas: Math.max(
      1,
      Math.round(all.filter(({ state }) => serving.has(state)).length / Math.max(1, samples.length)),
    ),
    cpuCores,
    allottedCpuShare: part(cpuCores, allotment.cpuCores),
    threadCores: most((one) => one.busiestThreadCores),
    throttledShare: most((one) => one.throttledShare),
    loopShare: most((one) => one.loopUtilisation),
    loopDelayMs: most((one) => one.loopDelayMs),
    gcShare: most((one) => one.gcShare),
    memoryShare: part(rssBytes, allotment.memoryBytes),
    descriptorShare: peak((one) => one.descriptorShare),
    diskWaitingThreads: most((one) => one.diskWaitingThreads),
    diskBytesPerSecond: read === null || written === null ? null : read + written,
    runQueueShare: most((one) => one.runQueueShare),
    crashed: all.some(({ state }) => state === 'crashed'),
    ...timesOf(samples, name),
    ...queueOf(samples, name),
    errorShare: share(({ http }) => http?.errors),
    limitedShare: share(({ http }) => http?.limited),
    newConnectionShare: isTold ? share(({ http }) => http?.newConnections) : null,
    connectFailureShare: share(({ http }) => http?.connectFailures),
    reserves: reservesOf(samples.flatMap(({ services }) => services.filter((one) => one.service === name))),
  };
}

const serving: ReadonlySet<string> = new Set(['healthy', 'unhealthy']);

function timesOf(
  samples: readonly SystemSample[],
  name: string,
): Pick<ServiceFigures, 'perSecond' | 'meanMs' | 'routes'> {
  const all = samples
    .flatMap(({ services }) => services.filter((one) => one.service === name))
    .flatMap((one) => one.routes);
  const seconds = Math.max(1, samples.length);
  const whole = new Histogram();
  const routes = new Map<string, { perSecond: number; quickMs: number }>();
  for (const [route, list] of Map.groupBy(all, (one) => one.route)) {
    const times = mergeHistograms(list.map(({ latency }) => latency));
    whole.add(times.snapshot());
    routes.set(route, { perSecond: times.count / seconds, quickMs: times.quantile(0.25) / 1000 });
  }
  return { perSecond: whole.count / seconds, meanMs: whole.mean / 1000, routes };
}

function queueOf(samples: readonly SystemSample[], name: string): Pick<ServiceFigures, 'queuedShare' | 'mostQueued'> {
  const all = samples.flatMap(({ services }) => services.filter((one) => one.service === name));
  const told = all.flatMap(({ queue }) => queue ?? []);
  const spentMs = sum(all, ({ routes }) => sum(routes, ({ latency }) => latency.sum / 1000));
  const waitedMs = sum(told, (queue) => queue.waitedMs);
  return {
    queuedShare: told.length === 0 ? null : Math.min(1, waitedMs / Math.max(1, spentMs)),
    mostQueued: highest(told.map(({ mostWaiting }) => mostWaiting)),
  };
}

function part(value: number | null, of: number | null): number | null {
  return value === null || of === null || of === 0 ? null : value / of;
}

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}

/** Of those that are told. */
function mean(values: readonly (number | null | undefined)[]): number | null {
  const told = values.filter((value) => value !== null && value !== undefined);
  return told.length === 0 ? null : sum(told, (value) => value) / told.length;
}

function highest(values: readonly (number | null | undefined)[]): number | null {
  const told = values.filter((value) => value !== null && value !== undefined);
  return told.length === 0 ? null : Math.max(...told);
}
