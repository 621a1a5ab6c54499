/**
 * Samples: what control sees of a running system, once a second.
 */
import type { HistogramSnapshot } from '@palier/base/histogram';

/** `starting` until the first healthy answer; `unhealthy` and `draining` get no new request. */
export type ReplicaState = 'starting' | 'healthy' | 'unhealthy' | 'draining' | 'stopped' | 'crashed';

/** One replica during the second that ended at `atMs`. A figure that the platform or the service does not give is null. */
export interface ReplicaSample {
  /** Wall clock, milliseconds since the epoch. */
  readonly atMs: number;
  readonly service: string;
  /** `api-1`. */
  readonly replica: string;
  readonly state: ReplicaState;
  readonly pid: number | null;
  /** Processor cores used, its children included. */
  readonly cpuCores: number | null;
  readonly rssBytes: number | null;
  readonly descriptors: number | null;
  readonly threads: number | null;
  /** Share of the second in which the cgroup held it back, 0…1. */
  readonly throttledShare: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
  /** Event-loop utilisation and share of time in garbage collection, 0…1, where the service tells. */
  readonly loopUtilisation: number | null;
  readonly gcShare: number | null;
  /** How late the event loop's timers were, 99th percentile of the last interval, where the service tells. */
  readonly loopDelayMs?: number | null;
  /** Open of allowed descriptors, of the process that has the fewest left, 0…1. */
  readonly descriptorShare?: number | null;
  /** Processor cores used by its busiest thread; at 1 no further core makes that thread faster. */
  readonly busiestThreadCores?: number | null;
  /** Threads that waited for a disk (state D) at the moment of the look. */
  readonly diskWaitingThreads?: number | null;
  /** Share of the second in which its first thread could have run and had no core, 0…1. */
  readonly runQueueShare?: number | null;
  /** As seen by the balancer; null without HTTP. */
  readonly http: ReplicaHttpSample | null;
}

export interface ReplicaHttpSample {
  readonly requests: number;
  readonly errors: number;
  readonly inFlight: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly connectFailures: number;
  /** Connections that the balancer opened to it. */
  readonly newConnections?: number;
  /** Answers with status 429: it refused by its own rule, not for want of anything. */
  readonly limited?: number;
  /** The balancer leaves it out for a while, because of its answers. */
  readonly ejected?: boolean;
  /** Of a whole replica, while it is new or back; left out: 1. */
  readonly share?: number;
}

/** One service during a second. */
export interface ServiceSample {
  readonly atMs: number;
  readonly service: string;
  readonly routes: readonly RouteSample[];
  /** Of the pages just read: what stands there with NaN or an infinity, which is not in `metrics`. At most 2000; nothing: none. */
  readonly notNumbers?: readonly string[];
  /**
   * Its metrics page, added up over the replicas: `name{label="value",…}` (labels in ascending order) to value. A counter that a
   * restarted replica began anew is carried on, so that it never falls. At most 2000.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** At the balancer, before a replica was given the request. */
  readonly queue?: BalancerQueueSample;
}

/** Requests that no replica could be given at once. */
export interface BalancerQueueSample {
  /** The most that waited at the same time during the second. */
  readonly mostWaiting: number;
  /** Who began to wait in the second. */
  readonly queued: number;
  /** The time that all of them waited in the second, together. */
  readonly waitedMs: number;
}

/** One route at the balancer. Latencies in microseconds, from the last byte of the request's head to the last byte of the answer. */
export interface RouteSample {
  /** A template of the config, or `other`. */
  readonly route: string;
  readonly requests: number;
  /** By reason: `5xx` answered by a replica, and the balancer's own (`connect`, `reset`, `timeout`, `no-replica`, …). */
  readonly errors: Readonly<Record<string, number>>;
  readonly latency: HistogramSnapshot;
}

/** Something that happened, in words. */
export interface SystemEvent {
  readonly atMs: number;
  readonly kind:
    | 'replica-starting'
    | 'replica-healthy'
    | 'replica-unhealthy'
    | 'replica-crashed'
    | 'replica-draining'
    | 'replica-stopped'
    | 'note';
  readonly service: string;
  readonly replica: string;
  /** One sentence. */
  readonly message: string;
  /** The last lines of its output, when it crashed. */
  readonly output?: readonly string[];
}

/** What one second brought. */
export interface SystemSample {
  readonly atMs: number;
  readonly replicas: readonly ReplicaSample[];
  readonly services: readonly ServiceSample[];
  /** The balancer process itself; null when there is none or it was silent. */
  readonly balancer?: BalancerSample | null;
  /** All cores together, whoever used them; null where the platform does not tell. */
  readonly machine?: MachineSample | null;
}

/** Shares of the time of all cores since the second before, 0…1. */
export interface MachineSample {
  readonly busyShare: number;
  /** Taken by the hypervisor. */
  readonly stealShare: number;
  /** Idle because a disk was waited for. */
  readonly ioWaitShare: number;
  /** How many cores these are shares of; 0: not told. */
  readonly cores?: number;
}

export interface BalancerSample {
  readonly cpuCores: number;
  readonly clientConnections: number;
}
