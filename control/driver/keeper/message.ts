/**
 * What passes between palier and the keeper, over the IPC channel whose end means that palier has died.
 */
import type { CgroupPlace, CgroupReport, GroupLimits } from '../cgroup/report.ts';

/** To the keeper. `begin` comes first and once. */
export type KeeperCommand =
  /** `allotments`: all that will be asked for, to be tried out; null: without control groups. */
  | {
      readonly kind: 'begin';
      readonly run: string;
      readonly graceMs: number;
      readonly removeFile: string | null;
      readonly allotments: readonly GroupLimits[] | null;
    }
  | ({ readonly kind: 'launch' } & Launch)
  /** To the whole group of a process, and to what left the group. */
  | { readonly kind: 'signal'; readonly id: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
  /** A process of palier's own that must not outlive it. */
  | { readonly kind: 'guard'; readonly pid: number }
  /** Ends everything that still runs, then itself. */
  | { readonly kind: 'end'; readonly graceMs: number };

/** A process to start, in a session and group of its own. */
export interface Launch {
  /** Never used before. */
  readonly id: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
  /** A list such as `1` or `0-1`, for taskset; null: everywhere. */
  readonly cpus: string | null;
}

/** From the keeper. */
export type KeeperMessage =
  | { readonly kind: 'ready'; readonly cgroup: CgroupReport }
  | {
      readonly kind: 'spawned';
      readonly id: string;
      readonly pid: number;
      readonly startTicks: number | null;
      readonly cgroup: CgroupPlace | null;
    }
  /** It could not be started. */
  | { readonly kind: 'refused'; readonly id: string; readonly code: string; readonly reason: string }
  /** Lines of its output, in order; `dropped` lines before them were lost. */
  | { readonly kind: 'output'; readonly id: string; readonly lines: readonly string[]; readonly dropped: number }
  /** Its first process ended; all its output has been sent. */
  | ({ readonly kind: 'exited'; readonly id: string } & Exit)
  /** Nothing is left of it: no process of its group or cgroup, and no cgroup. */
  | { readonly kind: 'gone'; readonly id: string };

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Processes of it that the kernel killed because its cgroup's memory was used up. */
  readonly oomKills: number;
}

/** The variable that marks every process of a run. */
export const runVariable = 'PALIER_RUN';
