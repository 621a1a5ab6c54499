/**
 * Which replicas are left out for a while because of their answers, and when they come back: a pure function of what was seen, in the manner
 * of Envoy's outlier detection. A replica is compared with the others, never with a limit of its own: what all of them do is the service's way.
 */
import type { StandingOptions } from './limits.ts';

/** What is remembered of a replica. */
export interface Standing {
  /** Left out until then. */
  readonly ejectedUntilMs: number | null;
  /** How often of late. */
  readonly ejections: number;
  /** Good answers that it owes since its return. */
  readonly trialLeft: number;
  /** Since when it may be chosen again; of a new one, since it first could. */
  readonly backMs: number;
  /** Seconds in a row in which it was far slower than the others. */
  readonly slowSeconds: number;
}

/** What was seen of a replica, beside what is remembered. */
export interface Seen {
  readonly standing: Standing;
  /** It passes its checks and does not drain. */
  readonly mayServe: boolean;
  readonly failuresInRow: number;
  /** When the first of them was; when it answered well last. -Infinity: never. */
  readonly failingSinceMs: number;
  readonly answeredMs: number;
  /** Of the second that is over; 0 between seconds. */
  readonly requests: number;
  readonly failures: number;
  readonly meanMs: number;
}

export interface Verdict {
  readonly standing: Standing;
  /** Why it was left out or let in just now; undefined: nothing changed. */
  readonly reason: string | undefined;
}

export function newStanding(nowMs: number): Standing {
  return { ejectedUntilMs: null, ejections: 0, trialLeft: 0, backMs: nowMs, slowSeconds: 0 };
}

/** One verdict for each, in their order. `secondIsOver`: requests, failures and mean are those of a whole second. */
export function judgeStandings(
  seen: readonly Seen[],
  nowMs: number,
  options: StandingOptions,
  secondIsOver: boolean,
): readonly Verdict[] {
  const verdicts: Verdict[] = seen.map(({ standing }) => returned(standing, nowMs, options));
  const most = Math.floor(seen.length * options.maxEjectedShare);
  for (const [index, one] of seen.entries()) {
    const { standing, reason } = verdicts[index] as Verdict;
    if (standing.ejectedUntilMs !== null || reason !== undefined || !one.mayServe) continue;
    const others = seen.filter(
      (other, at) => at !== index && other.mayServe && verdicts[at]?.standing.ejectedUntilMs === null,
    );
    const slow = secondIsOver && isSlow(one, others, options);
    const slowSeconds = secondIsOver ? (slow ? standing.slowSeconds + 1 : 0) : standing.slowSeconds;
    const next = { ...standing, slowSeconds };
    const fault = faultOf({ ...one, standing: next }, others, options);
    const ejected = verdicts.filter((verdict) => verdict.standing.ejectedUntilMs !== null).length;
    const may = fault !== undefined && ejected < most && others.length > 0;
    verdicts[index] = may ? { standing: ejectedFrom(next, nowMs, options), reason: fault } : { standing: next, reason };
  }
  return verdicts;
}

/** An answer of a replica that is on trial. */
export function afterGoodAnswer(standing: Standing): Standing {
  return standing.trialLeft === 0 ? standing : { ...standing, trialLeft: standing.trialLeft - 1 };
}

function returned(standing: Standing, nowMs: number, { trialAnswers }: StandingOptions): Verdict {
  if (standing.ejectedUntilMs === null || nowMs < standing.ejectedUntilMs) return { standing, reason: undefined };
  const back = { ...standing, ejectedUntilMs: null, trialLeft: trialAnswers, backMs: nowMs, slowSeconds: 0 };
  return { standing: back, reason: 'its time out is over' };
}

function ejectedFrom(standing: Standing, nowMs: number, { ejectMs, maxEjectMs, forgiveMs }: StandingOptions): Standing {
  const before = nowMs - standing.backMs >= forgiveMs ? 0 : standing.ejections;
  const untilMs = nowMs + Math.min(maxEjectMs, ejectMs * 2 ** before);
  return { ...standing, ejectedUntilMs: untilMs, ejections: Math.min(before + 1, 30), trialLeft: 0, slowSeconds: 0 };
}

function faultOf(one: Seen, others: readonly Seen[], options: StandingOptions): string | undefined {
  const { failuresInRow, failingSinceMs, standing, requests, failures } = one;
  if (options.ejectAfterFailures === 0) return undefined;
  const othersAnswer = others.some(({ answeredMs }) => answeredMs >= failingSinceMs);
  if (standing.trialLeft > 0 && failuresInRow > 0 && othersAnswer) return 'it failed again after its return';
  if (failuresInRow >= options.ejectAfterFailures && othersAnswer)
    return `${failuresInRow} answers in a row failed, and others' did not`;
  const sum = (pick: (seen: Seen) => number): number => others.reduce((total, seen) => total + pick(seen), 0);
  const othersRequests = sum((seen) => seen.requests);
  if (requests >= options.ejectMinRequests && othersRequests >= options.ejectMinRequests) {
    const [own, their] = [failures / requests, sum((seen) => seen.failures) / othersRequests];
    if (own - their >= options.ejectFailureGap)
      return `${percent(own)} of its answers failed, ${percent(their)} of the others'`;
  }
  if (standing.slowSeconds >= options.ejectSlowSeconds)
    return `it was ${options.ejectSlowFactor} times as slow as the others for ${standing.slowSeconds} seconds`;
  return undefined;
}

function isSlow(one: Seen, others: readonly Seen[], options: StandingOptions): boolean {
  if (one.requests === 0 || one.meanMs < options.ejectSlowLeastMs) return false;
  const means = others.filter(({ requests }) => requests >= options.ejectMinRequests).map(({ meanMs }) => meanMs);
  const median = means.toSorted((a, b) => a - b)[Math.floor(means.length / 2)];
  return median !== undefined && one.meanMs >= median * options.ejectSlowFactor;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
