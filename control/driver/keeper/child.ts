/**
 * One process of a replica, and everything that it starts: a session and group of its own, its output cut into lines, its end told twice
 * (`exited`: its first process ended; `gone`: nothing of it is left).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '@palier/base/clock';
import type { Cancel, Timers } from '@palier/base/timers';
import type { CgroupPlace, Cgroups } from '../cgroup/index.ts';
import { keeperDefaults } from '../options.ts';
import { cutLines } from './lines.ts';
import { type Exit, type KeeperMessage, type Launch, runVariable } from './message.ts';
import { processEntry, signalTo } from './process-table.ts';
import { remainsOf, type Trace } from './remains.ts';

export interface ChildSurroundings {
  readonly run: string;
  readonly cgroups: Cgroups;
  readonly clock: Clock;
  readonly timers: Timers;
  /** `sent` is called when the message has left this process. */
  tell(message: KeeperMessage, sent?: () => void): void;
}

export interface Child {
  readonly trace: Trace;
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Its end is being seen to by somebody else: what it leaves behind is no orphan. */
  leaveToOthers(): void;
}

interface Stopping {
  asked: 'palier' | 'orphan' | null;
  killedMs: number | null;
}

/** The variable that marks what one launch started. */
const launchVariable = 'PALIER_LAUNCH';

/** Starts it. `onGone` is called once, also when it could not be started. */
export function startChild(launch: Launch, surroundings: ChildSurroundings, onGone: () => void): Child | null {
  const { run, cgroups, tell } = surroundings;
  const place = cgroups.create(launch.id, launch);
  const mark = `${run}/${launch.id}`;
  const argv = wrapped(launch, cgroups.procsFiles(place));
  let child: ChildProcess;
  try {
    child = spawn(argv[0] as string, argv.slice(1), {
      cwd: launch.cwd,
      env: { ...launch.env, [runVariable]: run, [launchVariable]: mark },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    refuse(error as NodeJS.ErrnoException);
    return null;
  }
  const pid = child.pid;
  if (pid === undefined) {
    child.once('error', refuse);
    return null;
  }
  child.on('error', () => {});
  const startTicks = processEntry(pid)?.startTicks ?? null;
  tell({ kind: 'spawned', id: launch.id, pid, startTicks, cgroup: place });
  const files = cgroups.procsFiles(place);
  const trace: Trace = {
    groups: [{ pid, startTicks }],
    // A cgroup holds everything that was started in it; the mark is the net where there is none.
    marks: files.length > 0 ? [] : [`${launchVariable}=${mark}`],
    procsFiles: files,
  };
  const stopping: Stopping = { asked: null, killedMs: null };
  const output = forwardOutput(child, launch.id, surroundings);
  child.once('exit', (code, signal) => {
    output.finish(() => {
      const exit: Exit = { code, signal, oomKills: cgroups.oomKills(place) };
      tell({ kind: 'exited', id: launch.id, ...exit });
      void waitUntilGone(trace, stopping, place, surroundings).then(() => {
        tell({ kind: 'gone', id: launch.id });
        onGone();
      });
    });
  });
  return {
    trace,
    signal(signal) {
      stopping.asked = 'palier';
      if (signal === 'SIGKILL') stopping.killedMs ??= surroundings.clock.monotonicMs();
      signalAll(trace, signal);
      if (signal === 'SIGKILL') cgroups.kill(place);
    },
    leaveToOthers() {
      stopping.asked = 'palier';
    },
  };

  function refuse(error: NodeJS.ErrnoException): void {
    cgroups.remove(place);
    tell({ kind: 'refused', id: launch.id, code: error.code ?? 'UNKNOWN', reason: error.message });
    onGone();
  }
}

/**
 * The command behind what must happen before its first instruction: joining the cgroup, pinning. `exec` keeps the pid, so the group's
 * first process is the command itself.
 */
function wrapped(launch: Launch, procsFiles: readonly string[]): readonly string[] {
  const pinned = launch.cpus === null ? launch.argv : ['taskset', '-c', launch.cpus, ...launch.argv];
  if (procsFiles.length === 0) return pinned;
  const join = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ > "$1"; shift; n=$((n-1)); done; exec "$@"';
  return ['/bin/sh', '-c', join, 'palier', String(procsFiles.length), ...procsFiles, ...pinned];
}

/** A signal to the group in one call, then to what left the group. */
function signalAll(trace: Trace, signal: 'SIGTERM' | 'SIGKILL'): void {
  const group = trace.groups[0]?.pid ?? 0;
  const strays = remainsOf({ ...trace, groups: [] }).filter((stray) => processEntry(stray)?.group !== group);
  signalTo(-group, signal);
  for (const stray of strays) signalTo(stray, signal);
}

/**
 * Its first process has ended; others of it may not have. When palier stops it, they may take their time (`sh` dies of SIGTERM at once,
 * the server that it started finishes its requests) until palier's SIGKILL. Otherwise they are orphans and are ended here.
 */
async function waitUntilGone(
  trace: Trace,
  stopping: Stopping,
  place: CgroupPlace | null,
  { cgroups, clock, timers }: ChildSurroundings,
): Promise<void> {
  const endedMs = clock.monotonicMs();
  for (let left = remainsOf(trace); left.length > 0; left = remainsOf(trace)) {
    const nowMs = clock.monotonicMs();
    if (stopping.asked === null) {
      stopping.asked = 'orphan';
      for (const pid of left) signalTo(pid, 'SIGTERM');
    }
    if (stopping.asked === 'orphan' && nowMs - endedMs > keeperDefaults.graceMs) stopping.killedMs ??= nowMs;
    if (stopping.killedMs !== null) for (const pid of left) signalTo(pid, 'SIGKILL');
    // Left is what hangs in the kernel: nobody can end it.
    if (stopping.killedMs !== null && nowMs - stopping.killedMs > keeperDefaults.killMs) break;
    await timers.sleep(keeperDefaults.pollMs);
  }
  // A cgroup whose last process has just ended can be busy for some milliseconds.
  for (let tries = 0; tries < 20 && !cgroups.remove(place); tries++) await timers.sleep(keeperDefaults.pollMs);
}

function forwardOutput(
  child: ChildProcess,
  id: string,
  { timers, tell }: ChildSurroundings,
): { finish(done: () => void): void } {
  let pending: string[] = [];
  let dropped = 0;
  let cancelFlush: Cancel | null = null;
  let sending = 0;
  const flush = (): void => {
    cancelFlush?.();
    cancelFlush = null;
    if (pending.length === 0 && dropped === 0) return;
    sending++;
    tell({ kind: 'output', id, lines: pending, dropped }, () => {
      sending--;
      plan();
    });
    pending = [];
    dropped = 0;
  };
  // One message under way at a time: what palier is too slow to read is not heaped up here.
  const plan = (): void => {
    if (pending.length > 0 && sending === 0) cancelFlush ??= timers.after(keeperDefaults.flushMs, flush);
  };
  const add = (lines: readonly string[]): void => {
    for (const line of lines) pending.push(line);
    const over = pending.length - keeperDefaults.maxPendingLines;
    if (over > 0) {
      pending.splice(0, over);
      dropped += over;
    }
    plan();
  };
  const cutters = [child.stdout, child.stderr].map((stream) => {
    const cutter = cutLines(keeperDefaults.maxLineBytes);
    stream?.on('data', (piece: Buffer) => add(cutter.push(piece)));
    stream?.on('error', () => {});
    return cutter;
  });
  let closed = false;
  child.once('close', () => {
    closed = true;
  });
  return {
    finish(done) {
      let finished = false;
      const finish = (): void => {
        if (finished) return;
        finished = true;
        for (const cutter of cutters) add(cutter.end());
        flush();
        done();
      };
      if (closed) finish();
      else {
        child.once('close', finish);
        timers.after(keeperDefaults.outputWaitMs, finish);
      }
    },
  };
}
