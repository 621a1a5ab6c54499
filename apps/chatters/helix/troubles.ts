/** What goes wrong on demand: slow answers, failing ones, none at all. */
import { share } from './world/chance.ts';

export interface Trouble {
  /** Each answer waits so long, */
  readonly latencyMs: number;
  /** and up to so long more. */
  readonly jitterMs: number;
  /** So large a part of the calls fails, 0 to 1, */
  readonly failingShare: number;
  /** with this status; 0: the connection ends without an answer. */
  readonly failingStatus: number;
  /** When it is over; what the simulator was started with holds again then. */
  readonly untilMs: number;
}

export interface CallTrouble {
  readonly waitMs: number;
  /** Null: the call is answered. */
  readonly status: number | null;
}

/** What becomes of the `turn`th call. */
export function troubleOf(
  usual: Trouble,
  planted: Trouble | null,
  turn: number,
  seed: number,
  nowMs: number,
): CallTrouble {
  const trouble = planted !== null && nowMs < planted.untilMs ? planted : usual;
  return {
    waitMs: trouble.latencyMs + trouble.jitterMs * share(seed, 71, turn),
    status: share(seed, 72, turn) < trouble.failingShare ? trouble.failingStatus : null,
  };
}
