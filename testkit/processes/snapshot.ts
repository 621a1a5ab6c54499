/**
 * What runs on this machine and what listens, to prove that a test left nothing behind. Linux only: it reads /proc and starts nothing.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  readonly parentPid: number;
  /** `R`, `S`, `D`, `Z` (ended, not yet collected), … */
  readonly state: string;
  /** Clock ticks since the machine started; with the pid it names a process once and for all. */
  readonly startTicks: number;
  readonly name: string;
  /** argv, joined by spaces. */
  readonly commandLine: string;
}

export interface ListeningPort {
  readonly port: number;
  /** The process that holds it; null when it belongs to another user. */
  readonly pid: number | null;
}

export interface Snapshot {
  readonly processes: readonly ProcessFacts[];
  readonly ports: readonly ListeningPort[];
}

export type ProcessFilter = (process: ProcessFacts) => boolean;

/** All processes that can be seen and all TCP ports that are listened on. */
export function snapshot(): Snapshot {
  if (process.platform !== 'linux') throw new Error(`a snapshot of processes needs Linux; this is ${process.platform}`);
  const processes: ProcessFacts[] = [];
  for (const name of readdirSync('/proc')) {
    const facts = /^\d+$/.test(name) ? factsOf(Number(name)) : undefined;
    if (facts !== undefined) processes.push(facts);
  }
  return { processes, ports: listeningPorts(processes) };
}

/** What runs or listens now and did not before, as sentences; empty when nothing does. Processes that have ended are not counted. */
export function leftBehind(before: Snapshot, filter: ProcessFilter): string[] {
  const known = new Set(before.processes.map(({ pid, startTicks }) => `${pid} ${startTicks}`));
  const now = snapshot();
  const fresh = now.processes.filter(
    (one) => !known.has(`${one.pid} ${one.startTicks}`) && one.state !== 'Z' && filter(one),
  );
  const freshPids = new Set(fresh.map(({ pid }) => pid));
  const ports = now.ports.filter(({ pid }) => pid !== null && freshPids.has(pid));
  return [
    ...fresh.map(({ pid, commandLine, name }) => `process ${pid}: ${commandLine || name}`),
    ...ports.map(({ port, pid }) => `port ${port}, held by process ${pid}`),
  ];
}

/**
 * Processes whose environment, at their start, held this `NAME=value`. Children inherit it, so it finds those too that were cut loose
 * from their parents, and nothing of what else the machine does.
 */
export function startedWith(mark: string): ProcessFilter {
  return ({ pid }) => (tryRead(`/proc/${pid}/environ`) ?? '').split('\0').includes(mark);
}

/** Descendants of a process, by the parents that they had when the snapshot was taken. */
export function descendantsOf(pid: number, processes: readonly ProcessFacts[]): ProcessFacts[] {
  const found = processes.filter(({ parentPid }) => parentPid === pid);
  for (let i = 0; i < found.length; i++) {
    const parent = (found[i] as ProcessFacts).pid;
    found.push(...processes.filter(({ parentPid }) => parentPid === parent));
  }
  return found;
}

/** Whether a process with this number exists and has not ended. */
export function isRunning(pid: number): boolean {
  const facts = factsOf(pid);
  return facts !== undefined && facts.state !== 'Z' && facts.state !== 'X';
}

function factsOf(pid: number): ProcessFacts | undefined {
  const stat = tryRead(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name stands in parentheses and may itself hold spaces and parentheses; the last one ends it.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  return {
    pid,
    parentPid: Number(fields[1]),
    state: fields[0] as string,
    startTicks: Number(fields[19]),
    name: stat.slice(stat.indexOf('(') + 1, end),
    commandLine: (tryRead(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim(),
  };
}

function listeningPorts(processes: readonly ProcessFacts[]): ListeningPort[] {
  const portOfInode = new Map<string, number>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (tryRead(table) ?? '').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[3] !== '0A') continue;
      portOfInode.set(fields[9] as string, Number.parseInt((fields[1] as string).split(':').at(-1) as string, 16));
    }
  }
  const holders = new Map<string, number>();
  for (const { pid } of processes) for (const inode of socketsOf(pid)) holders.set(inode, pid);
  return [...portOfInode].map(([inode, port]) => ({ port, pid: holders.get(inode) ?? null }));
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** Undefined when it is gone by now or another's. */
function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
