/**
 * Control groups: a replica's allotment enforced by the kernel, where we are permitted to. One group a process, in a folder of this run;
 * the process joins before its first instruction. Where it is not permitted, everything here does nothing and says why.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import {
  makeGroup,
  removeDeadRuns,
  removeGroup,
  removeRun,
  runFolderName,
  textOf,
  tryWrite,
  write,
} from './folders.ts';
import { type CgroupMounts, type Controller, parseMounts } from './mounts.ts';
import type { CgroupPlace, CgroupReport, GroupLimits } from './report.ts';
import { type CgroupVersion, type GroupFolders, version1, version2 } from './version.ts';

export { removeRun } from './folders.ts';
export type { CgroupPlace, CgroupReport, GroupLimits } from './report.ts';

export interface Cgroups {
  readonly report: CgroupReport;
  /** A new group with these limits; null where it cannot be made. */
  create(id: string, limits: GroupLimits): CgroupPlace | null;
  /** Write a pid to each to join; read the pids of the group there. */
  procsFiles(place: CgroupPlace | null): readonly string[];
  /** Processes of the group that the kernel killed because its memory was used up. */
  oomKills(place: CgroupPlace | null): number;
  /** Kills all processes of the group in one step, where the kernel can (version 2, Linux 5.14). */
  kill(place: CgroupPlace | null): void;
  /** True when the group is away (or never was). A group with processes in it stays. */
  remove(place: CgroupPlace | null): boolean;
  /** Removes the folder of this run, and ends what is still in it. */
  close(): void;
}

/** No control groups, for this reason. */
export function withoutCgroups(reason: string): Cgroups {
  return {
    report: { version: null, reason },
    create: () => null,
    procsFiles: () => [],
    oomKills: () => 0,
    kill: () => {},
    remove: () => true,
    close: () => {},
  };
}

/** Finds out what is permitted by doing it once with each of `trials`, and removes what dead runs have left. */
export function openCgroups(trials: readonly GroupLimits[]): Cgroups {
  const mounts = parseMounts(textOf('/proc/self/mountinfo'), textOf('/proc/self/cgroup'));
  return openMounts(mounts, trials);
}

/** The same with mounts handed in. */
export function openMounts(mounts: CgroupMounts, trials: readonly GroupLimits[]): Cgroups {
  const reasons: string[] = [];
  for (const open of [openUnified, openByController]) {
    try {
      const run = open(mounts, trials);
      if (run !== null) return new CgroupRun(run.version, run.folders);
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  return withoutCgroups(reasons[0] ?? 'this system has no control groups with cpu or memory');
}

/** A shell that writes a number to a file and takes longer hangs. */
const joinTimeoutMs = 5000;

interface OpenRun {
  readonly version: CgroupVersion;
  readonly folders: GroupFolders;
}

/**
 * Version 2: a group with processes hands no controllers down (cgroup-v2.rst, "no internal processes"), so the run's folder lies beside us
 * or higher, in the nearest group that hands cpu or memory down and lets us in.
 */
function openUnified({ unified }: CgroupMounts, trials: readonly GroupLimits[]): OpenRun | null {
  if (unified === null) return null;
  const offered = controllersOf(unified.mount);
  if (!offered.includes('cpu') && !offered.includes('memory')) return null;
  let first: unknown = null;
  for (let parent = unified.own; parent.startsWith(unified.mount); parent = dirname(parent)) {
    removeDeadRuns(parent);
    const folder = join(parent, runFolderName());
    try {
      makeGroup(folder);
      const given = controllersOf(folder);
      if (!given.includes('cpu') && !given.includes('memory')) throw new Error(`${parent} hands no controller down`);
      write(folder, 'cgroup.subtree_control', given.map((name) => `+${name}`).join(' '));
      const folders = Object.fromEntries(given.map((name) => [name, folder]));
      const run = { version: version2, folders };
      tryOut(run, trials);
      return run;
    } catch (error) {
      first ??= error;
      removeGroup(folder);
    }
  }
  throw first;
}

function openByController({ byController }: CgroupMounts, trials: readonly GroupLimits[]): OpenRun | null {
  const { cpu, memory } = byController;
  if (cpu === undefined && memory === undefined) return null;
  const folders: Partial<Record<Controller, string>> = {};
  try {
    for (const [name, parent] of Object.entries(byController)) {
      removeDeadRuns(parent);
      const folder = join(parent, runFolderName());
      // cpu and cpuacct may be one mount.
      if (!Object.values(folders).includes(folder)) makeGroup(folder);
      folders[name as Controller] = folder;
    }
    const run = { version: version1, folders };
    tryOut(run, trials);
    return run;
  } catch (error) {
    for (const folder of Object.values(folders)) removeGroup(folder);
    throw error;
  }
}

/** A group with each of the limits, and a process that joins it. */
function tryOut(run: OpenRun, trials: readonly GroupLimits[]): void {
  for (const limits of trials.length === 0 ? [{ cpuCores: null, memoryBytes: null }] : trials) {
    const cgroups = new CgroupRun(run.version, run.folders);
    const place = cgroups.make('trial', limits);
    try {
      const files = cgroups.procsFiles(place);
      const join = 'for file do echo $$ > "$file" || exit 1; done';
      const joined = spawnSync('/bin/sh', ['-c', join, 'palier', ...files], {
        encoding: 'utf8',
        timeout: joinTimeoutMs,
      });
      if (joined.status !== 0) throw new Error(joined.stderr.trim() || 'a process could not join its group');
    } finally {
      cgroups.remove(place);
    }
  }
}

class CgroupRun implements Cgroups {
  readonly report: CgroupReport;
  readonly #version: CgroupVersion;
  readonly #run: GroupFolders;
  readonly #groups = new Set<string>();

  constructor(version: CgroupVersion, run: GroupFolders) {
    this.#version = version;
    this.#run = run;
    this.report = {
      version: version.version,
      folders: [...new Set(Object.values(run))],
      cpu: run.cpu !== undefined,
      memory: run.memory !== undefined,
    };
  }

  create(id: string, limits: GroupLimits): CgroupPlace | null {
    try {
      const place = this.make(id, limits);
      this.#groups.add(id);
      this.#version.weigh(this.#run, this.#groups.size);
      return place;
    } catch {
      return null;
    }
  }

  /** Throws what the kernel answers. */
  make(id: string, limits: GroupLimits): CgroupPlace {
    const folders = [...new Set(Object.values(this.#run))].map((run) => join(run, id));
    const place = { version: this.#version.version, folders };
    try {
      for (const folder of folders) makeGroup(folder);
      this.#version.limit(this.#foldersOf(id), limits);
      return place;
    } catch (error) {
      for (const folder of folders) removeGroup(folder);
      throw error;
    }
  }

  procsFiles(place: CgroupPlace | null): readonly string[] {
    return (place?.folders ?? []).map((folder) => join(folder, 'cgroup.procs'));
  }

  oomKills(place: CgroupPlace | null): number {
    return place === null ? 0 : this.#version.oomKills(this.#foldersOf(idOf(place)));
  }

  kill(place: CgroupPlace | null): void {
    for (const folder of place?.version === 2 ? place.folders : []) tryWrite(folder, 'cgroup.kill', 1);
  }

  remove(place: CgroupPlace | null): boolean {
    if (place === null) return true;
    const away = place.folders.map(removeGroup);
    if (this.#groups.delete(idOf(place))) this.#version.weigh(this.#run, this.#groups.size);
    return away.every(Boolean);
  }

  close(): void {
    for (const folder of new Set(Object.values(this.#run))) removeRun(folder);
  }

  #foldersOf(id: string): GroupFolders {
    return Object.fromEntries(Object.entries(this.#run).map(([name, run]) => [name, join(run, id)]));
  }
}

function idOf(place: CgroupPlace): string {
  return place.folders[0]?.split('/').at(-1) ?? '';
}

function controllersOf(folder: string): Controller[] {
  const names = textOf(join(folder, 'cgroup.controllers')).trim().split(/\s+/);
  return names.filter((name): name is Controller => name === 'cpu' || name === 'memory');
}
