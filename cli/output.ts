/**
 * Writes results to files: whole or not at all.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cliError } from './errors.ts';

/** Creates the folder where needed. Throws PALIER_OUTPUT_UNWRITABLE. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.draft`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    throw cliError('PALIER_OUTPUT_UNWRITABLE', { file, problem: (error as Error).message }, { cause: error });
  }
}
