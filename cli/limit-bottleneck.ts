/**
 * Why the limit lies where it does: the load at half of it and just beyond, the causes ranked from both, then one thing changed at a time
 * and the load beyond once more.
 */
import type { RunningSystem } from '@palier/control/system';
import {
  bottleneckOf,
  judgeInterventions,
  planInterventions,
  type ProbeEvidence,
  rankCauses,
} from '@palier/load/bottleneck';
import { type ProbeFindings, settleMsOf } from '@palier/load/capacity';
import type { Bottleneck, Estimate, LimitEstimate } from '@palier/protocol';
import type { PlayedLoad } from './limit-probe.ts';
import type { Session } from './limit-session.ts';

/** Long enough for the means of samples that come once a second. */
const holdMs = 10_000;
/** Beyond the interval, so that the limits surely break. */
const beyond = 1.1;
/** Each takes some 15 s. */
const maxInterventions = 2;
/** For the 95 % interval of a mean of seconds, which come in waves and are worth less than as many independent ones. */
const spread = 2.5;

/** Null when the load itself could not be played to its end. */
export async function findBottleneck(
  limit: LimitEstimate,
  running: RunningSystem,
  session: Session,
): Promise<Bottleneck | null> {
  const { scenario, system } = session.arena;
  const half = session.playable(limit.level.value / 2);
  const knee = session.playable(limit.level.high * beyond);
  const settleMs = settleMsOf(scenario);
  const steps = [half, knee].map((level) => ({ level, durationMs: holdMs }));
  const asked = { shape: { steps, settleMs }, change: null, place: 'half of the limit, then beyond it' };
  const purpose = (level: number): 'half' | 'knee' => (level === half ? 'half' : 'knee');
  const played = await session.play({ ...asked, purpose }, limit.replicas);
  const [atHalf, atKnee] = [half, knee].map((level) => played.findings.find(({ probe }) => probe.level === level));
  if (atHalf === undefined || atKnee === undefined || half === knee) return null;
  const loaded = { service: scenario.service, services: system.services };
  const causes = rankCauses(evidenceOf(atHalf), evidenceOf(atKnee), loaded);
  const counts = { [scenario.service]: limit.replicas };
  const tried: Parameters<typeof judgeInterventions>[0][number][] = [];
  for (const planned of planInterventions(causes, loaded, counts).slice(0, maxInterventions)) {
    if (session.surroundings.stop.asked.aborted) break;
    const replicasBefore = counts[planned.component] ?? planned.replicas - 1;
    await running.scale(planned.component, planned.replicas);
    const shape = { steps: [{ level: knee, durationMs: holdMs }], settleMs };
    const own = planned.component === scenario.service ? planned.replicas : limit.replicas;
    const again = { shape, purpose: 'intervention', change: planned.change, place: planned.change } as const;
    const changed = await session.play(again, own);
    await running.scale(planned.component, replicasBefore);
    tried.push({ planned, before: goodPerSecond(played, knee), after: goodPerSecond(changed, knee) });
  }
  return bottleneckOf(causes, judgeInterventions(tried));
}

function evidenceOf({ probe, evidence }: ProbeFindings): ProbeEvidence {
  return { level: probe.level, outcome: probe.outcome, ...evidence };
}

/** Good answers a second while the level was held, without the time that its users took to settle. */
function goodPerSecond({ held, seconds }: PlayedLoad, level: number): Estimate {
  const step = held.find((one) => one.level === level);
  const inside = seconds.filter(({ atMs }) => step !== undefined && atMs > step.endMs - holdMs && atMs <= step.endMs);
  const good = inside.map(
    ({ requests, errors }) => requests - Object.values(errors).reduce((sum, count) => sum + count, 0),
  );
  const mean = good.reduce((sum, one) => sum + one, 0) / Math.max(1, good.length);
  const variance = good.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, good.length - 1);
  const error = spread * Math.sqrt(variance / Math.max(1, good.length));
  return { value: mean, low: Math.max(0, mean - error), high: mean + error };
}
