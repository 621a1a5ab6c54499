/** Reads, over one measured stretch of time, requests from the server's count and processor time from /proc. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type MachineCpu, machineCpu, processCpuMs } from './cpu.ts';
import type { TrivialServer } from './trivial-server.ts';

const startTimeoutMs = 10_000;
const pollMs = 25;

export interface Reading {
  readonly seconds: number;
  readonly requests: number;
  /** Processor milliseconds by the names given in `pids`; absent where they cannot be read. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Processor cores used by name; and `elsewhere`, by all other programs, and `stolen`, by other guests of the host. */
  readonly cores: Readonly<Record<string, number>>;
}

/** Waits until requests arrive, then the warm-up, then reads for `measureMs`. Throws when `trouble` says that the run has failed. */
export async function readLoad(
  server: TrivialServer,
  pids: Readonly<Record<string, number>>,
  times: { readonly warmUpMs: number; readonly measureMs: number },
  trouble: () => string | null,
): Promise<Reading> {
  const first = await server.requests();
  const deadline = performance.now() + startTimeoutMs;
  // The polls are counted too; a hundred more are load.
  for (let polls = 1; (await server.requests()) - first < polls + 100; polls++) {
    const why = trouble();
    if (why !== null) throw new Error(why);
    if (performance.now() > deadline) throw new Error(`No requests arrived within ${startTimeoutMs} ms.`);
    await sleep(pollMs);
  }
  await sleep(times.warmUpMs);
  const before = await snapshot(server, pids);
  await sleep(times.measureMs);
  const after = await snapshot(server, pids);
  const why = trouble();
  if (why !== null) throw new Error(why);
  return between(before, after);
}

function between(before: Snapshot, after: Snapshot): Reading {
  const elapsedMs = after.atMs - before.atMs;
  const cpuMs: Record<string, number> = {};
  for (const [name, end] of Object.entries(after.cpuMs)) {
    const start = before.cpuMs[name];
    if (end !== null && start != null) cpuMs[name] = end - start;
  }
  const cores = Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [name, ms / elapsedMs]));
  if (before.machine !== null && after.machine !== null) {
    const known = Object.values(cores).reduce((sum, one) => sum + one, 0);
    cores['elsewhere'] = Math.max(0, (after.machine.busyMs - before.machine.busyMs) / elapsedMs - known);
    cores['stolen'] = (after.machine.stealMs - before.machine.stealMs) / elapsedMs;
  }
  return { seconds: elapsedMs / 1000, requests: after.requests - before.requests, cpuMs, cores };
}

interface Snapshot {
  readonly atMs: number;
  readonly requests: number;
  readonly cpuMs: Readonly<Record<string, number | null>>;
  readonly machine: MachineCpu | null;
}

async function snapshot(server: TrivialServer, pids: Readonly<Record<string, number>>): Promise<Snapshot> {
  const requests = await server.requests();
  const cpuMs = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, processCpuMs(pid)]));
  return { atMs: performance.now(), requests, cpuMs, machine: machineCpu() };
}
