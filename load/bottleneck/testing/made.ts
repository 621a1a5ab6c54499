/** Evidence as two probes would bring it, made from a few figures: a system `api` (and `store`, which it calls) at half load and at the knee. */
import { Histogram, type HistogramSnapshot } from '@palier/base/histogram';
import type { Random } from '@palier/base/random';
import type { ReplicaHttpSample, ReplicaSample, RouteResult, SystemSample } from '@palier/protocol';
import type { LoadedSystem, ProbeEvidence } from '../evidence.ts';

export interface MadeService {
  readonly perSecond: number;
  /** Quickest and mean. */
  readonly quickMs: number;
  readonly meanMs: number;
  readonly replicas?: number;
  readonly usage?: Partial<Omit<ReplicaSample, 'http'>>;
  /** Counts a second. */
  readonly http?: Partial<ReplicaHttpSample>;
  readonly refused?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  /** At the balancer, milliseconds of a second and the most at once. */
  readonly queue?: { readonly waitedMs: number; readonly mostWaiting: number };
}

export interface MadeProbe {
  readonly level: number;
  readonly outcome?: ProbeEvidence['outcome'];
  readonly services: Readonly<Record<string, MadeService>>;
  readonly errors?: RouteResult['errors'];
  readonly examples?: RouteResult['examples'];
  readonly generatorLoop?: number;
  readonly balancerCores?: number;
  readonly machineShare?: number;
  readonly ioWaitShare?: number;
  /** Every figure is off by up to this share. */
  readonly noise?: { readonly random: Random; readonly share: number };
}

const seconds = 8;
const startEpochMs = 1_800_000_000_000;

export const madeSystem: LoadedSystem = {
  service: 'api',
  services: [
    {
      name: 'api',
      allotment: { cpuCores: 0.5, memoryBytes: 200e6 },
      replicas: { min: 1, max: 2 },
      env: { STORE: '{{services.store.url}}/items' },
      tunables: [{ name: 'pool', env: 'POOL_SIZE', from: '5', to: '10', relieves: ['pool'] }],
    },
    {
      name: 'store',
      allotment: { cpuCores: 2, memoryBytes: null },
      replicas: { min: 1, max: 1 },
      env: {},
      tunables: [{ name: 'workers', env: 'WORKERS', from: '2', to: '4', relieves: ['queue'] }],
    },
  ],
};

export function madeProbe(made: MadeProbe): ProbeEvidence {
  const front = made.services['api'] as MadeService;
  const requests = Math.round(front.perSecond * seconds);
  const response = latency(front, requests);
  const total: RouteResult = {
    requests,
    ended: requests,
    endedWell: requests - Object.values(made.errors ?? {}).reduce((sum, count) => sum + count, 0),
    errors: made.errors ?? {},
    examples: made.examples ?? {},
    response,
    service: response,
    sentBytes: 0,
    receivedBytes: 0,
    slowest: null,
  };
  const empty = new Histogram().snapshot();
  const generator = { loopUtilisation: made.generatorLoop ?? 0.1, gcShare: 0, cpuCores: 0.1, longestStallMs: 1 };
  return {
    level: made.level,
    outcome: made.outcome ?? 'broken',
    result: {
      startedAtEpochMs: startEpochMs,
      durationMs: seconds * 1000,
      endedEarly: null,
      windows: [
        {
          window: { name: 'hold', startMs: 0, endMs: seconds * 1000, judged: true },
          total,
          routes: {},
          generator: { ...generator, lag: empty },
          userMs: 0,
          waitMs: 0,
          thinkMs: 0,
          sendsDue: requests,
          sendsMade: requests,
          exhausted: 0,
          retried: 0,
          failedStarts: 0,
          arrivals: 0,
          refusedArrivals: 0,
          droppedMessages: 0,
        },
      ],
    },
    samples: Array.from({ length: seconds }, (_, i) => sampleOf(made, startEpochMs + (i + 1) * 1000)),
  };
}

function sampleOf(made: MadeProbe, atMs: number): SystemSample {
  const services = Object.entries(made.services);
  return {
    atMs,
    replicas: services.flatMap(([name, one]) =>
      Array.from({ length: one.replicas ?? 1 }, (_, i) => replicaOf(name, i + 1, one, made, atMs)),
    ),
    services: services.map(([service, one]) => ({
      atMs,
      service,
      routes: [
        {
          route: 'other',
          requests: Math.round(one.perSecond),
          errors: one.refused === undefined ? {} : { 'too-many-connections': one.refused },
          latency: latency(one, Math.round(one.perSecond)),
        },
      ],
      metrics: one.metrics ?? {},
      queue: { queued: 0, waitedMs: 0, mostWaiting: 0, ...one.queue },
    })),
    balancer: { cpuCores: noisy(made, made.balancerCores ?? 0.1), clientConnections: made.level },
    machine: {
      busyShare: noisy(made, made.machineShare ?? 0.4),
      stealShare: 0,
      ioWaitShare: made.ioWaitShare ?? 0,
      cores: 2,
    },
  };
}

function replicaOf(service: string, number: number, one: MadeService, made: MadeProbe, atMs: number): ReplicaSample {
  const share = one.perSecond / (one.replicas ?? 1);
  const usage: Omit<ReplicaSample, 'http'> = {
    atMs,
    service,
    replica: `${service}-${number}`,
    state: 'healthy',
    pid: 1000 + number,
    cpuCores: 0.1,
    rssBytes: 80e6,
    descriptors: 60,
    threads: 11,
    throttledShare: 0,
    diskReadBytes: 0,
    diskWriteBytes: 0,
    loopUtilisation: 0.2,
    gcShare: 0.01,
    descriptorShare: 0.003,
    busiestThreadCores: 0.08,
    diskWaitingThreads: 0,
    runQueueShare: 0.02,
    ...one.usage,
  };
  const figures = ['cpuCores', 'rssBytes', 'loopUtilisation', 'gcShare', 'busiestThreadCores'] as const;
  const noisyFigures = Object.fromEntries(
    figures.map((key) => [key, usage[key] === null ? null : noisy(made, usage[key] ?? 0)]),
  );
  const http = { requests: share, errors: 0, inFlight: 0, receivedBytes: 0, sentBytes: 0, connectFailures: 0 };
  return { ...usage, ...noisyFigures, http: { ...http, newConnections: 0, limited: 0, ...one.http } };
}

/** A third takes the quickest time; the others make the mean what it is. */
function latency({ quickMs, meanMs }: MadeService, count: number): HistogramSnapshot {
  const histogram = new Histogram();
  const slowMs = (meanMs - quickMs / 3) * 1.5;
  for (let i = 0; i < count; i++) histogram.record(1000 * (i % 3 === 0 ? quickMs : slowMs));
  return histogram.snapshot();
}

function noisy({ noise }: MadeProbe, value: number): number {
  return noise === undefined ? value : value * (1 + noise.share * (2 * noise.random.next() - 1));
}
