/** What is told of control groups. */

/** Where allotments are enforced, or why nowhere. */
export type CgroupReport =
  | {
      readonly version: 1 | 2;
      /** Of this run; each process has a folder in each. */
      readonly folders: readonly string[];
      readonly cpu: boolean;
      readonly memory: boolean;
    }
  | { readonly version: null; readonly reason: string };

/** The cgroup of one process. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  /** One folder on version 2; on version 1 one each below cpu, cpuacct and memory, as far as they are mounted. */
  readonly folders: readonly string[];
}

/** Null: none. */
export interface GroupLimits {
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
}
