/**
 * One sample of a running system, once a second.
 */
import type { Clock } from '@palier/base/clock';
import type { Timers } from '@palier/base/timers';
import type {
  BalancerSecond,
  MachineSample,
  ReplicaSample,
  ServiceSample,
  SystemEvent,
  SystemSample,
} from '@palier/protocol';
import { MetricsPages } from './metrics/pages.ts';
import { type DatedPage, runtimeShares } from './metrics/runtime.ts';
import { MetricsSum, type PageOfReplica } from './metrics/sum.ts';
import { type SamplerOptions, samplerDefaults } from './options.ts';
import type { ProcessReader, TreeReading } from './processes/figures.ts';
import type { MachineTicks } from './processes/proc-text.ts';
import { procReader } from './processes/reader-proc.ts';
import { identityOf, usageBetween } from './processes/usage.ts';
import type { SampledReplica } from './replica.ts';

export interface SamplerSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  /** What could not be read, in words: once when that begins and once when it ends. Default: dropped. */
  readonly note?: (event: SystemEvent) => void;
  /** Default: this platform's. */
  readonly processes?: ProcessReader;
}

export interface Sampler {
  /**
   * The difference to the call before: call it once a second, one call after the other. A replica's first sample has null wherever a
   * difference is needed. Takes as long as the slowest metrics page, at most `metricsTimeoutMs`. Never rejects.
   */
  sample(replicas: readonly SampledReplica[], second: BalancerSecond | null): Promise<SystemSample>;
  /** Gives up the pages that are being fetched. */
  close(): void;
}

/** What one look at a replica brought; the next second is compared with it. */
interface Look {
  readonly replica: SampledReplica;
  readonly reading: TreeReading | null;
  /** Names the process behind the figures: another one begins anew. */
  readonly identity: string;
  readonly page: DatedPage | null;
}

export function createSampler(surroundings: SamplerSurroundings, options: SamplerOptions = {}): Sampler {
  const { clock, timers, note = () => {} } = surroundings;
  const settings = { ...samplerDefaults, ...options };
  const pages = new MetricsPages({ clock, timers, note }, settings);
  const sums = new Map<string, MetricsSum>();
  let looks = new Map<string, Look>();
  let reader = surroundings.processes;
  let ticks: MachineTicks | null = null;

  async function look(replicas: readonly SampledReplica[]): Promise<Look[]> {
    reader ??= await platformReader(clock);
    const running = replicas.filter(({ pid }) => pid !== null);
    const trees = await reader.read(running.map(({ pid, cgroupFolders }) => ({ pid: pid as number, cgroupFolders })));
    const readings = new Map(running.map(({ id }, i) => [id, trees[i] ?? null]));
    const dated = await pages.read(replicas);
    return replicas.map((replica, i) => {
      const reading = readings.get(replica.id) ?? null;
      const identity = nameOf(replica, reading, looks.get(replica.id));
      return { replica, reading, identity, page: dated[i] ?? null };
    });
  }

  function sumsOf(service: string): MetricsSum {
    let sum = sums.get(service);
    if (sum === undefined) {
      sum = new MetricsSum(settings.maxSeries, settings.gaugeStaleMs);
      sums.set(service, sum);
    }
    return sum;
  }

  return {
    async sample(replicas, second) {
      const atMs = clock.epochMs();
      const now = await look(replicas);
      const before = looks;
      const ticksBefore = ticks;
      ticks = reader?.machine?.() ?? null;
      looks = new Map(now.map((one) => [one.replica.id, one]));
      const services = [
        ...replicas.map(({ service }) => service),
        ...Object.keys(second?.services ?? {}),
        ...sums.keys(),
      ];
      return {
        atMs,
        replicas: now.map((one) => replicaSample(before.get(one.replica.id), one, second, atMs)),
        services: [...new Set(services)].map((service): ServiceSample => {
          const pagesNow = now.filter(({ replica }) => replica.service === service).map(pageOf);
          const metrics = sumsOf(service).take(pagesNow, clock.monotonicMs());
          const sample = { atMs, service, routes: second?.services[service] ?? [], metrics };
          const queue = second?.queues?.[service];
          const notNumbers = notNumbersOf(pagesNow).slice(0, settings.maxSeries);
          return Object.assign(
            sample,
            queue === undefined ? {} : { queue },
            notNumbers.length === 0 ? {} : { notNumbers },
          );
        }),
        balancer: second && { cpuCores: second.cpuCores, clientConnections: second.clientConnections },
        machine: machineSample(ticksBefore, ticks),
      };
    },
    close: () => pages.close(),
  };
}

/** A process that could not be read for a second is still the same one, or its counters would be counted twice. */
function nameOf({ pid }: SampledReplica, reading: TreeReading | null, before: Look | undefined): string {
  if (before?.replica.pid === pid && (reading === null || before.reading === null)) return before.identity;
  return reading === null ? String(pid) : identityOf(reading);
}

function pageOf({ replica, identity, page }: Look) {
  return { replica: replica.id, identity, page: page?.page ?? null };
}

function replicaSample(
  before: Look | undefined,
  { replica, reading, identity, page }: Look,
  second: BalancerSecond | null,
  atMs: number,
): ReplicaSample {
  const earlierPage = before?.identity === identity ? before.page : null;
  const { id, service, state, pid } = replica;
  return {
    atMs,
    service,
    replica: id,
    state,
    pid,
    ...(reading === null ? unknownUsage : usageBetween(before?.reading ?? null, reading)),
    ...(page === null ? unknownShares : runtimeShares(earlierPage, page)),
    http: second?.replicas[id] ?? null,
  };
}

function notNumbersOf(pages: readonly PageOfReplica[]): readonly string[] {
  const keys = new Set<string>();
  for (const { page } of pages) for (const key of page?.notNumbers ?? []) keys.add(key);
  return [...keys];
}

const unknownUsage = {
  cpuCores: null,
  rssBytes: null,
  descriptors: null,
  threads: null,
  throttledShare: null,
  diskReadBytes: null,
  diskWriteBytes: null,
  descriptorShare: null,
  busiestThreadCores: null,
  diskWaitingThreads: null,
  runQueueShare: null,
} as const;
function machineSample(before: MachineTicks | null, after: MachineTicks | null): MachineSample | null {
  const total = before === null || after === null ? 0 : after.total - before.total;
  if (before === null || after === null || total <= 0) return null;
  const share = (read: (ticks: MachineTicks) => number): number =>
    Math.min(1, Math.max(0, (read(after) - read(before)) / total));
  return {
    busyShare: share(({ busy }) => busy),
    stealShare: share(({ steal }) => steal),
    ioWaitShare: share(({ ioWait }) => ioWait),
    cores: after.cores,
  };
}

const unknownShares = { loopUtilisation: null, gcShare: null, loopDelayMs: null } as const;

async function platformReader(clock: Clock): Promise<ProcessReader> {
  if (process.platform === 'linux') return procReader(clock);
  return (await import('./processes/reader-pidusage.ts')).pidusageReader(clock);
}
