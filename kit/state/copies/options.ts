/** What can be set on local copies, and why it is as it is. */
import { kitError } from '../../errors.ts';

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

export function checkedCopyOptions(options: CopyOptions): CheckedCopyOptions {
  return {
    maxEntries: whole('maxEntries', options.maxEntries ?? 10_000, 1, 10_000_000),
    maxBytes: whole('maxBytes', options.maxBytes ?? 33_554_432, 1024, 2 ** 40),
    staleWithinMs: whole('staleWithinMs', options.staleWithinMs ?? 500, 5, 60_000),
    maxAgeMs: whole('maxAgeMs', options.maxAgeMs ?? 60_000, 10, 86_400_000),
    lastKnownMs: whole('lastKnownMs', options.lastKnownMs ?? 0, 0, 86_400_000),
  };
}

function whole(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw kitError('PALIER_STATE_OPTION', { option, value, expected: `a whole number from ${least} to ${most}` });
}
