/**
 * What Linux's files tell of a machine, taken apart. Pure.
 */
import type { Activity } from './facts.ts';

/** `Max open files` of /proc/self/limits. */
export function descriptorLimits(text: string): { soft: number; hard: number } | null {
  const match = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(text);
  return match === null ? null : { soft: limit(match[1] as string), hard: limit(match[2] as string) };
}

/**
 * Whether a process may raise its priority: by its limit (`Max nice priority` is 20 less the lowest nice value), or by CAP_SYS_NICE (bit
 * 23 of CapEff in /proc/self/status).
 */
export function mayRaisePriority(limits: string, status: string): boolean {
  const nice = /^Max nice priority\s+(\d+)/m.exec(limits);
  const capabilities = /^CapEff:\s+([0-9a-f]+)/m.exec(status);
  const able = capabilities !== null && ((BigInt(`0x${capabilities[1]}`) >> 23n) & 1n) === 1n;
  return able || Number(nice?.[1] ?? 0) > 20;
}

/** The sockets in TIME_WAIT of /proc/net/sockstat. */
export function waitingSockets(text: string): number {
  return Number(/^TCP:.* tw (\d+)/m.exec(text)?.[1] ?? 0);
}

/** One look at the CPU time that was spent since the machine started. */
export interface CpuLook {
  /** The first line of /proc/stat: user nice system idle iowait irq softirq steal, in ticks. */
  readonly all: readonly number[];
  readonly processes: readonly { readonly pid: number; readonly name: string; readonly ticks: number }[];
}

export function cpuTicks(stat: string): number[] {
  return (stat.split('\n', 1)[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number);
}

/** Name and CPU ticks of a /proc/PID/stat; the name ends at the last parenthesis. */
export function processTicks(stat: string): { name: string; ticks: number } | undefined {
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return end === -1 || !Number.isFinite(ticks) ? undefined : { name: stat.slice(stat.indexOf('(') + 1, end), ticks };
}

/** What happened between two looks, without the process `self`. Null: too little time passed to tell. */
export function activityBetween(before: CpuLook, after: CpuLook, self: number, cores: number): Activity | null {
  const spent = after.all.map((ticks, i) => Math.max(0, ticks - (before.all[i] ?? 0)));
  const total = spent.reduce((sum, ticks) => sum + ticks, 0);
  if (total === 0) return null;
  const earlier = new Map(before.processes.map(({ pid, ticks }) => [pid, ticks]));
  const used = after.processes.map((one) => ({
    ...one,
    used: Math.max(0, one.ticks - (earlier.get(one.pid) ?? one.ticks)),
  }));
  const own = used.find(({ pid }) => pid === self)?.used ?? 0;
  const idle = (spent[3] ?? 0) + (spent[4] ?? 0);
  const stolen = spent[7] ?? 0;
  return {
    busyShare: Math.max(0, total - idle - stolen - own) / total,
    stolenShare: stolen / total,
    busiest: used
      .map(({ pid, name, used }) => ({ pid, name, cores: (used / total) * cores }))
      .filter(({ pid, cores }) => pid !== self && cores > 0.05)
      .toSorted((a, b) => b.cores - a.cores)
      .slice(0, 3),
  };
}

/** The folders in which this process could make a group, by controller, from /proc/self/cgroup and /proc/self/mounts. */
export function cgroupFolders(
  cgroup: string,
  mounts: string,
): { version: 1 | 2; folders: Record<string, string> } | null {
  const folders: Record<string, string> = {};
  const mounted = mounts.split('\n').map((line) => line.split(' '));
  for (const line of cgroup.split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const name of controllers.split(',').filter((one) => one === 'cpu' || one === 'memory')) {
      const mount = mounted.find(([, , type, options]) => type === 'cgroup' && options?.split(',').includes(name));
      if (mount !== undefined) folders[name] = `${mount[1]}${path === '/' ? '' : path}`;
    }
  }
  if (Object.keys(folders).length > 0) return { version: 1, folders };
  const mount = mounted.find(([, , type]) => type === 'cgroup2');
  const own = /^0::(.*)$/m.exec(cgroup)?.[1];
  if (mount === undefined || own === undefined) return null;
  const folder = `${mount[1]}${own === '/' ? '' : own}`;
  return { version: 2, folders: { cpu: folder, memory: folder } };
}

function limit(text: string): number {
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}
