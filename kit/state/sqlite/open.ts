/** Opens a SQLite file that other processes may be preparing, or writing to, at this moment. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { backoffMs } from '@palier/base/backoff';
import { kitError } from '../../errors.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { isLocked, lockBackoff, SqliteFile, type SqliteFileOptions } from './file.ts';

export interface OpeningOptions extends SqliteFileOptions {
  /** How long to come back to a file that is locked. */
  readonly openTimeoutMs: number;
}

/**
 * How long a file of keys or messages is opened, where a call may take `timeoutMs`: ten calls. It is done once, by all replicas of a machine at the
 * same moment, which is when that machine is busiest; one that gave up would be a replica that does not start.
 */
export function openTimeoutMsOf({ timeoutMs }: { readonly timeoutMs: number }): number {
  return 10 * timeoutMs;
}

/**
 * What `make` makes of the file. A folder that is not there is made; replicas that start together find the file locked by the one that prepares
 * it, and come back. Throws PALIER_STATE_OPEN.
 */
export async function openSqliteFile<Opened>(
  { openTimeoutMs, ...options }: OpeningOptions,
  around: StateSurroundings,
  make: (file: SqliteFile) => Opened,
): Promise<Opened> {
  const giveUpMs = around.clock.monotonicMs() + openTimeoutMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return opened(options, make);
    } catch (error) {
      if (!isLocked(error) || around.clock.monotonicMs() >= giveUpMs) {
        const why = error instanceof Error ? error.message : String(error);
        throw kitError('PALIER_STATE_OPEN', { where: options.path, why, outcome: 'none' }, { cause: error });
      }
      await around.timers.sleep(backoffMs(attempt, lockBackoff, around.random));
    }
  }
}

function opened<Opened>(options: SqliteFileOptions, make: (file: SqliteFile) => Opened): Opened {
  if (options.path !== ':memory:') mkdirSync(dirname(resolve(options.path)), { recursive: true });
  const file = new SqliteFile(options);
  try {
    return make(file);
  } catch (error) {
    file.close();
    throw error;
  }
}
