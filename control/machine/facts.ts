/**
 * What is known of a machine. Null: this platform does not tell.
 */

export interface MachineFacts {
  readonly nodeVersion: string;
  /** `linux 6.1.0 x64`. */
  readonly platform: string;
  readonly cpuModel: string;
  /** Cores that this process may use. */
  readonly cores: number;
  /** The machine's, or what a container leaves of it. */
  readonly memoryBytes: number;
  readonly availableMemoryBytes: number;
  /** Of this process. Node raises the soft one to the hard one when it starts. */
  readonly descriptors: { readonly soft: number; readonly hard: number } | null;
  readonly ports: { readonly from: number; readonly to: number; readonly waiting: number } | null;
  /** Whether 127.0.1.x can be bound, so that each user can have an address. */
  readonly loopbackSources: boolean;
  readonly cgroup: CgroupFacts | null;
  /** Whether the priority of a process may be raised. */
  readonly mayRaisePriority: boolean | null;
  /** What kept the machine busy while it was looked at, this process not counted. */
  readonly activity: Activity | null;
  readonly timerLag: { readonly medianMs: number; readonly p99Ms: number };
  /** `tsc`, `kvm-clock`, `hpet`, … */
  readonly clockSource: string | null;
  /** Where each program is; null: nowhere. */
  readonly programs: Readonly<Record<string, string | null>>;
}

export interface CgroupFacts {
  readonly version: 1 | 2;
  /** Controllers, of `cpu` and `memory`, under which a group could be made. */
  readonly writable: readonly string[];
}

export interface Activity {
  /** Shares of all cores together, 0…1. */
  readonly busyShare: number;
  readonly stolenShare: number;
  /** The busiest processes, at most three, with more than 5 % of a core. */
  readonly busiest: readonly { readonly name: string; readonly pid: number; readonly cores: number }[];
}
