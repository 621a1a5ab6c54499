/**
 * What the sampler is told of a replica. The driver, which started it, knows all of this.
 */
import type { ReplicaState } from '@palier/protocol';

export interface SampledReplica {
  /** `api-1`: the name under which it is reported and under which the balancer counts it. */
  readonly id: string;
  readonly service: string;
  readonly state: ReplicaState;
  /** The process that was started; its descendants are found. Null: none runs. */
  readonly pid: number | null;
  /**
   * The folders of a cgroup in which this replica is alone, when there is one: a single folder with cgroup v2, those below `cpu` and
   * `cpuacct` with v1. CPU is then read there exactly, and so are its processes and the share of time in which it was held back.
   */
  readonly cgroupFolders: readonly string[];
  /** Where its metrics page is. Null: it has none. Asked only while the replica is healthy, unhealthy or draining. */
  readonly metrics: MetricsAddress | null;
}

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}
