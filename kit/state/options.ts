/** What can be set on a shared state, and why it is as it is. */
import { kitError } from '../errors.ts';

export interface StateOptions {
  /**
   * How long a call may take when it does not say itself. Default 1000 ms: far above a healthy engine's millisecond, below the two
   * seconds after which a person tries again.
   */
  readonly timeoutMs?: number;
  /**
   * Calls that may wait for the engine at once; one more fails with PALIER_STATE_BUSY. Default 10 000: ten thousand callers' memory, and
   * at 100 000 calls/s a tenth of a second of work.
   */
  readonly maxWaiting?: number;
  /** Bytes of one value. Default 1 MiB: what is larger holds up everybody behind it, and belongs elsewhere. */
  readonly maxValueBytes?: number;
  /** UTF-8 bytes of one key. Default 512. */
  readonly maxKeyBytes?: number;
  /**
   * Redis: a connection on which nothing is answered for so long, while something is asked, is given up and made anew. Default 750 ms: below
   * the deadline, above what a fork or a slow script holds a healthy server up.
   */
  readonly frozenAfterMs?: number;
  /** SQLite: a commit waits for the disk, and a power cut loses nothing that was acknowledged. Default false: a killed process loses nothing. */
  readonly powerSafe?: boolean;
}

export type CheckedStateOptions = Required<StateOptions>;

export function checkedStateOptions(options: StateOptions): CheckedStateOptions {
  return {
    timeoutMs: whole('timeoutMs', options.timeoutMs ?? 1000, 1, 600_000),
    maxWaiting: whole('maxWaiting', options.maxWaiting ?? 10_000, 1, 1_000_000),
    maxValueBytes: whole('maxValueBytes', options.maxValueBytes ?? 1_048_576, 1, 512 * 1_048_576),
    maxKeyBytes: whole('maxKeyBytes', options.maxKeyBytes ?? 512, 16, 65_536),
    frozenAfterMs: whole('frozenAfterMs', options.frozenAfterMs ?? 750, 10, 600_000),
    powerSafe: options.powerSafe ?? false,
  };
}

function whole(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw kitError('PALIER_STATE_OPTION', { option, value, expected: `a whole number from ${least} to ${most}` });
}
