/** What can be set on a shared state, and why it is as it is. */
import { optionChecks } from '../options.ts';

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
  /** With `rediss:`: the authorities whose servers are trusted, as PEM. Default: those of this process, `NODE_EXTRA_CA_CERTS` among them. */
  readonly ca?: string;
  /** SQLite: a commit waits for the disk, and a power cut loses nothing that was acknowledged. Default false: a killed process loses nothing. */
  readonly powerSafe?: boolean;
}

export type CheckedStateOptions = Required<Omit<StateOptions, 'ca'>> & { readonly ca: string | undefined };

const { wholes } = optionChecks('PALIER_STATE_OPTION');

export function checkedStateOptions(options: StateOptions): CheckedStateOptions {
  return {
    ...wholes(options, {
      timeoutMs: [1000, 1, 600_000],
      maxWaiting: [10_000, 1, 1_000_000],
      maxValueBytes: [1_048_576, 1, 512 * 1_048_576],
      maxKeyBytes: [512, 16, 65_536],
      frozenAfterMs: [750, 10, 600_000],
    }),
    powerSafe: options.powerSafe ?? false,
    ca: options.ca,
  };
}
