/**
 * The texts of /proc and of cgroups, taken apart. Pure. Formats: proc(5); Documentation/admin-guide/cgroup-v2.rst and
 * cgroup-v1/cpuacct.rst of the Linux kernel.
 */

/** USER_HZ: what /proc counts CPU time in. 100 on every platform that Node runs on. */
const ticksPerSecond = 100;
export const msPerTick: number = 1000 / ticksPerSecond;

/** Of /proc/PID/stat, by the names of proc(5). */
export interface ProcStat {
  readonly pid: number;
  /** The program's name as it calls itself; may hold anything, spaces and parentheses included. */
  readonly name: string;
  readonly state: string;
  readonly parentPid: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly endedUserTicks: number;
  readonly endedSystemTicks: number;
  readonly threads: number;
  readonly startTicks: number;
  readonly rssPages: number;
}

/** Undefined when it is not such a text. */
export function parseStat(text: string): ProcStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open === -1 || close < open) return undefined;
  // After the name: state is field 3 of proc(5), so field n stands at n - 3.
  const fields = text.slice(close + 2).split(' ');
  const at = (field: number): number => Number(fields[field - 3] ?? Number.NaN);
  const stat = {
    pid: Number.parseInt(text, 10),
    name: text.slice(open + 1, close),
    state: fields[0] ?? '',
    parentPid: at(4),
    userTicks: at(14),
    systemTicks: at(15),
    endedUserTicks: at(16),
    endedSystemTicks: at(17),
    threads: at(20),
    startTicks: at(22),
    rssPages: Math.max(0, at(24)),
  };
  const numbers = [stat.pid, stat.parentPid, stat.userTicks, stat.systemTicks, stat.startTicks, stat.rssPages];
  return numbers.every(Number.isFinite) && stat.state.length === 1 ? stat : undefined;
}

/** `key: value` or `key value` lines with whole numbers, such as /proc/PID/io and cpu.stat. */
export function parseNumbers(text: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const match of text.matchAll(/^(\w+):?[ \t]+(\d+)$/gm)) numbers.set(match[1] as string, Number(match[2]));
  return numbers;
}

/** The soft limit on open files in /proc/PID/limits. Undefined: not told, or none. */
export function descriptorLimitOf(text: string): number | undefined {
  const limit = /^Max open files +(\d+)/m.exec(text)?.[1];
  return limit === undefined ? undefined : Number(limit);
}

/** The second figure of /proc/PID/schedstat: time on a run queue, in ns (Documentation/scheduler/sched-stats.rst). Undefined: not told. */
export function runQueueMsOf(text: string): number | undefined {
  const waitedNs = /^\d+ (\d+) \d+$/m.exec(text)?.[1];
  return waitedNs === undefined ? undefined : Number(waitedNs) / 1e6;
}

/** Of the first line of /proc/stat, in ticks since the machine started. */
export interface MachineTicks {
  readonly busy: number;
  readonly steal: number;
  readonly ioWait: number;
  readonly total: number;
  readonly cores: number;
}

/** Undefined when it is not such a text. Guests are counted in user already (proc_stat(5)). */
export function machineTicksOf(text: string): MachineTicks | undefined {
  const line = /^cpu +([\d ]+)$/m.exec(text)?.[1];
  if (line === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = parsePids(line);
  const busy = user + nice + system + irq + softIrq;
  const cores = text.match(/^cpu\d+ /gm)?.length ?? 0;
  return { busy, steal, ioWait, total: busy + idle + ioWait + steal, cores };
}

/** The process numbers in a text such as cgroup.procs or /proc/PID/task/TID/children. */
export function parsePids(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

/** How long a cgroup was held back by its CPU limit, from its cpu.stat (v2 in µs, v1 in ns). Undefined: not told. */
export function throttledMsOf(stat: ReadonlyMap<string, number>): number | undefined {
  const us = stat.get('throttled_usec');
  const ns = stat.get('throttled_time');
  return us === undefined ? (ns === undefined ? undefined : ns / 1e6) : us / 1e3;
}

/** The page size in an auxiliary vector (/proc/PID/auxv): pairs of machine words, AT_PAGESZ is 6. Undefined: not in it. */
export function pageBytesOf(auxv: Uint8Array): number | undefined {
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.byteLength);
  for (let at = 0; at + 16 <= view.byteLength; at += 16) {
    if (view.getBigUint64(at, true) === 6n) return Number(view.getBigUint64(at + 8, true));
  }
  return undefined;
}
