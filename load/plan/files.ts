/** Port: the files that a scenario names. */
import { readFileSync, statSync } from 'node:fs';

export interface PlanFiles {
  /** The size in bytes. Throws an error with a short message when there is no such file. */
  size(path: string): number;
  read(path: string): Uint8Array;
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
