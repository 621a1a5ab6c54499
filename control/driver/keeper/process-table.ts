/**
 * Which processes there are, from /proc. On a platform without it every list is empty and every answer "unknown": what depends on it
 * falls back to signals by process group.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Its process group. */
  readonly group: number;
  /** When it started, in clock ticks since boot: with the pid it names a process for good. */
  readonly startTicks: number;
  /** Ended, but its parent has not asked how. */
  readonly zombie: boolean;
}

/** One process, or null. */
export function processEntry(pid: number): ProcessEntry | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The name in parentheses may hold anything, a closing parenthesis included (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0] ?? 'X';
  return {
    pid,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTicks: Number(fields[19]),
    zombie: state === 'Z' || state === 'X',
  };
}

/** Every process but zombies. */
export function processTable(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const pid of processIds()) {
    const entry = processEntry(pid);
    if (entry !== null && !entry.zombie) entries.push(entry);
  }
  return entries;
}

/** Whether this very process still runs; without /proc, whether any process has its pid. */
export function isRunning(pid: number, startTicks: number | null): boolean {
  const entry = processEntry(pid);
  if (entry !== null) return !entry.zombie && (startTicks === null || entry.startTicks === startTicks);
  if (hasProcessTable()) return false;
  return canSignal(pid);
}

/** The processes whose environment holds `NAME=value` for one of `marks`. Those of other users cannot be read and are left out. */
export function markedProcesses(marks: readonly string[]): number[] {
  if (marks.length === 0) return [];
  const needles = marks.map((mark) => `\0${mark}\0`);
  return processIds().filter((pid) => {
    try {
      const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
      return needles.some((needle) => environment.includes(needle)) && processEntry(pid)?.zombie === false;
    } catch {
      return false;
    }
  });
}

/** Whether the platform has /proc. */
export function hasProcessTable(): boolean {
  return processEntry(process.pid) !== null;
}

/** Sends a signal to a process, or to a group (negative). False when there is none, or it is not ours. */
export function signalTo(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

function canSignal(pid: number): boolean {
  return signalTo(pid, 0);
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
