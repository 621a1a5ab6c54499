/**
 * From suspicions and what changes proved to the answer: a ranking and one sentence. Pure.
 */
import type { Bottleneck, BottleneckKind, Cause, Intervention } from '@palier/protocol';

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
  const evidence = [...cause.evidence, ...tried.map(told)];
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

function told(intervention: Intervention): string {
  const { change, beforePerSecond: before, afterPerSecond: after, beforeMs, afterMs, helped } = intervention;
  const times =
    beforeMs === undefined || afterMs === undefined
      ? ''
      : `, in the mean ${beforeMs.value.toFixed(0)} ms before, ${afterMs.value.toFixed(0)} ms after`;
  const figures = `${before.value.toFixed(0)}/s before, ${after.value.toFixed(0)}/s after${times}`;
  // Neither figure shows it: then it is the limits that were kept.
  const isSeen =
    after.low > before.high || (beforeMs !== undefined && afterMs !== undefined && afterMs.high < beforeMs.low);
  const why = helped ? (isSeen ? 'it helped' : 'it helped, the limits were kept with it') : 'it did not help';
  return `Tried: ${change}; ${why} (${figures}).`;
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
