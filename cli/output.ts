/**
 * Writes results to files: whole or not at all.
 */
import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cliError } from './errors.ts';

/** Creates the folder where needed. Throws PALIER_OUTPUT_UNWRITABLE. */
export function writeWhole(file: string, text: string): Promise<void> {
  return told(file, async (draft) => {
    await writeFile(draft, text);
    await rename(draft, file);
  });
}

/** Leaves nothing: the run that is to fill the file may never begin. Throws PALIER_OUTPUT_UNWRITABLE. */
export function checkWritable(file: string): Promise<void> {
  return told(file, async (draft, made) => {
    await writeFile(draft, '');
    await rm(draft);
    if (made !== undefined) await removeEmpty(dirname(file), made);
  });
}

/** From `folder` up to `first`. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  try {
    for (let one = folder; one.length >= first.length; one = dirname(one)) await rmdir(one);
  } catch {
    // Somebody else has put something there meanwhile.
  }
}

/** `made`: the uppermost folder that had to be made for it. */
async function told(file: string, write: (draft: string, made: string | undefined) => Promise<void>): Promise<void> {
  try {
    const made = await mkdir(dirname(file), { recursive: true });
    await write(`${file}.${process.pid}.draft`, made);
  } catch (error) {
    throw cliError('PALIER_OUTPUT_UNWRITABLE', { file, problem: (error as Error).message }, { cause: error });
  }
}
