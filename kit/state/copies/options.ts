/** What can be set on local copies, and why it is as it is. */
import { optionChecks } from '../../options.ts';

export interface CopyOptions {
  /** Copies at once; one more takes the place of one that was not asked for lately. Default 10 000. */
  readonly maxEntries?: number;
  /** Bytes of all copies: of what was read, of the key, and 256 for each. Default 32 MiB, beside which a service's own heap is large. */
  readonly maxBytes?: number;
  /**
   * How old what is served may be: a copy is the engine's value at some moment of the last so many ms, whatever the network does. Default 500:
   * a healthy engine tells changes within milliseconds and proves it ten times a second (five times in this); one that is silent so long is about to be given up.
   */
  readonly staleWithinMs?: number;
  /**
   * A copy is read anew after that time. Default 60 000 ms: lifetimes are counted by this machine's clock from then on, and two clocks that
   * run differently by 500 ppm (the most that NTP slews) are 30 ms apart by then.
   */
  readonly maxAgeMs?: number;
  /** `last()` answers what was the engine's value within so many ms. Default 0: a lost connection empties the copies at once. */
  readonly lastKnownMs?: number;
}

export type CheckedCopyOptions = Required<CopyOptions>;

const { wholes } = optionChecks('PALIER_STATE_OPTION');

export function checkedCopyOptions(options: CopyOptions): CheckedCopyOptions {
  return wholes(options, {
    maxEntries: [10_000, 1, 10_000_000],
    maxBytes: [33_554_432, 1024, 2 ** 40],
    staleWithinMs: [500, 5, 60_000],
    maxAgeMs: [60_000, 10, 86_400_000],
    lastKnownMs: [0, 0, 86_400_000],
  });
}
