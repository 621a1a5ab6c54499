/**
 * Writes results to files: whole or not at all.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cliError } from './errors.ts';

/** Creates the folder where needed. Throws PALIER_OUTPUT_UNWRITABLE. */
export function writeWhole(file: string, text: string): Promise<void> {
  return told(file, async (draft) => {
    await writeFile(draft, text);
    await rename(draft, file);
  });
}

/** Leaves nothing but the folder. Throws PALIER_OUTPUT_UNWRITABLE. */
export function checkWritable(file: string): Promise<void> {
  return told(file, async (draft) => {
    await writeFile(draft, '');
    await rm(draft);
  });
}

async function told(file: string, write: (draft: string) => Promise<void>): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await write(`${file}.${process.pid}.draft`);
  } catch (error) {
    throw cliError('PALIER_OUTPUT_UNWRITABLE', { file, problem: (error as Error).message }, { cause: error });
  }
}
