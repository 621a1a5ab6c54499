/** Of one queue: how fast a backlog is worked off, and how soon a job is picked up. */
import { spawnSync } from 'node:child_process';
import type { RunValues, Setting } from '../bench.ts';
import { machineCpu, processCpuMs } from '../process/cpu.ts';
import type { Told } from './play-main.ts';
import type { Player } from './player.ts';
import type { Place } from './stage.ts';

/** Drained before anything counts: compiled by then, and how many fill the measured time is known. */
const firstJobs = 500;
const leastJobs = 100;
const mostJobs = 100_000;

/**
 * `added`: jobs a second. They are added by who adds them in all that follows, too: a process that has never added any is slow for its first half
 * second, being compiled, and opens all the connections that it may.
 */
export async function drain(
  worker: Player,
  producer: Player,
  place: Pick<Place, 'cpuMs'>,
  { warmUpMs, measureMs }: Setting,
): Promise<RunValues & { added: number }> {
  let jobs = firstJobs;
  const fill = async (): Promise<Told> => {
    await worker.play({ kind: 'rest' });
    return producer.play({ kind: 'fill', jobs });
  };
  for (const nextMs of [warmUpMs, measureMs]) {
    const filled = await fill();
    const { elapsedMs } = await worker.play({ kind: 'drain', jobs: filled.jobs });
    const next = Math.max(leastJobs, Math.min(mostJobs, Math.round((nextMs * filled.jobs) / elapsedMs)));
    const isSlow = filled.jobs < jobs;
    jobs = next;
    if (isSlow) break;
  }
  const filled = await fill();
  ({ jobs } = filled);
  const before = look(worker, place);
  const { elapsedMs } = await worker.play({ kind: 'drain', jobs });
  const after = look(worker, place);
  const wallMs = after.atMs - before.atMs;
  const workerMs = after.workerMs - before.workerMs;
  const serverMs = Math.max(0, after.serverMs - before.serverMs);
  const cores = {
    worker: workerMs / wallMs,
    server: serverMs / wallMs,
    elsewhere: Math.max(0, (after.busyMs - before.busyMs - workerMs - serverMs) / wallMs),
    stolen: (after.stealMs - before.stealMs) / wallMs,
  };
  const values = {
    rate: (1000 * jobs) / elapsedMs,
    perCore: (1000 * jobs) / (workerMs + serverMs),
  };
  return { values, cores, added: (1000 * jobs) / filled.elapsedMs };
}

/** Of jobs that `producer` adds, so many a second, `lot` at once. */
export async function pickUp(
  worker: Player,
  producer: Player,
  { warmUpMs, measureMs }: Setting,
  perSecond: number,
  lot: number,
): Promise<Pick<Told, 'p50Ms' | 'p99Ms' | 'dueP99Ms'>> {
  // What was written and deleted before, by whomever, is on the disk, or each commit's own writing waits behind it.
  spawnSync('sync');
  await worker.play({ kind: 'begin' });
  const { jobs, startMs, lots } = await producer.play({ kind: 'offer', perSecond, lot, forMs: warmUpMs + measureMs });
  return worker.play({ kind: 'end', jobs, lots, dueAfterMs: startMs + warmUpMs });
}

interface Look {
  readonly atMs: number;
  readonly workerMs: number;
  readonly serverMs: number;
  readonly busyMs: number;
  readonly stealMs: number;
}

function look(worker: Player, place: Pick<Place, 'cpuMs'>): Look {
  const { busyMs, stealMs } = machineCpu() ?? { busyMs: 0, stealMs: 0 };
  return {
    atMs: performance.now(),
    workerMs: processCpuMs(worker.pid) ?? 0,
    serverMs: place.cpuMs(),
    busyMs,
    stealMs,
  };
}
