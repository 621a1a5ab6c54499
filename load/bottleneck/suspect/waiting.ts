/**
 * Who waits while nothing is full: pools, locks, queues, and services behind. From the service's own metrics page where it tells; else
 * by Little's law from outside. Pure.
 */
import type { LoadedSystem } from '../evidence.ts';
import { workedAt } from '../hops.ts';
import { bounds, filledWeight, inferredWeight, lockAtMost, rise } from '../options.ts';
import type { Reserve } from '../reserves.ts';
import { fullness } from './resources.ts';
import { blameOf, figure, grew, type Suspect, type Suspicion } from './suspicion.ts';

export function waitingSuspicions(suspect: Suspect, system: LoadedSystem): readonly Suspicion[] {
  const told = suspect.after.reserves.map((reserve) => toldSuspicion(reserve, suspect));
  const heard = told.filter((one) => one !== null);
  // What the service says of itself explains what would be inferred from outside.
  const explained = Math.max(0, ...heard.map(({ score }) => score));
  return [...heard, inferred(suspect, system, explained)];
}

/** A pool that is full because each of its users waits for a full processor is not the cause; a queue grows for the same reason. */
function toldSuspicion(reserve: Reserve, suspect: Suspect): Suspicion | null {
  const { after, before } = suspect;
  const earlier = before.reserves.find(({ kind, name }) => kind === reserve.kind && name === reserve.name);
  const weight = (0.3 + 0.7 * blameOf(suspect)) * (1 - filledWeight * fullness(suspect));
  const title = reserve.name === '' ? `The ${reserve.kind}` : `The ${reserve.kind} "${reserve.name}"`;
  const waiting = `${grew(figure, reserve.waiting, earlier?.waiting ?? null)} waiting`;
  const make = (kind: Suspicion['kind'], score: number, evidence: readonly string[]): Suspicion => ({
    kind,
    component: after.name,
    score: score * weight,
    evidence,
  });
  switch (reserve.kind) {
    case 'pool': {
      const full = reserve.inUse === null || reserve.size === null ? 1 : reserve.inUse / Math.max(1, reserve.size);
      const score = rise(full, bounds.poolShare) * rise(reserve.waiting, bounds.waiting);
      return make(reserve.size !== null && reserve.size / after.replicas <= 1 ? 'lock' : 'pool', score, [
        `${title}: ${figure(reserve.inUse)} of ${figure(reserve.size)} in use at the knee, ${figure(earlier?.inUse)} at half load; ${waiting}.`,
      ]);
    }
    case 'lock':
      return make('lock', rise(reserve.waiting, bounds.waiting), [`${title}: ${waiting}.`]);
    case 'queue': {
      const growth = (reserve.waiting ?? 0) / Math.max(1, earlier?.waiting ?? 0);
      const score = rise(reserve.waiting, bounds.queueDepth) * rise(growth, bounds.queueGrowth);
      const age =
        reserve.ageSeconds === null
          ? ''
          : ` The oldest: ${grew(figure, reserve.ageSeconds, earlier?.ageSeconds ?? null)} seconds.`;
      return make('queue', score, [`${title}: ${waiting}.${age}`]);
    }
  }
}

/** Little's law: throughput × time without waiting is how many are truly worked at, whatever number is there. */
function inferred(suspect: Suspect, system: LoadedSystem, explained: number): Suspicion {
  const { half, knee, after, before, hops } = suspect;
  const isFront = after.name === system.service;
  const worked = workedAt(half, knee, after.name, system);
  const atATime = worked / after.replicas;
  const own = ((hops.knee.get(after.name) ?? 0) * (knee.services.get(system.service)?.perSecond ?? 0)) / 1000;
  const waited = own === 0 ? 0 : 1 - worked / own;
  const failed = rise(Math.max(knee.errorShare, after.errorShare), { from: 0.02, to: 0.2 });
  const score =
    rise(waited, bounds.waitedShare) *
    rise(atATime, bounds.atATime) *
    (1 - fullness(suspect)) *
    blameOf(suspect) *
    (1 - failed) *
    (1 - filledWeight * explained);
  const kind = isFront ? (atATime <= lockAtMost ? 'lock' : 'pool') : 'downstream';
  return {
    kind,
    component: after.name,
    score: inferredWeight * score,
    evidence: [
      `It works at about ${figure(atATime)} requests at a time in each replica while ${figure(own)} are there: throughput × the time without waiting.`,
      `Time at the balancer: ${grew(figure, after.meanMs, before.meanMs)} ms; its processor is not what is full.`,
    ],
  };
}
