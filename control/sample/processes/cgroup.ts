/**
 * Reads the cgroup of a replica: version 2 has one folder with cpu.stat; version 1 has cpuacct.usage in one and cpu.stat in another.
 */
import { join } from 'node:path';
import type { CgroupFigures } from './figures.ts';
import { parseNumbers, parsePids, throttledMsOf } from './proc-text.ts';

/** A file's text; undefined when it cannot be read. */
export type ReadText = (path: string) => string | undefined;

/** The processes in it. */
export function cgroupMembers([folder]: readonly string[], read: ReadText): number[] {
  return folder === undefined ? [] : parsePids(read(join(folder, 'cgroup.procs')) ?? '');
}

/** Null when no folder tells its CPU time. */
export function cgroupFigures(folders: readonly string[], read: ReadText): CgroupFigures | null {
  let cpuMs: number | undefined;
  let throttledMs: number | undefined;
  for (const folder of folders) {
    const stat = parseNumbers(read(join(folder, 'cpu.stat')) ?? '');
    throttledMs ??= throttledMsOf(stat);
    const usageUs = stat.get('usage_usec');
    if (usageUs !== undefined) cpuMs ??= usageUs / 1e3;
    const usageNs = read(join(folder, 'cpuacct.usage'));
    if (usageNs !== undefined) cpuMs ??= Number(usageNs) / 1e6;
  }
  return cpuMs === undefined ? null : { cpuMs, throttledMs: throttledMs ?? null };
}
