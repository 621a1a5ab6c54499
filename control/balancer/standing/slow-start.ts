/** A replica that is new or back gets a growing share: its code is cold and its pools are empty. Pure. */
import type { StandingOptions } from './limits.ts';

/** The share of a whole replica, from `slowStartLeast` to 1. */
export function shareOf(ageMs: number, { slowStartMs, slowStartLeast }: StandingOptions): number {
  if (ageMs >= slowStartMs) return 1;
  return Math.max(slowStartLeast, ageMs / slowStartMs);
}

export interface Sharing {
  /** In (0, 1]. */
  readonly share: number;
}

/**
 * Who takes part in this turn: a replica of share s in s of the turns, evenly, whatever the policy is. Shares count beside the greatest,
 * so that replicas that all start at once share alike; all take part where none would.
 */
export function takingPart<One extends Sharing>(candidates: readonly One[], turn: number): readonly One[] {
  let greatest = 0;
  for (const { share } of candidates) greatest = Math.max(greatest, share);
  const part = candidates.filter(({ share }) => {
    const relative = share / greatest;
    return relative >= 1 || Math.floor((turn + 1) * relative) > Math.floor(turn * relative);
  });
  return part.length === 0 ? candidates : part;
}
