/**
 * The system file: what a user writes in `palier.config.ts`. One file names the services of a system, the load that they must carry
 * and the limits that they must keep. `checkSystem` turns it into a `System`, with every default filled in and every length of time
 * in milliseconds.
 *
 * A file is data: no functions, so that the same definition can be run here, sent to a generator and exported elsewhere.
 */
import { join } from 'node:path';
import type { Duration } from '@palier/base/duration';
import type { ScenarioFile } from './scenario.ts';

/** A whole system. */
export interface SystemFile {
  /** Shown in pictures and reports; lower-case letters, digits and dashes. */
  readonly name: string;
  /** The services by name. They are started in this order and stopped in the opposite one. */
  readonly services: Readonly<Record<string, ServiceFile>>;
  readonly balancer?: BalancerFile;
  /** The loads to drive, by name. */
  readonly scenarios?: Readonly<Record<string, ScenarioFile>>;
}

/** A program and its arguments (run without a shell), or one line for `sh -c`. */
export type CommandFile = readonly [string, ...string[]] | string;

/** One service: a command in any language. It finds the port that it must listen on (127.0.0.1) in the environment variable `PORT`. */
export interface ServiceFile {
  readonly command: CommandFile;
  /** Commands run once, one after the other, before the first replica: migrations, seeds. Same folder and environment. */
  readonly prepare?: readonly CommandFile[];
  /** The folder to run in, relative to the config file. Default: the config file's folder. */
  readonly cwd?: string;
  /**
   * Added to palier's own environment. `{{dataDir}}` stands for a folder of this system that the replicas share (`dataFolderOf`),
   * `{{replica}}` for the replica's number from 1, `{{services.NAME.url}}` for the balancer's address of another service.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** How many replicas. Default: 1. */
  readonly replicas?: number | { readonly min: number; readonly max: number };
  /** What one replica may use. Percentages of CPU and memory mean: of this. */
  readonly allotment?: AllotmentFile;
  /** What `palier limit` may change, to see whether it was that which held the service back. By name, such as `pool`. At most 10. */
  readonly tunables?: Readonly<Record<string, TunableFile>>;
  /** False for a service that answers no HTTP (a worker): no port, no balancer, healthy while its process runs. */
  readonly http?: false;
  /** The path that answers 2xx when a replica can serve. Default: `/`, and any answer below 500 counts. */
  readonly health?: string | HealthFile;
  /** Route templates such as `GET /releases/:id`: requests are counted by them. At most 200. */
  readonly routes?: readonly string[];
  /** The path of a Prometheus text page. Default: none. */
  readonly metrics?: string;
  /** The balancer's port for this service. Default: any free one. */
  readonly listen?: number;
  /** How long a replica may take until its first healthy answer. Default: 30 s. */
  readonly startTimeout?: Duration;
  /** How long a replica may take to finish after SIGTERM before it is killed. Default: 10 s. */
  readonly stopTimeout?: Duration;
}

/** A setting that the service reads from its environment: `{ env: 'POOL_SIZE', from: 5, to: 10 }`. */
export interface TunableFile {
  /** The variable. `env` of the service does not name it: `from` is its value. */
  readonly env: string;
  /** The value that the service has. */
  readonly from: number | string;
  /** The value to try: such that a load that was held back by `from` would be seen to grow, twice as much for one. */
  readonly to: number | string;
  /** What more of it would relieve. Default: a pool. */
  readonly relieves?: readonly TunableRelief[];
}

/** The kinds of bottleneck that a setting can relieve. */
export type TunableRelief = 'pool' | 'lock' | 'queue' | 'downstream' | 'rate-limit' | 'memory' | 'event-loop';

export interface AllotmentFile {
  /** Processor cores, such as 0.5. */
  readonly cpu?: number;
  readonly memoryMb?: number;
}

export interface HealthFile {
  readonly path: string;
  /** Default: 1 s. */
  readonly interval?: Duration;
  /** Default: 2 s. */
  readonly timeout?: Duration;
  /** So many failed checks in a row take a replica out. Default: 3. */
  readonly unhealthyAfter?: number;
  /** So many good checks in a row take it back in. Default: 1. */
  readonly healthyAfter?: number;
}

export type BalancerPolicy = 'least-outstanding' | 'round-robin';

export interface BalancerFile {
  /** Default: `least-outstanding`. */
  readonly policy?: BalancerPolicy;
  /** The largest request body. Default: 100 MiB. */
  readonly maxBodyBytes?: number;
  /** The largest request head (start line and headers). Default: 32 KiB. */
  readonly maxHeaderBytes?: number;
  /** Connections of clients at the same time, over all services; one more is answered 503. Default: 10 000. */
  readonly maxConnections?: number;
  /** How long a replica may take to begin its answer. Default: 60 s. */
  readonly responseTimeout?: Duration;
  /** How long a client's idle connection is kept. Default: 75 s. */
  readonly idleTimeout?: Duration;
}

/** Where palier keeps what belongs to a system: `.palier/NAME` beside the config file. */
export function stateFolderOf(system: Pick<System, 'folder' | 'name'>): string {
  return join(system.folder, '.palier', system.name);
}

/** What `{{dataDir}}` stands for: `.palier/NAME/data` beside the config file. It outlives the run. */
export function dataFolderOf(system: Pick<System, 'folder' | 'name'>): string {
  return join(stateFolderOf(system), 'data');
}

/** A checked system: every default filled in. */
export interface System {
  readonly name: string;
  /** The file that it came from, absolute. */
  readonly file: string;
  /** The folder of that file, absolute. */
  readonly folder: string;
  readonly services: readonly Service[];
  readonly balancer: BalancerSettings;
}

export interface Service {
  readonly name: string;
  /** argv; a line for the shell has become `sh -c LINE`. */
  readonly command: readonly string[];
  readonly prepare: readonly (readonly string[])[];
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly replicas: { readonly min: number; readonly max: number };
  readonly allotment: Allotment;
  readonly tunables: readonly Tunable[];
  /** Null for a service without HTTP. */
  readonly http: ServiceHttp | null;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
}

export interface Tunable {
  readonly name: string;
  readonly env: string;
  readonly from: string;
  readonly to: string;
  readonly relieves: readonly TunableRelief[];
}

/** What the replicas of a running service have otherwise than the file says. */
export interface ServiceChange {
  readonly env?: Readonly<Record<string, string>>;
  readonly allotment?: Partial<Allotment>;
}

/** Null: no limit stated, so nothing to judge against. */
export interface Allotment {
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
}

export interface ServiceHttp {
  /** 0: any free port. */
  readonly listenPort: number;
  readonly health: Health;
  readonly routes: readonly string[];
  readonly metricsPath: string | null;
}

export interface Health {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly unhealthyAfter: number;
  readonly healthyAfter: number;
  /** Whether any status below 500 counts as healthy (no health path was named) or only 2xx. */
  readonly acceptBelow500: boolean;
}

export interface BalancerSettings {
  readonly policy: BalancerPolicy;
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxClientConnections: number;
  readonly responseTimeoutMs: number;
  readonly idleTimeoutMs: number;
}
