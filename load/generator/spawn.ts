/** Starts a generator's process: where it may run, before whom, and in words what came of it. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { entryPath } from '@palier/base/entry';
import { generatorLimits } from './options.ts';

export interface Spawned {
  readonly child: ChildProcess;
  /** One sentence. */
  readonly pinning: string;
}

/** How processes can be pinned here: the words, and the command to put before theirs, if any. */
export interface Pinning {
  readonly words: string;
  readonly cpus: string | null;
}

export function pinningFor(cpus: readonly number[] | null): Pinning {
  if (cpus === null || cpus.length === 0) return { words: 'not pinned to a core', cpus: null };
  const list = cpus.join(',');
  const cores = cpus.length === 1 ? `core ${list}` : `cores ${list}`;
  // Tried on a command that does nothing: taskset may be missing, or these cores not ours.
  const trial = spawnSync('taskset', ['-c', list, 'true'], { stdio: 'ignore' });
  if (trial.status === 0) return { words: `pinned to ${cores}`, cpus: list };
  const why = trial.error === undefined ? 'taskset refused' : 'there is no taskset';
  return { words: `not pinned to ${cores} (${why})`, cpus: null };
}

/** Output of the process goes to its `stdout` and `stderr` pipes. */
export function spawnGenerator(name: string, pinning: Pinning, priority: boolean): Spawned {
  const main = entryPath(import.meta.url, 'main');
  const nodeArgs = main.endsWith('.ts') ? ['--conditions=palier-source'] : [];
  const child = fork(main, [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A session of its own: Ctrl-C at the terminal is the parent's to deal with, and the kernel weighs sessions against each other.
    detached: true,
    ...(pinning.cpus === null
      ? { execArgv: nodeArgs }
      : { execPath: 'taskset', execArgv: ['-c', pinning.cpus, process.execPath, ...nodeArgs] }),
  });
  const before = priority ? `, ${raise(child)}` : '';
  return { child, pinning: `${name}: ${pinning.words}${before}` };
}

function raise(child: ChildProcess): string {
  if (child.pid === undefined) return 'usual priority';
  try {
    setPriority(child.pid, generatorLimits.niceness);
    raiseSession(child.pid);
    return `higher priority (nice ${generatorLimits.niceness})`;
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException & { readonly info?: { readonly code?: string } };
    const denied = code === 'ERR_SYSTEM_ERROR' || errno === -constants.errno.EACCES;
    return `usual priority (a higher one is ${denied ? 'not permitted' : 'not possible'})`;
  }
}

/**
 * Where the kernel groups processes by session (sched(7), "The autogroup feature"; the default of most distributions), niceness only
 * counts inside the session: without this the generator had its turn after every other session's, 70 ms late on a busy machine.
 */
function raiseSession(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(generatorLimits.niceness));
  } catch {
    // No such grouping here, or not permitted: the process's own niceness is all there is.
  }
}
