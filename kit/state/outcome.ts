/**
 * What a failed call may have done. `none`: nothing happened and nothing will; `unknown`: it may have happened, or may still.
 *
 * Whoever repeats a call whose outcome is unknown must be ready to find it done already.
 */
import { PalierError } from '@palier/base/error';

export type Outcome = 'none' | 'unknown';

/** Of an error of this room; anything else is unknown. */
export function outcomeOf(error: unknown): Outcome {
  return error instanceof PalierError && error.facts['outcome'] === 'none' ? 'none' : 'unknown';
}
