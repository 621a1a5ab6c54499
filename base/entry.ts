/**
 * Where a process entry lies: beside the module that starts it, as `.ts` in a checkout and as `.js` in the published form.
 */
import { fileURLToPath } from 'node:url';

/** The path of the entry `name` (without ending) beside the module with the URL `moduleUrl` (`import.meta.url`). */
export function entryPath(moduleUrl: string, name: string): string {
  const ending = moduleUrl.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./${name}.${ending}`, moduleUrl));
}
