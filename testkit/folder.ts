/**
 * A folder for one test, removed with all that is in it when the test ends; by the next run of tests when its process was killed before.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder extends AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  /** The path of something in it. */
  file(...parts: readonly string[]): string;
}

/** `await using folder = await temporaryFolder('upload')`. */
export async function temporaryFolder(label: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `palier-${label}-${process.pid}-`));
  return {
    path,
    file: (...parts) => join(path, ...parts),
    [Symbol.asyncDispose]: () => remove(path),
  };
}

/** `palier-LABEL-PID-XXXXXX`. */
const ours = /^palier-.+-(\d+)-\w{6}$/;

/**
 * Removes what processes that are gone have left in a folder, and tells its names. Only what nobody has touched for `unusedMs`: a process of
 * another container may share the folder, and has a number that means nothing here.
 */
export async function removeLeftFolders(folder: string, unusedMs: number): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of await readdir(folder)) {
    const pid = ours.exec(name)?.[1];
    if (pid === undefined || isThere(Number(pid))) continue;
    const path = join(folder, name);
    const touched = await stat(path).catch(() => undefined);
    if (touched === undefined || Date.now() - touched.mtimeMs < unusedMs) continue;
    await remove(path);
    removed.push(name);
  }
  return removed;
}

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
