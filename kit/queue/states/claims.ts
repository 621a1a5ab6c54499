/**
 * What fences a late result: each claim has a number of its own, worker × 2^26 + turn. A worker that was given up for lost comes back under
 * another number, and what it settles under the old one is refused. All claims of a worker are one range of the index.
 */

const turns = 2 ** 26;
/** 2^27 workers ever registered, at ten a second 155 days of nothing else; beyond them numbers would not be exact. */
export const maxWorkers: number = 2 ** 27 - 1;

/** `turn` counts the claims of a worker; after 67 million it begins anew, when none of the first can be under way any more. */
export function claimOf(worker: number, turn: number): number {
  return worker * turns + (turn % turns);
}

export function claimsOf(worker: number): { readonly first: number; readonly last: number } {
  return { first: worker * turns, last: worker * turns + turns - 1 };
}

export function workerOf(claim: number): number {
  return Math.floor(claim / turns);
}
