/** Which replica gets the next request: pure functions of the candidates and a turn that the caller counts up. */
import type { BalancerPolicy } from '@palier/protocol';

/** A replica that may be chosen. Ejection leaves it out of the list, slow start in some turns (`standing/`), stickiness chooses before. */
export interface Candidate {
  /** Requests in its hands. */
  readonly outstanding: number;
  /** Requests that it may have in its hands. */
  readonly limit: number;
  /** Its share under least-outstanding; 1 is a whole replica. Above 0. */
  readonly weight: number;
}

/** The index of the chosen candidate; -1 when all are at their limit. */
export type Policy = (candidates: readonly Candidate[], turn: number) => number;

export const policies: Readonly<Record<BalancerPolicy, Policy>> = {
  'least-outstanding': leastOutstanding,
  'round-robin': roundRobin,
};

/** The one with the fewest requests in hand after this one, by weight; among equals the next in turn. */
export function leastOutstanding(candidates: readonly Candidate[], turn: number): number {
  const count = candidates.length;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0, i = count === 0 ? 0 : turn % count; k < count; k++, i = i + 1 === count ? 0 : i + 1) {
    const candidate = candidates[i] as Candidate;
    if (candidate.outstanding >= candidate.limit) continue;
    const load = (candidate.outstanding + 1) / candidate.weight;
    if (load < least) {
      least = load;
      best = i;
    }
  }
  return best;
}

/** The next in turn that is not at its limit. */
export function roundRobin(candidates: readonly Candidate[], turn: number): number {
  const count = candidates.length;
  for (let k = 0; k < count; k++) {
    const i = (turn + k) % count;
    const candidate = candidates[i] as Candidate;
    if (candidate.outstanding < candidate.limit) return i;
  }
  return -1;
}
