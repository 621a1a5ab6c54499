/**
 * Control groups: a replica's allotment enforced by the kernel, where we are permitted to. One group a process, in a folder of this run;
 * the process joins before its first instruction. Where it is not permitted, everything here does nothing and says why.
 */
import type { CgroupPlace, CgroupReport } from '../keeper/message.ts';

export interface GroupLimits {
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
}

export interface Cgroups {
  readonly report: CgroupReport;
  /** A new group with these limits; null where it cannot be made. */
  create(id: string, limits: GroupLimits): CgroupPlace | null;
  /** Write a pid there to join; read the pids of the group there. */
  procsFiles(place: CgroupPlace | null): readonly string[];
  /** Processes of the group that the kernel killed because its memory was used up. */
  oomKills(place: CgroupPlace | null): number;
  /** True when the group is away (or never was). A group with processes in it stays. */
  remove(place: CgroupPlace | null): boolean;
  /** Removes the folder of this run, empty by then. */
  close(): void;
}

/** No control groups, for this reason. */
export function withoutCgroups(reason: string): Cgroups {
  return {
    report: { version: null, reason },
    create: () => null,
    procsFiles: () => [],
    oomKills: () => 0,
    remove: () => true,
    close: () => {},
  };
}
