/**
 * Which copies a group of durable writes still waits for. Pure.
 *
 * The writes of a group go to one primary over one connection, and one question (`WAIT`) is asked for all of them. A replica takes the
 * primary's changes in their order, so one that has the last write of a group has all of them.
 */

/** A write that the primary has done. */
export interface Written {
  /** That must have it. */
  readonly replicas: number;
  readonly deadlineMs: number;
}

export interface Question {
  readonly replicas: number;
  readonly timeoutMs: number;
}

/**
 * What to ask next: for the fewest replicas that anybody still waits for, since their callers can go first; until the last deadline, but no longer
 * than `sliceMs` at once. Undefined when nobody waits any more, or can.
 */
export function nextQuestion(open: readonly Written[], nowMs: number, sliceMs: number): Question | undefined {
  const waiting = open.filter(({ deadlineMs }) => deadlineMs > nowMs);
  if (waiting.length === 0) return undefined;
  const replicas = waiting.reduce((fewest, one) => Math.min(fewest, one.replicas), Number.POSITIVE_INFINITY);
  const leftMs = waiting.reduce((most, one) => Math.max(most, one.deadlineMs - nowMs), 0);
  // A question with a timeout of 0 would wait for ever (https://redis.io/docs/latest/commands/wait/).
  return { replicas, timeoutMs: Math.max(1, Math.ceil(Math.min(leftMs, sliceMs))) };
}

/** A replica as its primary sees it. */
export interface Follower {
  readonly name: string;
  /** Up to where it said that it has the primary's changes. */
  readonly offset: number;
}

/**
 * Who the `copies` replicas are that `WAIT` counted, by what the primary said of all of them right after it. Those that confirmed the write are those that
 * are farthest, since all count in the same offsets, and a replica that came since is no farther than it says. When one has left since they were
 * last `seen`, it may be one that was counted: then nobody is named.
 */
export function confirmedBy(
  seen: readonly Follower[],
  copies: number,
  after: readonly Follower[],
): ReadonlySet<string> {
  const left = seen.some(({ name }) => after.every((one) => one.name !== name));
  const least = after.map(({ offset }) => offset).sort((a, b) => b - a)[Math.min(copies, after.length) - 1];
  if (left || least === undefined) return new Set();
  return new Set(after.filter(({ offset }) => offset >= least).map(({ name }) => name));
}

/** Of those that have ever followed the primary, who has not confirmed: who of them may be promoted must, the others are away. */
export function divideMissing(
  known: ReadonlySet<string>,
  confirmed: ReadonlySet<string>,
  eligible: ReadonlySet<string> | undefined,
): { readonly awaited: readonly string[]; readonly away: readonly string[] } {
  const missing = [...known].filter((name) => !confirmed.has(name));
  // Nobody can tell: each of them may be.
  const isAwaited = (name: string): boolean => eligible?.has(name) ?? true;
  return { awaited: missing.filter(isAwaited), away: missing.filter((name) => !isAwaited(name)) };
}

/** After an answer: who has the copies that he asked for, and who still waits. */
export function divided<One extends Written>(
  open: readonly One[],
  copies: number,
): { readonly kept: readonly One[]; readonly left: readonly One[] } {
  return {
    kept: open.filter(({ replicas }) => replicas <= copies),
    left: open.filter(({ replicas }) => replicas > copies),
  };
}
