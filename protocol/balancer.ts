/**
 * What passes between the supervisor and the balancer process.
 */
import type { BalancerQueueSample, ReplicaHttpSample, RouteSample } from './sample.ts';
import type { BalancerSettings, Health } from './system/file.ts';

export interface BalancerService {
  readonly name: string;
  /** 0: any free one. Loopback only. */
  readonly listenPort: number;
  readonly routes: readonly string[];
  readonly health: Health;
}

export interface BalancerReplica {
  /** `api-1`; unique over all services and never used again by another process. */
  readonly id: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
  /** `draining` gets no new request. */
  readonly state: 'active' | 'draining';
}

/** To the balancer. */
export type BalancerCommand =
  | { readonly kind: 'start'; readonly settings: BalancerSettings; readonly services: readonly BalancerService[] }
  /** The whole truth about all replicas; one that is missing is forgotten at once. */
  | { readonly kind: 'replicas'; readonly replicas: readonly BalancerReplica[] }
  /** Answers what is in flight for at most so long, then ends. */
  | { readonly kind: 'stop'; readonly graceMs: number };

/** From the balancer. */
export type BalancerMessage =
  | { readonly kind: 'listening'; readonly ports: Readonly<Record<string, number>> }
  | { readonly kind: 'second'; readonly second: BalancerSecond }
  /** A replica passed or failed so many checks that its health changed. */
  | { readonly kind: 'health'; readonly replica: string; readonly healthy: boolean; readonly reason: string }
  /** A draining replica has no request left in flight. */
  | { readonly kind: 'drained'; readonly replica: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint: string };

export interface BalancerSecond {
  /** Wall clock at the end of the second, milliseconds since the epoch. */
  readonly atMs: number;
  readonly services: Readonly<Record<string, readonly RouteSample[]>>;
  readonly replicas: Readonly<Record<string, ReplicaHttpSample>>;
  /** By service: who waited for a replica that may be given another request. */
  readonly queues?: Readonly<Record<string, BalancerQueueSample>>;
  /** Processor cores used by the balancer itself. */
  readonly cpuCores: number;
  readonly clientConnections: number;
}
