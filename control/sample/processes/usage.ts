/**
 * What a tree of processes used between two readings. Pure.
 */
import type { ProcessFigures, TreeReading } from './figures.ts';

/** Null wherever it takes an earlier reading and there is none, or the platform does not tell. */
export interface Usage {
  readonly cpuCores: number | null;
  readonly throttledShare: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
  readonly rssBytes: number;
  readonly descriptors: number | null;
  readonly threads: number | null;
  /** Of the process that has the fewest left, 0…1. */
  readonly descriptorShare: number | null;
  readonly busiestThreadCores: number | null;
  readonly diskWaitingThreads: number | null;
  /** 0…1, of the first thread of the first process. */
  readonly runQueueShare: number | null;
}

/** The first process of the tree, by number and start; another one means that everything begins anew. */
export function identityOf({ processes: [first] }: TreeReading): string {
  return `${first.pid} ${first.startId}`;
}

/** `before` is null, or a reading of the same replica; when its first process was another one, nothing is compared. */
export function usageBetween(before: TreeReading | null, after: TreeReading): Usage {
  const now = {
    rssBytes: sum(after.processes, ({ rssBytes }) => rssBytes) ?? 0,
    descriptors: sum(after.processes, ({ descriptors }) => descriptors),
    threads: sum(after.processes, ({ threads }) => threads),
    descriptorShare: descriptorShare(after.processes),
    diskWaitingThreads: diskWaiting(after.processes),
  };
  const elapsedMs = before === null ? 0 : after.atMs - before.atMs;
  if (before === null || elapsedMs <= 0 || identityOf(before) !== identityOf(after)) {
    return {
      cpuCores: null,
      throttledShare: null,
      diskReadBytes: null,
      diskWriteBytes: null,
      busiestThreadCores: null,
      runQueueShare: null,
      ...now,
    };
  }
  return {
    cpuCores: cpuMsBetween(before, after) / elapsedMs,
    throttledShare: throttledShare(before, after, elapsedMs),
    diskReadBytes: bytesBetween(before, after, ({ diskReadBytes }) => diskReadBytes),
    diskWriteBytes: bytesBetween(before, after, ({ diskWriteBytes }) => diskWriteBytes),
    busiestThreadCores: busiestThread(before, after, elapsedMs),
    runQueueShare: runQueueShare(before, after, elapsedMs),
    ...now,
  };
}

/** Null where no process tells both. */
function descriptorShare(processes: readonly ProcessFigures[]): number | null {
  const shares = processes.flatMap(({ descriptors, descriptorLimit }) =>
    descriptors === null || !descriptorLimit ? [] : [Math.min(1, descriptors / descriptorLimit)],
  );
  return shares.length === 0 ? null : Math.max(...shares);
}

function diskWaiting(processes: readonly ProcessFigures[]): number | null {
  const threads = processes.flatMap(({ threadFigures }) => threadFigures ?? []);
  return threads.length === 0 ? null : threads.filter(({ waitsForDisk }) => waitsForDisk).length;
}

/** A thread that is new has used all that it used since. */
function busiestThread(before: TreeReading, after: TreeReading, elapsedMs: number): number | null {
  const earlier = new Map(
    before.processes.flatMap(({ threadFigures }) => threadFigures ?? []).map(({ id, cpuMs }) => [id, cpuMs]),
  );
  const threads = after.processes.flatMap(({ threadFigures }) => threadFigures ?? []);
  if (threads.length === 0 || earlier.size === 0) return null;
  return Math.max(0, ...threads.map(({ id, cpuMs }) => cpuMs - (earlier.get(id) ?? 0))) / elapsedMs;
}

function runQueueShare(before: TreeReading, after: TreeReading, elapsedMs: number): number | null {
  const from = before.processes[0].runQueueMs ?? null;
  const to = after.processes[0].runQueueMs ?? null;
  return from === null || to === null ? null : Math.min(1, Math.max(0, to - from) / elapsedMs);
}

function cpuMsBetween(before: TreeReading, after: TreeReading): number {
  if (before.cgroup !== null && after.cgroup !== null) return Math.max(0, after.cgroup.cpuMs - before.cgroup.cpuMs);
  return treeDifference(
    before.processes,
    after.processes,
    ({ cpuMs }) => cpuMs,
    ({ endedCpuMs }) => endedCpuMs,
  );
}

/** Null for a process that does not tell makes the whole unknown: a sum over some of them would look like all of them. */
function bytesBetween(
  before: TreeReading,
  after: TreeReading,
  bytesOf: (process: ProcessFigures) => number | null,
): number | null {
  if ([...before.processes, ...after.processes].some((process) => bytesOf(process) === null)) return null;
  return treeDifference(
    before.processes,
    after.processes,
    () => 0,
    (process) => bytesOf(process) ?? 0,
  );
}

/**
 * What a tree used, where a process that ends hands what it had used to the parent that waits for it. What was collected from ended
 * children holds their whole life, so what they had used by the first reading is taken off it; children that nobody waited for are
 * lost to the kernel's count, and then the difference is a lower bound, never below zero.
 */
function treeDifference(
  before: readonly ProcessFigures[],
  after: readonly ProcessFigures[],
  own: (process: ProcessFigures) => number,
  collected: (process: ProcessFigures) => number,
): number {
  const earlier = new Map(before.map((process) => [`${process.pid} ${process.startId}`, process]));
  let used = 0;
  let handedUp = 0;
  for (const process of after) {
    const key = `${process.pid} ${process.startId}`;
    const was = earlier.get(key);
    earlier.delete(key);
    used += Math.max(0, own(process) - (was === undefined ? 0 : own(was)));
    handedUp += Math.max(0, collected(process) - (was === undefined ? 0 : collected(was)));
  }
  for (const ended of earlier.values()) handedUp -= own(ended) + collected(ended);
  return used + Math.max(0, handedUp);
}

function throttledShare(before: TreeReading, after: TreeReading, elapsedMs: number): number | null {
  const from = before.cgroup?.throttledMs ?? null;
  const to = after.cgroup?.throttledMs ?? null;
  return from === null || to === null ? null : Math.min(1, Math.max(0, to - from) / elapsedMs);
}

/** Null when one of them is. */
function sum<T>(items: readonly T[], figure: (item: T) => number | null): number | null {
  let total = 0;
  for (const item of items) {
    const value = figure(item);
    if (value === null) return null;
    total += value;
  }
  return total;
}
