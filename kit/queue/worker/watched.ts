/**
 * Who of the other workers is still there: one whose beat has not moved for a lease, by this worker's own monotonic clock, is not. No clock is
 * compared with another's, so that neither a wrong clock nor one that jumps takes jobs from anybody. Pure.
 */
import type { WorkerBeat } from '../store/workers.ts';

export class Watched {
  readonly #leaseMs: number;
  readonly #seen = new Map<number, { readonly beat: number; readonly atMs: number }>();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** Those that are lost. `self` is never among them. */
  see(beats: readonly WorkerBeat[], self: number, nowMs: number): WorkerBeat[] {
    const lost: WorkerBeat[] = [];
    const there = new Set<number>();
    for (const one of beats) {
      if (one.id === self) continue;
      there.add(one.id);
      const before = this.#seen.get(one.id);
      if (before === undefined || before.beat !== one.beat) this.#seen.set(one.id, { beat: one.beat, atMs: nowMs });
      else if (nowMs - before.atMs >= this.#leaseMs) lost.push(one);
    }
    for (const id of this.#seen.keys()) if (!there.has(id)) this.#seen.delete(id);
    return lost;
  }
}
