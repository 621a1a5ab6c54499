/** What must be put away when the bench ends, by itself or by Ctrl-C: processes, folders. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const duties = new Set<() => void>();
let guarded = false;

/** Does `duty` when the process ends, unless it was called off before. Synchronous things only. */
export function atEnd(duty: () => void): () => void {
  if (!guarded) {
    guarded = true;
    process.on('exit', () => {
      for (const one of duties) one();
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
  }
  duties.add(duty);
  return () => duties.delete(duty);
}

/** A folder of one's own, and how to get rid of it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'palier-bench-'));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  const callOff = atEnd(remove);
  return {
    path,
    remove() {
      callOff();
      remove();
    },
  };
}
