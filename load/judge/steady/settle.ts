/** Where the judged part of each hold begins: after the scenario's own warm-up, or after the one that was seen, if that lasted longer. */
import type { Phase, Steadiness } from '@palier/protocol';
import type { ScenarioEvidence } from '../evidence.ts';
import type { JudgeOptions } from '../options.ts';
import { between, type Hold, steadinessOf } from './steadiness.ts';

export interface Settled {
  /** The judged part of each hold begins where it was settled. */
  readonly evidence: ScenarioEvidence;
  /**
   * Null where every hold was steady, or too short to tell. Else the same with only the second half of those that were not: what hangs on
   * the half that is looked at is not proved.
   */
  readonly laterHalf: ScenarioEvidence | null;
  readonly steadiness: readonly Steadiness[];
}

/** Leaves as it is what is not meant to be steady: a spike, and traffic as it was recorded. */
export function settle(evidence: ScenarioEvidence, options: JudgeOptions): Settled {
  const { scenario, phases } = evidence;
  if (scenario.judge === 'everything' || (scenario.arrivals?.recorded ?? null) !== null) {
    return { evidence, laterHalf: null, steadiness: [] };
  }
  const percent = scenario.limits.errorPercent;
  const allowedShare = percent === undefined ? options.maxUnjudgedErrorShare : percent / 100;
  const bound = { allowedShare, confidence: options.confidence };
  const found = phases.map((phase) => {
    const hold = holdOf(phase, evidence);
    return { phase, hold, steadiness: hold === null ? null : steadinessOf(hold, bound) };
  });
  const beginningAt = (cutOf: (one: (typeof found)[number]) => number): ScenarioEvidence => ({
    ...evidence,
    phases: found.map((one) => {
      const { startMs, judged } = one.phase;
      return judged === null ? one.phase : { ...one.phase, judged: { ...judged, startMs: startMs + cutOf(one) } };
    }),
  });
  const cutOf = ({ steadiness }: (typeof found)[number]): number => steadiness?.cutMs ?? 0;
  const isUnsteady = ({ steadiness }: (typeof found)[number]): boolean =>
    steadiness !== null && steadiness.state !== 'steady' && steadiness.state !== 'unknown';
  const laterOf = (one: (typeof found)[number]): number =>
    isUnsteady(one) ? Math.max(cutOf(one), (one.hold?.edges.at(-1) ?? 0) - one.phase.startMs) : cutOf(one);
  return {
    evidence: beginningAt(cutOf),
    laterHalf: found.some(isUnsteady) ? beginningAt(laterOf) : null,
    steadiness: found.flatMap(({ steadiness }) => steadiness ?? []),
  };
}

function holdOf({ name, startMs, endMs, judged }: Phase, { result, seconds }: ScenarioEvidence): Hold | null {
  if (judged === null) return null;
  const edges = result.windows
    .filter(({ window }) => window.early === true && window.startMs >= judged.startMs && window.endMs <= endMs)
    .map(({ window }) => window.endMs);
  const warmUpMs = judged.startMs - startMs;
  return { name, startMs, endMs, warmUpMs, edges, seconds: between(seconds, startMs, endMs) };
}
