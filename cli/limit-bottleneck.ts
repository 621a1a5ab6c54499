/**
 * Why the limit lies where it does: the load at half of it and just beyond, the causes ranked from both, then one thing changed at a time
 * and the load beyond once more; what seemed to help is taken back and the load played again, so that a machine that became quicker
 * meanwhile is not taken for the change.
 */
import { availableParallelism } from 'node:os';
import { PalierError } from '@palier/base/error';
import type { RunningSystem } from '@palier/control/system';
import {
  bottleneckOf,
  type HeldLoad,
  heldLoadOf,
  isBetter,
  judgeInterventions,
  leastHeldSeconds,
  type PlannedIntervention,
  planInterventions,
  type ProbeEvidence,
  rankCauses,
  type TriedIntervention,
} from '@palier/load/bottleneck';
import { type ProbeFindings, settleMsOf } from '@palier/load/capacity';
import type { Bottleneck, LimitEstimate } from '@palier/protocol';
import type { PlayedLoad } from './limit-probe.ts';
import type { Session } from './limit-session.ts';

/** Long enough for the means of samples that come once a second. */
const halfMs = 10_000;
/** Long enough for an interval, of whole seconds: a hold begins and ends within one. */
const kneeMs = (leastHeldSeconds + 1) * 1000;
/** Beyond the interval, so that the limits surely break. */
const beyond = 1.1;
/** Each takes some 20 s, twice that when it seems to help. */
const maxInterventions = 3;

/** The system under the load beyond its limit, again and again. */
interface Bench {
  readonly running: RunningSystem;
  readonly session: Session;
  readonly replicas: number;
  readonly level: number;
}

/** Null when the load itself could not be played to its end. */
export async function findBottleneck(
  limit: LimitEstimate,
  running: RunningSystem,
  session: Session,
): Promise<Bottleneck | null> {
  const { scenario, system } = session.arena;
  const half = session.playable(limit.level.value / 2);
  const level = session.playable(limit.level.high * beyond);
  const settleMs = settleMsOf(scenario);
  const steps = [
    { level: half, durationMs: halfMs },
    { level, durationMs: kneeMs },
  ];
  const asked = { shape: { steps, settleMs }, change: null, place: 'half of the limit, then beyond it' };
  const purpose = (one: number): 'half' | 'knee' => (one === half ? 'half' : 'knee');
  const played = await session.play({ ...asked, purpose }, limit.replicas);
  const [atHalf, atKnee] = [half, level].map((one) => played.findings.find(({ probe }) => probe.level === one));
  if (atHalf === undefined || atKnee === undefined || half === level) return null;
  const loaded = { service: scenario.service, services: system.services };
  const causes = rankCauses(evidenceOf(atHalf), evidenceOf(atKnee), loaded);
  const isEnforced = running.replicas().some(({ cgroup }) => cgroup !== null);
  // One core is the generator's.
  const cores = isEnforced ? Math.max(1, availableParallelism() - 1) : 0;
  const surroundings = { running: { [scenario.service]: limit.replicas }, cores };
  const planned = planInterventions(causes, loaded, surroundings).slice(0, maxInterventions);
  const without = heldAt(played, level);
  const bench = { running, session, replicas: limit.replicas, level };
  const tried = without === null ? [] : await tryAll(planned, without, atHalf.probe.meanMs, bench);
  return bottleneckOf(causes, judgeInterventions(tried));
}

async function tryAll(
  planned: readonly PlannedIntervention[],
  first: HeldLoad,
  meanMsAtHalf: number,
  bench: Bench,
): Promise<readonly TriedIntervention[]> {
  const tried: TriedIntervention[] = [];
  let before = first;
  for (const one of planned) {
    if (bench.session.surroundings.stop.asked.aborted) break;
    const after = await changed(one, bench);
    if (after === null) continue;
    const facts = { planned: one, with: after, halfMs: meanMsAtHalf };
    if (!isBetter(before, after, meanMsAtHalf)) {
      tried.push({ ...facts, without: [before] });
      continue;
    }
    const again = heldAt(await play(`${one.change}, taken back`, null, bench, bench.replicas), bench.level);
    if (again === null) break;
    tried.push({ ...facts, without: [before, again] });
    before = again;
  }
  return tried;
}

/** Carries it out, plays the load, takes it back; null: it could not be carried out, or the load not be played to its end. */
async function changed({ by, change, component }: PlannedIntervention, bench: Bench): Promise<HeldLoad | null> {
  const { running, session } = bench;
  const own = 'replicas' in by && component === session.arena.scenario.service ? by.replicas : bench.replicas;
  const before = running.replicas().filter(({ service }) => service === component).length;
  try {
    if ('replicas' in by) await running.scale(component, by.replicas);
    else await running.change(component, by.change);
    return heldAt(await play(change, change, bench, own), bench.level);
  } catch (error) {
    if (!(error instanceof PalierError) || error.code !== 'PALIER_CHANGE_FAILED') throw error;
    session.show.print(`  Not tried: ${change}. ${error.message}`);
    return null;
  } finally {
    if ('replicas' in by) await running.scale(component, before);
    else await running.change(component, {});
  }
}

function play(place: string, change: string | null, bench: Bench, replicas: number): Promise<PlayedLoad> {
  const { session, level } = bench;
  const shape = { steps: [{ level, durationMs: kneeMs }], settleMs: settleMsOf(session.arena.scenario) };
  return session.play({ shape, change, purpose: change === null ? 'knee' : 'intervention', place }, replicas);
}

function evidenceOf({ probe, evidence }: ProbeFindings): ProbeEvidence {
  return { level: probe.level, outcome: probe.outcome, ...evidence };
}

/** The level's last seconds, without the time that its users took to settle; null when it was not held for so long. */
function heldAt({ findings, held, seconds }: PlayedLoad, level: number): HeldLoad | null {
  const step = held.findLast((one) => one.level === level);
  if (step === undefined) return null;
  const load = heldLoadOf(seconds.filter(({ atMs }) => atMs - 1000 >= step.endMs - kneeMs && atMs <= step.endMs));
  const outcome = findings.find(({ probe }) => probe.level === level)?.probe.outcome;
  return load === null || outcome === undefined ? load : { ...load, outcome };
}
