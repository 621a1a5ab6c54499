/**
 * `.palier/NAME/run.json`: which palier runs the system NAME, where its services are, and by what its processes are found when it and its
 * keeper were killed together. Only one palier holds it.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { protocolVersion, stateFolderOf, type System } from '@palier/protocol';
import { isRunning } from '../driver/index.ts';

export interface RunFile {
  readonly version: number;
  /** Names the run; its processes carry `PALIER_RUN=run`. */
  readonly run: string;
  readonly system: string;
  /** The config file. */
  readonly file: string;
  readonly palier: ProcessName;
  readonly keeper: ProcessName | null;
  /** The balancer's address of each service with HTTP. */
  readonly urls: Readonly<Record<string, string>>;
  /** The first process of each group that palier had started. */
  readonly groups: readonly ProcessName[];
}

/** A process for good: a pid alone may be another's tomorrow. */
export interface ProcessName {
  readonly pid: number;
  /** Null where the platform does not tell. */
  readonly startTicks: number | null;
}

export function runFilePath(system: System): string {
  return join(stateFolderOf(system), 'run.json');
}

/** What `palier up` has written and still runs, or null. */
export function readRunFile(system: System): RunFile | null {
  const found = parsed(runFilePath(system));
  return found !== null && isAlive(found) ? found : null;
}

/** The file of a palier that was killed together with its keeper, taken away so that nobody else takes it; or null. */
export function takeDeadRunFile(system: System): RunFile | null {
  const path = runFilePath(system);
  const found = parsed(path);
  if (found === null || isAlive(found)) return null;
  const taken = `${path}.${process.pid}`;
  try {
    renameSync(path, taken);
  } catch {
    return null;
  }
  // Between our look and our rename another palier may have done the same and written its own.
  const really = parsed(taken);
  if (really?.run === found.run) {
    rmSync(taken, { force: true });
    return found;
  }
  renameSync(taken, path);
  return null;
}

/** Writes a new one, into a folder that exists; false when there is one already. */
export function claimRunFile(system: System, content: RunFile): boolean {
  const path = runFilePath(system);
  // Something that is no run file of ours is in nobody's hands.
  if (parsed(path) === null) rmSync(path, { force: true });
  try {
    writeFileSync(path, text(content), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Replaces it in one step: a reader sees the old or the new one. */
export function updateRunFile(system: System, content: RunFile): void {
  const path = runFilePath(system);
  writeFileSync(`${path}.new`, text(content));
  renameSync(`${path}.new`, path);
}

export function removeRunFile(system: System): void {
  rmSync(runFilePath(system), { force: true });
}

function isAlive({ palier }: RunFile): boolean {
  return isRunning(palier.pid, palier.startTicks);
}

function text(content: RunFile): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function parsed(path: string): RunFile | null {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as RunFile;
    const whole = typeof content.palier?.pid === 'number' && typeof content.run === 'string' && content.run.length > 7;
    return content.version === protocolVersion && whole ? content : null;
  } catch {
    return null;
  }
}
