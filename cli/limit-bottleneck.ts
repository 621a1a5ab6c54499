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
  type HalfLoad,
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
import type { Bottleneck, CriterionResult, LimitEstimate } from '@palier/protocol';
import type { AskedLoad, PlayedLoad } from './limit-probe.ts';
import type { Session } from './limit-session.ts';

/** Long enough for the means of samples that come once a second. */
const halfMs = 10_000;
/** Long enough for an interval, of whole seconds: a hold begins and ends within one, and a sample may be late. */
const kneeMs = (leastHeldSeconds + 2) * 1000;
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
  readonly half: HalfLoad;
  /** The title of the limit that is to be kept again; null: none that has a figure. */
  readonly broken: string | null;
}

/** Null when the load itself could not be played to its end. */
export async function findBottleneck(
  limit: LimitEstimate,
  running: RunningSystem,
  session: Session,
): Promise<Bottleneck | null> {
  const { scenario, system } = session.arena;
  const halfLevel = session.playable(limit.level.value / 2);
  const level = session.playable(limit.level.high * beyond);
  const settleMs = settleMsOf(scenario);
  const steps = [
    { level: halfLevel, durationMs: halfMs },
    { level, durationMs: kneeMs },
  ];
  const asked = { shape: { steps, settleMs }, change: null, place: 'half of the limit, then beyond it' };
  const purpose = (one: number): 'half' | 'knee' => (one === halfLevel ? 'half' : 'knee');
  const played = await session.play({ ...asked, purpose }, limit.replicas);
  const [atHalf, atKnee] = [halfLevel, level].map((one) => played.findings.find(({ probe }) => probe.level === one));
  if (atHalf === undefined || atKnee === undefined || halfLevel === level) return null;
  const loaded = { service: scenario.service, services: system.services };
  const causes = rankCauses(evidenceOf(atHalf), evidenceOf(atKnee), loaded);
  const isEnforced = running.replicas().some(({ cgroup }) => cgroup !== null);
  // One core is the generator's.
  const cores = isEnforced ? Math.max(1, availableParallelism() - 1) : 0;
  const surroundings = { running: { [scenario.service]: limit.replicas }, cores };
  const planned = planInterventions(causes, loaded, surroundings).slice(0, maxInterventions);
  const broken = brokenAt(atKnee, limit.brokenBy);
  const half = { responseMs: atHalf.probe.meanMs, broken: criterionOf(atHalf, broken)?.value ?? null };
  const bench = { running, session, replicas: limit.replicas, level, half, broken };
  const without = heldAt(played, bench);
  const tried = without === null ? [] : await tryAll(planned, without, bench);
  return bottleneckOf(causes, judgeInterventions(tried));
}

async function tryAll(
  planned: readonly PlannedIntervention[],
  first: HeldLoad,
  bench: Bench,
): Promise<readonly TriedIntervention[]> {
  const tried: TriedIntervention[] = [];
  let before = first;
  for (const one of planned) {
    if (bench.session.surroundings.stop.asked.aborted) break;
    const after = await changed(one, bench);
    if (after === null) continue;
    const facts = { planned: one, with: after, half: bench.half };
    if (!isBetter(before, after, bench.half)) {
      tried.push({ ...facts, without: [before] });
      continue;
    }
    const again = heldAt(
      await play({ place: `${one.change}, taken back`, change: null }, bench, bench.replicas),
      bench,
    );
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
  const { allotment = {} } = 'change' in by ? by.change : {};
  const services = session.arena.system.services.map((one) =>
    one.name === component ? { ...one, allotment: { ...one.allotment, ...allotment } } : one,
  );
  try {
    if ('replicas' in by) await running.scale(component, by.replicas);
    else await running.change(component, by.change);
    return heldAt(await play({ place: change, change, services }, bench, own), bench);
  } catch (error) {
    if (!(error instanceof PalierError) || error.code !== 'PALIER_CHANGE_FAILED') throw error;
    session.show.print(`  Not tried: ${change}. ${error.message}`);
    return null;
  } finally {
    if ('replicas' in by) await running.scale(component, before);
    else await running.change(component, {});
  }
}

type Asked = Pick<AskedLoad, 'change' | 'place' | 'services'>;

function play(asked: Asked, { level, session }: Bench, replicas: number): Promise<PlayedLoad> {
  const shape = { steps: [{ level, durationMs: kneeMs }], settleMs: settleMsOf(session.arena.scenario) };
  return session.play({ ...asked, shape, purpose: asked.change === null ? 'knee' : 'intervention' }, replicas);
}

function evidenceOf({ probe, evidence }: ProbeFindings): ProbeEvidence {
  return { level: probe.level, outcome: probe.outcome, ...evidence };
}

/** The level's last seconds, without the time that its users took to settle; null when it was not held for so long. */
function heldAt(
  { findings, held, seconds }: PlayedLoad,
  { broken, level }: Pick<Bench, 'broken' | 'level'>,
): HeldLoad | null {
  const found = findings.findLast(({ probe }) => probe.level === level);
  const step = held.findLast((one) => one.level === level);
  if (step === undefined) return null;
  const inside = seconds.filter(({ atMs }) => atMs - 1000 >= step.endMs - kneeMs && atMs <= step.endMs);
  return heldLoadOf(inside, found === undefined ? null : criterionOf(found, broken));
}

/** What ends the system first, or, where that was kept this time, what was broken by most. */
function brokenAt(knee: ProbeFindings, first: string): string | null {
  const found = criterionOf(knee, first);
  const { direction = 'below', limit = 0, value = null } = found ?? {};
  const isBeyond = value !== null && (direction === 'below' ? value >= limit : value <= limit);
  return isBeyond ? first : (criterionOf(knee, knee.brokenBy)?.title ?? null);
}

function criterionOf({ report }: ProbeFindings, title: string | null): CriterionResult | null {
  return report.criteria.find((one) => one.title === title) ?? null;
}
