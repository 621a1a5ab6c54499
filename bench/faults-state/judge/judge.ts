/**
 * What a log of answers says: how many were acknowledged, refused wrongly, accepted after an acknowledged revocation or left pending, and for
 * how long nothing was answered. Pure.
 */
import type { Answer } from '../load/answers.ts';

/** A subject is worth nothing any more: a session was ended, a token revoked, or its time is over. */
export interface Ending {
  /** From then on it may be refused. */
  readonly begunMs: number;
  /** From then on it must be; null: nobody knows whether it was done. */
  readonly ackedMs: number | null;
  /** Its time is over: then nobody may believe it for a moment longer. */
  readonly exact?: true;
}

export interface Bounds {
  /** Gaps are looked for between these two. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How long a call may take; null: nobody promised. */
  readonly deadlineMs: number | null;
  /** By how much the process of the load was late at most: its calls may end so much late, and no gap is known better. */
  readonly lateMs: number;
  /** For so long after the acknowledgement an ended one may still be believed, by the promise of who believes it. */
  readonly believedForMs: number;
}

export interface Judged {
  readonly asked: number;
  readonly good: number;
  readonly unavailable: number;
  readonly failed: number;
  /** Never ended. */
  readonly pending: number;
  /** Ended after their deadline. How late the load itself was, and 50 ms, are not counted against them. */
  readonly beyondDeadline: number;
  /** Refused before anybody began to end them. */
  readonly refusedWrongly: number;
  /** Refused after it was acknowledged that they are ended: how often the next figure could have been other than 0. */
  readonly refusedRightly: number;
  readonly acceptedAfterEnd: number;
  /** The longest time after an acknowledgement at which an ended one was still believed; 0 when none was. */
  readonly believedForMs: number;
  readonly longestCallMs: number;
  /** Of the bounds. */
  readonly lateMs: number;
  /** The longest time without a good answer, of the shard that was worst. */
  readonly gapMs: number;
  /** In each shard the last good answer was less than a second before the end. */
  readonly goesOn: boolean;
}

const slackMs = 50;
const aliveWithinMs = 1000;

export function judge(answers: readonly Answer[], endings: ReadonlyMap<number, Ending>, bounds: Bounds): Judged {
  const { lateMs } = bounds;
  const tookMs = ({ sentMs, endedMs }: Answer): number =>
    endedMs === null ? Number.POSITIVE_INFINITY : endedMs - sentMs;
  const latestMs = bounds.deadlineMs === null ? Number.POSITIVE_INFINITY : bounds.deadlineMs + slackMs + lateMs;
  const ended = answers.filter(({ endedMs }) => endedMs !== null);
  const count = (is: (answer: Answer) => boolean): number => answers.reduce((sum, one) => sum + (is(one) ? 1 : 0), 0);
  const gaps = [...Map.groupBy(answers, ({ shard }) => shard).values()].map((of) => gapOf(of, bounds));
  const believed = answers.flatMap((one) => believedAfter(one, endings.get(one.subject)) ?? []);
  return {
    asked: answers.length,
    good: count(({ outcome }) => outcome === 'good'),
    unavailable: count(({ outcome }) => outcome === 'unavailable'),
    failed: count(({ outcome }) => outcome === 'failed'),
    pending: answers.length - ended.length,
    beyondDeadline: ended.filter((one) => tookMs(one) > latestMs).length,
    refusedWrongly: count((one) => isRefusedWrongly(one, endings.get(one.subject))),
    refusedRightly: count((one) => one.outcome === 'refused' && isOver(one, endings.get(one.subject), bounds)),
    acceptedAfterEnd: count((one) => one.outcome === 'good' && isOver(one, endings.get(one.subject), bounds)),
    believedForMs: Math.max(0, ...maximum(believed, (ms) => ms)),
    longestCallMs: Math.max(0, ...maximum(ended, tookMs)),
    lateMs,
    gapMs: Math.max(0, ...gaps.map(({ gapMs }) => gapMs)),
    goesOn: gaps.length > 0 && gaps.every(({ lastMs }) => bounds.toMs - lastMs < aliveWithinMs),
  };
}

/** By how much calls were sent later than they were due, at most. */
export function latenessOf(answers: readonly Answer[]): number {
  return Math.max(0, ...maximum(answers, ({ sentMs, intendedMs }) => sentMs - intendedMs));
}

/** What the acts that end something say of each subject. Of a subject that was ended twice, the first that was acknowledged counts. */
export function endingsOf(answers: readonly Answer[]): Map<number, Ending> {
  const endings = new Map<number, Ending>();
  for (const { act, subject, sentMs, endedMs, outcome } of answers) {
    if (act !== 'end' && act !== 'revoke') continue;
    const held = endings.get(subject);
    // What was refused or unavailable may have happened all the same.
    const ackedMs = outcome === 'good' ? endedMs : null;
    endings.set(subject, {
      begunMs: Math.min(sentMs, held?.begunMs ?? sentMs),
      ackedMs: earlier(held?.ackedMs ?? null, ackedMs),
    });
  }
  return endings;
}

/** Of two ways to end, whichever is acknowledged first. */
export function firstOf(a: Ending | undefined, b: Ending): Ending {
  if (a === undefined) return b;
  const begunMs = Math.min(a.begunMs, b.begunMs);
  return { ...(a.ackedMs !== null && (b.ackedMs === null || a.ackedMs <= b.ackedMs) ? a : b), begunMs };
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function isOver({ sentMs }: Answer, ending: Ending | undefined, { believedForMs }: Bounds): boolean {
  return ending?.ackedMs != null && sentMs > ending.ackedMs + (ending.exact ? 0 : believedForMs);
}

function believedAfter({ act, outcome, sentMs }: Answer, ending: Ending | undefined): number | undefined {
  if (outcome !== 'good' || (act !== 'read' && act !== 'validate') || ending?.ackedMs == null) return undefined;
  return sentMs > ending.ackedMs ? sentMs - ending.ackedMs : undefined;
}

/** While it is being ended either answer is right. */
function isRefusedWrongly({ outcome, endedMs }: Answer, ending: Ending | undefined): boolean {
  return outcome === 'refused' && (ending === undefined || (endedMs as number) < ending.begunMs);
}

function gapOf(
  answers: readonly Answer[],
  { fromMs, toMs }: Bounds,
): { readonly gapMs: number; readonly lastMs: number } {
  const goodMs = answers
    .flatMap(({ outcome, endedMs }) => (outcome === 'good' && endedMs !== null ? [endedMs] : []))
    .filter((ms) => ms >= fromMs && ms <= toMs)
    .sort((a, b) => a - b);
  let [lastMs, gapMs] = [fromMs, 0];
  for (const ms of goodMs) {
    gapMs = Math.max(gapMs, ms - lastMs);
    lastMs = ms;
  }
  return { gapMs: Math.max(gapMs, toMs - lastMs), lastMs };
}

/** As a list of at most one, without spreading a long one into arguments. */
function maximum<T>(list: readonly T[], of: (one: T) => number): number[] {
  if (list.length === 0) return [];
  return [list.reduce((most, one) => Math.max(most, of(one)), Number.NEGATIVE_INFINITY)];
}
