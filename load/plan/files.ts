/** Port: the files that a scenario names. */
import { readFileSync, statSync } from 'node:fs';

export interface PlanFiles {
  /** The size in bytes. Throws an error with a short message when there is no such file. */
  size(path: string): number;
  read(path: string): Uint8Array;
}

/** Where the files that a scenario names are. */
export interface FileSource {
  /** Names are relative to it; absolute. */
  readonly folder: string;
  /** What `{{dataDir}}` at the start of a name stands for; null while the system has not made its files, which then count as empty. */
  readonly dataFolder: string | null;
  readonly files: PlanFiles;
}

/** The files of this machine. */
export function diskFiles(): PlanFiles {
  return { size, read: (path) => readFileSync(path) };
}

function size(path: string): number {
  const entry = statSync(path);
  if (!entry.isFile()) throw new Error('no file');
  return entry.size;
}
