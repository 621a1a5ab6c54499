/**
 * What is left of processes that we started, found by process group, by cgroup and by a mark in the environment; and its end.
 * Used by the keeper for one replica, by palier when the keeper died, and by the next start when both died.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '@palier/base/clock';
import type { Timers } from '@palier/base/timers';
import { hasProcessTable, markedProcesses, processEntry, processTable, signalTo } from './process-table.ts';

/** By what our processes are known. */
export interface Trace {
  /** Process groups by their first process. `startTicks` null: not known, so the group is trusted. */
  readonly groups: readonly { readonly pid: number; readonly startTicks: number | null }[];
  /** `NAME=value` of their environment. Costs a look at every process, so give none where a cgroup holds them all. */
  readonly marks: readonly string[];
  /** Files that list the processes of a cgroup. */
  readonly procsFiles: readonly string[];
}

export interface EndLimits {
  /** From SIGTERM to SIGKILL. 0: SIGKILL at once. */
  readonly graceMs: number;
  /** How long to look after SIGKILL. */
  readonly killMs: number;
  readonly pollMs: number;
}

/** The pids that are still there; never our own. */
export function remainsOf(trace: Trace): number[] {
  const pids = new Set<number>([...markedProcesses(trace.marks), ...trace.procsFiles.flatMap(pidsIn)]);
  const groups = new Set(trace.groups.filter(isOurs).map((group) => group.pid));
  if (groups.size > 0) {
    for (const entry of processTable()) if (groups.has(entry.group)) pids.add(entry.pid);
    if (!hasProcessTable()) for (const group of groups) if (signalTo(-group, 0)) pids.add(-group);
  }
  pids.delete(process.pid);
  return [...pids];
}

/** SIGTERM, a grace, SIGKILL until nothing is left. Returns what was there at first and what could not be ended. */
export async function endRemains(
  trace: Trace,
  limits: EndLimits,
  time: { readonly clock: Clock; readonly timers: Timers },
): Promise<{ readonly found: readonly number[]; readonly left: readonly number[] }> {
  const found = remainsOf(trace);
  let left: readonly number[] = found;
  if (limits.graceMs > 0) {
    for (const pid of found) signalTo(pid, 'SIGTERM');
    left = await watch(trace, limits, limits.graceMs, time, () => {});
  }
  if (left.length === 0) return { found, left };
  left = await watch(trace, limits, limits.killMs, time, (pids) => {
    for (const pid of pids) signalTo(pid, 'SIGKILL');
  });
  return { found, left };
}

async function watch(
  trace: Trace,
  limits: EndLimits,
  forMs: number,
  { clock, timers }: { readonly clock: Clock; readonly timers: Timers },
  act: (pids: readonly number[]) => void,
): Promise<readonly number[]> {
  const until = clock.monotonicMs() + forMs;
  for (;;) {
    const pids = remainsOf(trace);
    act(pids);
    if (pids.length === 0 || clock.monotonicMs() >= until) return pids;
    await timers.sleep(limits.pollMs);
  }
}

function isOurs(group: { readonly pid: number; readonly startTicks: number | null }): boolean {
  if (group.pid <= 1) return false;
  const leader = processEntry(group.pid);
  return leader === null || group.startTicks === null || leader.startTicks === group.startTicks;
}

function pidsIn(procsFile: string): number[] {
  let text: string;
  try {
    text = readFileSync(procsFile, 'latin1');
  } catch {
    return [];
  }
  // 0 stands for a process of another pid namespace; zombies are listed by cgroup v1.
  return text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 1 && processEntry(pid)?.zombie === false);
}
