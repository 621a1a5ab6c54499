/** The folders of control groups: their names, their making, their removal with what runs in them. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, processEntry, signalTo } from '../keeper/process-table.ts';

/**
 * The folder of a run is named after the keeper that made it and the pid namespace in which that pid means something:
 * `palier-4026531836-4711-123456`.
 */
export function runFolderName(): string {
  return `${prefix()}${process.pid}-${processEntry(process.pid)?.startTicks ?? 0}`;
}

/** Removes the folders of runs whose keeper is dead, and ends what is in them. */
export function removeDeadRuns(parent: string): void {
  for (const name of namesIn(parent)) {
    if (!name.startsWith(prefix())) continue;
    const [pid, startTicks] = name.slice(prefix().length).split('-').map(Number);
    if (pid !== undefined && startTicks !== undefined && !isRunning(pid, startTicks)) removeRun(join(parent, name));
  }
}

/** Ends what is in a run's folder and removes it. What has just been killed can hold it: so a second look follows. */
export function removeRun(folder: string): void {
  for (let look = 0; look < 50; look++) {
    const groups = namesIn(folder).map((name) => join(folder, name));
    for (const group of groups) {
      for (const pid of textOf(join(group, 'cgroup.procs')).split('\n').map(Number)) {
        if (pid > 1 && pid !== process.pid) signalTo(pid, 'SIGKILL');
      }
      removeGroup(group);
    }
    if (removeGroup(folder)) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
}

/** True when it is away. */
export function removeGroup(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

export function makeGroup(folder: string): void {
  mkdirSync(folder);
}

/** Throws what the kernel answers. */
export function write(folder: string, file: string, value: string | number): void {
  writeFileSync(join(folder, file), String(value));
}

/** For what is better with, and right without. */
export function tryWrite(folder: string, file: string, value: string | number): void {
  try {
    write(folder, file, value);
  } catch {
    // Not there, or not permitted.
  }
}

/** Empty when it cannot be read. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** The number behind `key` in a file of `key number` lines. */
export function numberIn(file: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(textOf(file))?.[1] ?? 0);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function prefix(): string {
  let space = '0';
  try {
    space = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    // Without /proc there are no control groups either.
  }
  return `palier-${space}-`;
}
