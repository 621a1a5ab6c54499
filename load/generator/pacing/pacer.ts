/**
 * Who is there when: the stages as moves of users, in order of time. Pure.
 *
 * Users stand in places 0, 1, 2 …. A ramp from `a` to `b` in `D` ms lets the i-th of the n = |b − a| users come at i·D/n (the first at
 * once), or leave at (i + 1)·D/n (the last at the end), the highest place first. So a hold has its full number from its first moment
 * to its last.
 */
import type { GeneratorPlan, Stage } from '@palier/protocol';

export interface Move {
  readonly atMs: number;
  readonly place: number;
  /** Whether a user comes to the place or leaves it. */
  readonly comes: boolean;
}

/** The moves of this share's places: those whose number modulo `of` is `index`. */
export function* movesOf(stages: readonly Stage[], share: GeneratorPlan['share']): Generator<Move, void, void> {
  let start = 0;
  for (const { fromLevel, toLevel, durationMs } of stages) {
    const count = Math.abs(toLevel - fromLevel);
    const comes = toLevel > fromLevel;
    for (let i = 0; i < count; i++) {
      const place = comes ? fromLevel + i : fromLevel - 1 - i;
      if (place % share.of !== share.index) continue;
      yield { atMs: start + ((comes ? i : i + 1) * durationMs) / count, place, comes };
    }
    start += durationMs;
  }
}

/** The length of the load. */
export function lengthOf(stages: readonly Stage[]): number {
  return stages.reduce((sum, stage) => sum + stage.durationMs, 0);
}

/** The largest number of users at once: one more than the highest place. */
export function peakOf(stages: readonly Stage[]): number {
  return stages.reduce((peak, stage) => Math.max(peak, stage.fromLevel, stage.toLevel), 0);
}
