/**
 * What a service uses of what it may have: processor, one thread of it, garbage collection, memory, disk, descriptors. Pure.
 *
 * A thing that is full for the sake of another one is not the cause: a processor that collects garbage lacks memory, an event loop that
 * stands still for a disk lacks a disk, one that is throttled lacks processor.
 */
import type { ServiceFigures } from '../figures.ts';
import { bounds, filledWeight, leastBusyShare, leastDiskBytes, rise } from '../options.ts';
import { blameOf, grew, percent, type Suspect, type Suspicion, figure } from './suspicion.ts';

export function resourceSuspicions(suspect: Suspect): readonly Suspicion[] {
  const { before, after, half, knee } = suspect;
  const weight = 0.3 + 0.7 * blameOf(suspect);
  const gc = collecting(suspect);
  const disk = diskOf(suspect);
  const cpu = processorOf(suspect);
  const thread = threadOf(suspect, cpu, disk);
  const memory = Math.max(
    rise(after.memoryShare, bounds.memoryShare),
    after.crashed && (after.memoryShare ?? 0) > 0.8 ? 1 : 0,
  );
  const descriptors = rise(after.descriptorShare, bounds.descriptorShare);
  const make = (kind: Suspicion['kind'], score: number, evidence: readonly string[]): Suspicion => ({
    kind,
    component: after.name,
    score,
    evidence,
  });
  const delay = after.loopDelayMs;
  return [
    make('cpu', cpu * weight * (1 - filledWeight * gc) * (thread > cpu * 0.95 && !isSmall(suspect) ? 0.7 : 1), [
      after.allottedCpuShare === null
        ? `Processor: ${grew(figure, after.cpuCores, before.cpuCores)}, in cores; of all cores ${grew(percent, knee.machineShare, half.machineShare)}.`
        : `Processor: ${grew(percent, after.allottedCpuShare, before.allottedCpuShare)}, of its allotment.`,
      ...((after.throttledShare ?? 0) < 0.02
        ? []
        : [`Held back by its allotment: ${grew(percent, after.throttledShare, before.throttledShare)} of the time.`]),
    ]),
    make('event-loop', thread * weight * (1 - filledWeight * gc), [
      `Its busiest thread: ${grew(percent, after.threadCores, before.threadCores)} of a core.`,
      ...(after.loopShare === null ? [] : [`Event loop: ${grew(percent, after.loopShare, before.loopShare)} busy.`]),
      ...(delay === null ? [] : [`Timers late by ${grew(figure, delay, before.loopDelayMs)} ms.`]),
    ]),
    make('garbage-collection', gc * weight, [
      `Garbage collection: ${grew(percent, after.gcShare, before.gcShare)} of the time; its busiest thread ${grew(percent, after.threadCores, before.threadCores)} of a core.`,
    ]),
    make('memory', memory * weight, [
      `Resident memory: ${grew(percent, after.memoryShare, before.memoryShare)}, of its allotment.`,
      ...(after.crashed ? ['A replica ended by itself at the knee.'] : []),
    ]),
    make('disk', disk * weight, [
      `Threads that wait for a disk: ${grew(figure, after.diskWaitingThreads, before.diskWaitingThreads)}.`,
      `Cores that have nothing to do but wait for a disk: ${grew(figure, knee.diskWaitingCores, half.diskWaitingCores)}.`,
      `Read and written: ${grew(megabytes, after.diskBytesPerSecond, before.diskBytesPerSecond)}.`,
    ]),
    make('descriptors', descriptors * (knee.errorShare > 0.01 || blameOf(suspect) > 0.3 ? 1 : 0.5), [
      `Descriptors: ${grew(percent, after.descriptorShare, before.descriptorShare)} of those allowed.`,
      `Connections to it that failed: ${grew(percent, after.connectFailureShare, before.connectFailureShare)} of the requests.`,
    ]),
  ];
}

/** How nearly something of its own is full, 0…1: who waits then waits for that. */
export function fullness(suspect: Suspect): number {
  const { after } = suspect;
  return Math.max(
    processorOf(suspect),
    rise(after.loopShare, bounds.loopShare),
    threadOf(suspect, 0, 0),
    diskOf(suspect),
    rise(after.memoryShare, bounds.memoryShare),
    rise(after.descriptorShare, bounds.descriptorShare),
  );
}

/**
 * Threads seen waiting for a disk, at either load, since one look a second sees few of them; or cores that wait all the time, by the part of
 * the disk's work that is this service's.
 */
function diskOf({ before, after, knee }: Suspect): number {
  const bytes = (one: ServiceFigures): number => (one.diskBytesPerSecond ?? 0) * one.replicas;
  const all = [...knee.services.values()].reduce((sum, one) => sum + bytes(one), 0);
  const share = all < leastDiskBytes ? 0 : bytes(after) / all;
  return Math.max(
    rise(Math.max(before.diskWaitingThreads ?? 0, after.diskWaitingThreads ?? 0), bounds.diskWaitingThreads),
    rise(knee.diskWaitingCores, bounds.diskWaitingCores) * share,
  );
}

/** Its busiest thread; as far as neither an allotment nor a disk holds it up, the time that it waits counts too. */
function threadOf({ after }: Suspect, cpu: number, disk: number): number {
  // A thread that waits for a core of a busy machine would use it.
  const wanted = after.threadCores === null ? null : after.threadCores + (after.runQueueShare ?? 0);
  const held = Math.max(rise(after.loopShare, bounds.loopShare), rise(wanted, bounds.loopShare));
  return Math.max(rise(after.threadCores, bounds.threadCores), held * (1 - cpu) * (1 - disk));
}

/** Of its allotment; without one, of a machine that has no core left, by the part of the work there that this service does. */
function processorOf({ after, knee }: Suspect): number {
  if (after.allottedCpuShare !== null) {
    const held = rise(after.throttledShare, bounds.throttledShare);
    return Math.max(rise(after.allottedCpuShare, bounds.allottedCpuShare), held);
  }
  const used = [...knee.services.values()].reduce((sum, one) => sum + (one.cpuCores ?? 0) * one.replicas, 0);
  // Where others fill the machine, who uses little of it does not lack it.
  const busy = Math.max(used, knee.machineCores * (knee.machineShare ?? 0));
  const share = busy === 0 ? 0 : ((after.cpuCores ?? 0) * after.replicas) / busy;
  return rise(knee.machineShare, bounds.machineShare) * share;
}

/**
 * Garbage collection by the time that it was busy: pauses break a limit on latency long before a processor is full. A service that collects
 * so much that it no longer answers for its metrics counts with what it said at half load.
 */
function collecting({ before, after }: Suspect): number {
  const { gcShare, loopShare, threadCores } = after.gcShare === null ? before : after;
  const busy = Math.max(leastBusyShare, Math.min(1, Math.max(loopShare ?? 0, threadCores ?? 0)));
  return rise(gcShare === null ? null : gcShare / busy, bounds.gcShare);
}

/** Whether its allotment is too small for one thread to be what is full. */
function isSmall({ after }: Suspect): boolean {
  if (after.allottedCpuShare === null || after.cpuCores === null || after.allottedCpuShare === 0) return false;
  return after.cpuCores / after.allottedCpuShare < 0.98;
}

function megabytes(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? 'unknown' : `${(bytes / 1e6).toFixed(1)} MB/s`;
}
