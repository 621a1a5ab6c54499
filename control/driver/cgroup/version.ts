/**
 * What differs between the two versions of control groups: the names of files and their units. Both are asked the same questions.
 */
import { join } from 'node:path';
import { numberIn, tryWrite, write } from './folders.ts';
import type { Controller } from './mounts.ts';
import type { GroupLimits } from './report.ts';

/** A group's folder below each controller; with version 2 the same one thrice. */
export type GroupFolders = Readonly<Partial<Record<Controller, string>>>;

export interface CgroupVersion {
  readonly version: 1 | 2;
  /** Throws what the kernel answers. */
  limit(folders: GroupFolders, limits: GroupLimits): void;
  /**
   * A group competes as one, however many are in it: `processes` of them get the weight of as many, as if there were no group.
   */
  weigh(folders: GroupFolders, processes: number): void;
  oomKills(folders: GroupFolders): number;
}

/** The kernel's own default: 100 ms. */
const periodUs = 100_000;
/** The least that the kernel takes: 1 ms a period. */
const leastQuotaUs = 1000;

export const version1: CgroupVersion = {
  version: 1,
  limit({ cpu, memory }, { cpuCores, memoryBytes }) {
    if (cpu !== undefined && cpuCores !== null) {
      write(cpu, 'cpu.cfs_period_us', periodUs);
      write(cpu, 'cpu.cfs_quota_us', quotaUs(cpuCores));
    }
    if (memory !== undefined && memoryBytes !== null) {
      write(memory, 'memory.limit_in_bytes', Math.floor(memoryBytes));
      // With swap the limit would only make it slow. The file is there when the kernel accounts swap.
      tryWrite(memory, 'memory.memsw.limit_in_bytes', Math.floor(memoryBytes));
    }
  },
  weigh({ cpu }, processes) {
    if (cpu !== undefined) tryWrite(cpu, 'cpu.shares', Math.min(262_144, 1024 * Math.max(1, processes)));
  },
  oomKills: ({ memory }) => (memory === undefined ? 0 : numberIn(join(memory, 'memory.oom_control'), 'oom_kill')),
};

export const version2: CgroupVersion = {
  version: 2,
  limit({ cpu, memory }, { cpuCores, memoryBytes }) {
    if (cpu !== undefined && cpuCores !== null) write(cpu, 'cpu.max', `${quotaUs(cpuCores)} ${periodUs}`);
    if (memory !== undefined && memoryBytes !== null) {
      write(memory, 'memory.max', Math.floor(memoryBytes));
      tryWrite(memory, 'memory.swap.max', 0);
    }
  },
  weigh({ cpu }, processes) {
    if (cpu !== undefined) tryWrite(cpu, 'cpu.weight', Math.min(10_000, 100 * Math.max(1, processes)));
  },
  oomKills: ({ memory }) => (memory === undefined ? 0 : numberIn(join(memory, 'memory.events'), 'oom_kill')),
};

function quotaUs(cpuCores: number): number {
  return Math.max(leastQuotaUs, Math.round(cpuCores * periodUs));
}
