/** Processor time of a process and of the machine, from /proc, so that no contestant reports its own cost. Null elsewhere than on Linux. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface MachineCpu {
  readonly busyMs: number;
  /** Taken by other guests of the same host. */
  readonly stealMs: number;
}

let tickMs: number | null = null;

/** User and system time of all threads of the process, milliseconds; whole ticks (10 ms as a rule). */
export function processCpuMs(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces; fields are counted after it. utime and stime are fields 14 and 15 (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * msPerTick();
  } catch {
    return null;
  }
}

/** How long its main thread, which is Node's event loop, has been ready to run and had no core, milliseconds (Documentation/scheduler/sched-stats of Linux). */
export function waitedForCoreMs(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return null;
  }
}

export function machineCpu(): MachineCpu | null {
  try {
    const fields = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields;
    return { busyMs: (user + nice + system + irq + softirq) * msPerTick(), stealMs: steal * msPerTick() };
  } catch {
    return null;
  }
}

function msPerTick(): number {
  tickMs ??= 1000 / (Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100);
  return tickMs;
}
