/**
 * The port to the operating system: what the processes of a replica have used since they started.
 */
import type { MachineTicks } from './proc-text.ts';

/** One process. Everything that adds up is counted since its start. */
export interface ProcessFigures {
  readonly pid: number;
  /** When it started, in the platform's own unit: with the pid it names a process once and for all. */
  readonly startId: number;
  /** CPU time of the process itself. */
  readonly cpuMs: number;
  /** CPU time of children that have ended and were waited for, theirs included. */
  readonly endedCpuMs: number;
  /** Null where it cannot be read. Like the kernel's, these include children that have ended and were waited for. */
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
  readonly rssBytes: number;
  readonly descriptors: number | null;
  readonly threads: number | null;
  /** How many it may have open. */
  readonly descriptorLimit?: number | null;
  /** Time in which its first thread could have run and had no core. */
  readonly runQueueMs?: number | null;
  /** Its threads, the first `maxThreadsWalked` of them; empty where they cannot be read. */
  readonly threadFigures?: readonly ThreadFigures[];
}

export interface ThreadFigures {
  readonly id: number;
  readonly cpuMs: number;
  /** In state D at the moment of the look. */
  readonly waitsForDisk: boolean;
}

/** A cgroup in which a replica is alone, counted since it was made. */
export interface CgroupFigures {
  readonly cpuMs: number;
  /** How long it was held back; CPUs that were held back at the same time count each. Null: the kernel does not tell. */
  readonly throttledMs: number | null;
}

/** All processes of a replica, the one that was started first. */
export interface TreeReading {
  /** Monotonic, when it was read. */
  readonly atMs: number;
  readonly processes: readonly [ProcessFigures, ...ProcessFigures[]];
  readonly cgroup: CgroupFigures | null;
}

export interface TreeRequest {
  readonly pid: number;
  readonly cgroupFolders: readonly string[];
}

/** Reads trees of processes. */
export interface ProcessReader {
  /** In the order asked for; null for one whose first process is gone. Never rejects. */
  read(requests: readonly TreeRequest[]): Promise<(TreeReading | null)[]>;
  /** All cores together since the machine started; null, or no such function, where the platform does not tell. */
  machine?(): MachineTicks | null;
}
