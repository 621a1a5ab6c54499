/**
 * What a user's `palier.config.ts` calls: returns the file as it is, and lets the editor check it while it is written.
 */
import type { SystemFile } from './file.ts';

/** `export default defineSystem({ name, services, scenarios })`. Everything is checked when palier reads the file. */
export function defineSystem<const File extends SystemFile>(file: File): File {
  return file;
}
