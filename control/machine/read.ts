/**
 * Looks at this machine. Takes about a second, because busyness and the lag of timers can only be seen over time.
 */
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import type { Clock } from '@palier/base/clock';
import type { Timers } from '@palier/base/timers';
import type { Activity, CgroupFacts, MachineFacts } from './facts.ts';
import {
  activityBetween,
  cgroupFolders,
  type CpuLook,
  cpuTicks,
  descriptorLimits,
  mayRaisePriority,
  processTicks,
  waitingSockets,
} from './proc.ts';

/** Far from those that the first users take, so that a run of a moment ago is not in the way. */
const probedAddress = '127.0.1.250';
const lookedAtPrograms = ['taskset', 'nginx', 'haproxy', 'wrk', 'chromium'] as const;
const otherNames: Readonly<Record<string, readonly string[]>> = { chromium: ['chromium-browser', 'google-chrome'] };
/** With a millisecond each, and what they are late: a second. */
const timersWatched = 800;

/** What needs no time to be told. */
export type StandingFacts = Pick<MachineFacts, 'nodeVersion' | 'platform' | 'cpuModel' | 'cores' | 'memoryBytes'>;

export function readStandingFacts(): StandingFacts {
  const constrained = process.constrainedMemory();
  return {
    nodeVersion: process.version,
    platform: `${process.platform} ${release()} ${process.arch}`,
    cpuModel: cpus()[0]?.model.trim() || 'unknown processor',
    cores: availableParallelism(),
    memoryBytes: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
  };
}

export async function readFacts(
  clock: Clock,
  timers: Timers,
  programFolders: readonly string[],
): Promise<MachineFacts> {
  const standing = readStandingFacts();
  const before = lookAtCpu();
  const timerLag = await watchTimers(clock, timers);
  const limits = text('/proc/self/limits');
  const status = text('/proc/self/status');
  return {
    ...standing,
    availableMemoryBytes: Math.min(process.availableMemory() || freemem(), standing.memoryBytes),
    descriptors: descriptorLimits(limits),
    ports: readPorts(),
    loopbackSources: await canBind(probedAddress),
    cgroup: readCgroup(),
    mayRaisePriority: limits === '' ? null : mayRaisePriority(limits, status),
    activity: activitySince(before, cpus().length),
    timerLag,
    clockSource: text('/sys/devices/system/clocksource/clocksource0/current_clocksource').trim() || null,
    programs: Object.fromEntries(lookedAtPrograms.map((name) => [name, findProgram(name, programFolders)])),
  };
}

/** How late timers of 1 ms are, one after the other. */
async function watchTimers(clock: Clock, timers: Timers): Promise<MachineFacts['timerLag']> {
  const lagsMs: number[] = [];
  for (let i = 0; i < timersWatched; i++) {
    const startMs = clock.monotonicMs();
    await timers.sleep(1);
    lagsMs.push(Math.max(0, clock.monotonicMs() - startMs - 1));
  }
  lagsMs.sort((a, b) => a - b);
  const at = (share: number): number => lagsMs[Math.ceil(share * lagsMs.length) - 1] ?? 0;
  return { medianMs: at(0.5), p99Ms: at(0.99) };
}

function readPorts(): MachineFacts['ports'] {
  const [from, to] = text('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).map(Number);
  if (from === undefined || to === undefined) return null;
  return { from, to, waiting: waitingSockets(text('/proc/net/sockstat')) };
}

function canBind(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, host, () => server.close(() => resolve(true)));
  });
}

/** Makes a group and removes it again: permissions alone do not tell, since a read-only mount refuses root too. */
function readCgroup(): CgroupFacts | null {
  const found = cgroupFolders(text('/proc/self/cgroup'), text('/proc/self/mounts'));
  if (found === null) return null;
  const writable = Object.entries(found.folders).flatMap(([name, folder]) => {
    const told = found.version === 2 ? text(join(folder, 'cgroup.controllers')).split(/\s+/).includes(name) : true;
    return told && canMakeGroup(folder) ? [name] : [];
  });
  return { version: found.version, writable };
}

function canMakeGroup(folder: string): boolean {
  const probe = join(folder, `palier-doctor-${process.pid}`);
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return true;
  } catch {
    return false;
  }
}

function lookAtCpu(): CpuLook | null {
  const stat = text('/proc/stat');
  if (stat === '') return null;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = pids.flatMap((name) => {
    const one = processTicks(text(`/proc/${name}/stat`));
    return one === undefined ? [] : { pid: Number(name), name: one.name, ticks: one.ticks };
  });
  return { all: cpuTicks(stat), processes };
}

function activitySince(before: CpuLook | null, cores: number): Activity | null {
  const after = lookAtCpu();
  const activity = before === null || after === null ? null : activityBetween(before, after, process.pid, cores);
  if (activity === null) return null;
  const busiest = activity.busiest.map(({ pid, name, cores }) => ({ pid, name: commandOf(pid) ?? name, cores }));
  return { ...activity, busiest };
}

/** `node server.js`: the program and its first argument, without folders; the kernel's own name says `MainThread` for every Node. */
function commandOf(pid: number): string | undefined {
  const words = text(`/proc/${pid}/cmdline`).split('\0', 2).filter(Boolean);
  return words.length === 0 ? undefined : words.map((word) => basename(word).slice(0, 40)).join(' ');
}

function findProgram(name: string, folders: readonly string[]): string | null {
  const candidates = folders.flatMap((folder) => [name, ...(otherNames[name] ?? [])].map((one) => join(folder, one)));
  return candidates.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Empty when it cannot be read. */
function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
