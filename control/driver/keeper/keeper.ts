/**
 * Palier's hand on the keeper process: starts it, sends it orders, hears what becomes of them. When the keeper dies, everything that it
 * had started is ended from here, and `lost` says so.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Clock } from '@palier/base/clock';
import { entryPath } from '@palier/base/entry';
import type { Timers } from '@palier/base/timers';
import { controlError } from '../../errors.ts';
import { type CgroupPlace, type CgroupReport, type GroupLimits, removeRun } from '../cgroup/index.ts';
import { keeperDefaults } from '../options.ts';
import { type KeeperCommand, type KeeperMessage, type Launch, runVariable } from './message.ts';
import { endRemains } from './remains.ts';

export interface KeeperSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  /** For the keeper process itself. */
  readonly env: Readonly<Record<string, string>>;
  /** Names this run, on every machine and for good. */
  readonly run: string;
  /** All that will be asked for: tried out at the start. Null: no control groups, even where they are permitted. */
  readonly allotments: readonly GroupLimits[] | null;
  /** Removed by the keeper when palier was killed. */
  readonly removeFile: string | null;
  /** From SIGTERM to SIGKILL when palier was killed. */
  readonly graceMs?: number;
}

/** What became of a launch. */
export type LaunchNews = Extract<KeeperMessage, { readonly id: string }>;

/** A process that the keeper has started. */
export interface KeptProcess {
  readonly id: string;
  readonly pid: number;
  readonly startTicks: number | null;
  readonly cgroup: CgroupPlace | null;
}

export interface Keeper {
  readonly pid: number;
  readonly cgroup: CgroupReport;
  /** Everything that is not yet gone. */
  kept(): readonly KeptProcess[];
  launch(launch: Launch, hear: (news: LaunchNews) => void): void;
  signal(id: string, signal: 'SIGTERM' | 'SIGKILL'): void;
  /** A process of palier's own that must not outlive it. */
  guard(pid: number): void;
  /** Ends everything that still runs, then the keeper. */
  end(graceMs: number): Promise<void>;
  /** Resolves when the keeper died by itself, after everything that it had started was ended. */
  readonly lost: Promise<Error>;
}

/** Starts it. Throws PALIER_KEEPER_START. */
export async function startKeeper(surroundings: KeeperSurroundings): Promise<Keeper> {
  const child = forkKeeper(surroundings.env);
  const errors = lastErrors(child);
  const listeners = new Map<string, (news: LaunchNews) => void>();
  const kept = new Map<string, KeptProcess>();
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}${errors()}`));
    child.once('error', (error) => resolve(error.message));
  });
  const send = (command: KeeperCommand): void => {
    if (child.connected) child.send(command, () => {});
  };
  const ready = new Promise<CgroupReport>((resolve) => {
    child.on('message', (raw) => {
      const message = raw as KeeperMessage;
      if (message.kind === 'ready') {
        resolve(message.cgroup);
        return;
      }
      if (message.kind === 'spawned') kept.set(message.id, message);
      if (message.kind === 'gone') kept.delete(message.id);
      const hear = listeners.get(message.id);
      if (message.kind === 'gone' || message.kind === 'refused') listeners.delete(message.id);
      hear?.(message);
    });
  });
  send({
    kind: 'begin',
    run: surroundings.run,
    graceMs: surroundings.graceMs ?? keeperDefaults.graceMs,
    removeFile: surroundings.removeFile,
    allotments: surroundings.allotments,
  });
  const cgroup = await readyOrNot(child, ready, exited, surroundings.timers);
  let ending = false;
  const lost = exited.then(async (how) => {
    if (ending) return new Promise<Error>(() => {});
    await endKept([...kept.values()], surroundings);
    if (cgroup.version !== null) for (const folder of cgroup.folders) removeRun(folder);
    return controlError('PALIER_KEEPER_LOST', { how });
  });
  return {
    pid: child.pid as number,
    cgroup,
    kept: () => [...kept.values()],
    launch(launch, hear) {
      listeners.set(launch.id, hear);
      send({ kind: 'launch', ...launch });
    },
    signal: (id, signal) => send({ kind: 'signal', id, signal }),
    guard: (pid) => send({ kind: 'guard', pid }),
    async end(graceMs) {
      ending = true;
      send({ kind: 'end', graceMs });
      await exited;
    },
    lost,
  };
}

function forkKeeper(env: Readonly<Record<string, string>>): ChildProcess {
  const entry = entryPath(import.meta.url, 'main');
  const conditions = entry.endsWith('.ts') ? ['--conditions=palier-source'] : [];
  return spawn(process.execPath, [...conditions, entry], {
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

async function readyOrNot(
  child: ChildProcess,
  ready: Promise<CgroupReport>,
  exited: Promise<string>,
  timers: Timers,
): Promise<CgroupReport> {
  const seconds = keeperDefaults.readyMs / 1000;
  const givenUp = new AbortController();
  const late = timers.sleep(keeperDefaults.readyMs, givenUp.signal).then(
    () => 'no answer',
    () => '',
  );
  const first = await Promise.race([ready, exited, late]);
  givenUp.abort();
  if (typeof first !== 'string') return first;
  child.kill('SIGKILL');
  throw controlError('PALIER_KEEPER_START', { how: first, seconds });
}

/** The keeper is dead: its processes are ours to end. */
async function endKept(kept: readonly KeptProcess[], surroundings: KeeperSurroundings): Promise<void> {
  const trace = {
    groups: kept,
    marks: [`${runVariable}=${surroundings.run}`],
    procsFiles: kept.flatMap((one) => one.cgroup?.folders ?? []).map((folder) => join(folder, 'cgroup.procs')),
  };
  const graceMs = surroundings.graceMs ?? keeperDefaults.graceMs;
  await endRemains(trace, { ...keeperDefaults, graceMs }, surroundings);
}

/** The last kilobyte that it wrote to its standard error. */
function lastErrors(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (piece: Buffer) => {
    text = (text + piece.toString()).slice(-1024);
  });
  child.stderr?.on('error', () => {});
  return () => (text === '' ? '' : `: ${text.trim()}`);
}
