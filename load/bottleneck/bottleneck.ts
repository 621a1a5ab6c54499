/**
 * From suspicions and what changes proved to the answer: a ranking and one sentence. Pure.
 */
import type { Bottleneck, BottleneckKind, Cause, LimitRelief, Intervention } from '@palier/protocol';
import { withUnit } from '../judge/index.ts';

const words: Readonly<Record<BottleneckKind, string>> = {
  cpu: 'the processor of',
  'event-loop': 'the one thread that does the work in',
  'garbage-collection': 'garbage collection in',
  memory: 'the memory of',
  disk: 'the disk that is waited for by',
  descriptors: 'the descriptors of',
  connections: 'the connections that are let in by',
  'connection-setup': 'connections that are not kept by',
  pool: 'a pool in',
  lock: 'a lock in',
  downstream: 'what is called, and waited for:',
  queue: 'a queue that is not emptied in time in',
  'rate-limit': 'the rate limit of',
};

/** What a change that should have helped, and did not, leaves of a score. */
const refutedWeight = 0.6;
/** What was proved stands above what is only suspected. */
const provedScore = 0.95;

/** `causes` as `rankCauses` ranked them; `interventions` as `judgeInterventions` judged them, none when nothing was tried. */
export function bottleneckOf(causes: readonly Cause[], interventions: readonly Intervention[]): Bottleneck {
  const ranked = causes
    .flatMap((cause) => weighed(cause, interventions))
    .toSorted((a, b) => b.score - a.score || Number(isProved(b, interventions)) - Number(isProved(a, interventions)));
  const [first, second] = ranked;
  const proved = first !== undefined && isProved(first, interventions);
  return { causes: ranked, proved, interventions, sentence: sentenceOf(first, second, proved) };
}

function weighed(cause: Cause, interventions: readonly Intervention[]): Cause[] {
  const tried = interventions.filter((one) => concerns(one, cause));
  if (tried.length === 0) return [cause];
  const evidence = [...cause.evidence, ...tried.map(interventionSentence)];
  if (tried.some(({ helped }) => helped)) return [{ ...cause, score: Math.max(cause.score, provedScore), evidence }];
  // A service may be what its callers wait for, for another reason than the one that was tried.
  if (cause.kind === 'downstream') return [{ ...cause, evidence }];
  const refuted: Cause = { ...cause, score: cause.score * refutedWeight, evidence };
  if (cause.kind !== 'lock' && cause.kind !== 'pool') return [refuted];
  // Each replica has its own locks and pools: what stays the same with more of them is shared, or lies behind.
  const behind: Cause = { ...cause, kind: 'downstream', score: cause.score * (1 + refutedWeight) * 0.5, evidence };
  return [behind, refuted];
}

function concerns({ component, relieves }: Intervention, cause: Cause): boolean {
  return component === cause.component && relieves.includes(cause.kind);
}

function isProved(cause: Cause, interventions: readonly Intervention[]): boolean {
  return interventions.some((one) => one.helped && concerns(one, cause));
}

/** `Tried: one more replica of api; it helped (p95 response time 412 ms → 96 ms, limit 150 ms, kept now; …).` */
export function interventionSentence(intervention: Intervention): string {
  const { change, beforePerSecond, afterPerSecond, figure, helped } = intervention;
  const rates = `${beforePerSecond.value.toFixed(0)} → ${afterPerSecond.value.toFixed(0)} good answers/s`;
  const compared = figure === undefined ? [meansOf(intervention)] : [figureWords(figure)];
  const outcome = helped ? 'it helped' : 'it did not help';
  return `Tried: ${change}; ${outcome} (${[...compared, rates].filter((one) => one !== '').join('; ')}).`;
}

function figureWords({ after, before, kept, limit, title, unit }: LimitRelief): string {
  const change = `${title} ${withUnit(before.value, unit)} → ${withUnit(after.value, unit)}`;
  return `${change}, limit ${withUnit(limit, unit)}${kept ? ', kept now' : ''}`;
}

function meansOf({ afterMs, beforeMs }: Intervention): string {
  if (beforeMs === undefined || afterMs === undefined) return '';
  return `mean response time ${withUnit(beforeMs.value, 'ms')} → ${withUnit(afterMs.value, 'ms')}`;
}

function sentenceOf(first: Cause | undefined, second: Cause | undefined, proved: boolean): string {
  if (first === undefined) {
    return 'Not found: of processor, event loop, memory, disk, descriptors, connections, pools, locks, queues, refusals and hops, none stands out.';
  }
  const runnerUp =
    second === undefined
      ? 'nothing else stands out'
      : `the runner-up is ${phrase(second)}, ${(first.score - second.score).toFixed(2)} behind`;
  const how = proved ? 'proved by a change' : 'suspected, not proved by a change';
  return `The bottleneck is ${phrase(first)} (${first.score.toFixed(2)} of 1, ${how}); ${runnerUp}.`;
}

function phrase({ kind, component }: Cause): string {
  return `${words[kind]} ${component}`;
}
