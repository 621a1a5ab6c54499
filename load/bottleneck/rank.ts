/**
 * Who is to blame, the strongest suspicion first. Pure: the same two probes always give the same ranking.
 */
import type { Cause } from '@palier/protocol';
import type { LoadedSystem, ProbeEvidence } from './evidence.ts';
import { figuresOf, type ProbeFigures } from './figures.ts';
import { hopsOf } from './hops.ts';
import { filledWeight, leastScore, limitedSigns, maxCausesCount } from './options.ts';
import { edgeSuspicions, surroundingSuspicions } from './suspect/edge.ts';
import { resourceSuspicions } from './suspect/resources.ts';
import type { Suspect } from './suspect/suspicion.ts';
import { waitingSuspicions } from './suspect/waiting.ts';

/**
 * `half`: a probe at half of the limit; `knee`: one just beyond it. Empty: nothing stands out, or the system is not at its limit (the
 * knee kept its limits, or its figures did not change for the worse).
 */
export function rankCauses(half: ProbeEvidence, knee: ProbeEvidence, system: LoadedSystem): Cause[] {
  if (knee.outcome === 'kept') return [];
  const before = figuresOf(half, system);
  const after = figuresOf(knee, system);
  if (!isLimited(before, after)) return [];
  const hops = hopsOf(before, after, system);
  const suspects = system.services.flatMap(({ name }): Suspect[] => {
    const [one, other] = [before.services.get(name), after.services.get(name)];
    return one === undefined || other === undefined
      ? []
      : [{ half: before, knee: after, before: one, after: other, hops }];
  });
  const suspicions = [
    ...surroundingSuspicions(before, after),
    ...suspects.flatMap((suspect) => suspicionsOf(suspect, system)),
  ];
  return strongest(explained(suspicions))
    .filter(({ score }) => score >= leastScore)
    .slice(0, maxCausesCount);
}

function suspicionsOf(suspect: Suspect, system: LoadedSystem): readonly Cause[] {
  const edge = edgeSuspicions(suspect, suspect.after.name === system.service);
  return edge.concat(resourceSuspicions(suspect), waitingSuspicions(suspect, system));
}

/**
 * A processor that is full of making connections is full because they are not kept; one that tries in vain to accept them, because there is
 * no descriptor left. The reason stands before what it fills.
 */
function explained(suspicions: readonly Cause[]): Cause[] {
  return suspicions.map((one) => {
    if (!filled.has(one.kind)) return one;
    const because = suspicions.filter(({ kind, component }) => reasons.has(kind) && component === one.component);
    const strongestReason = Math.max(0, ...because.map(({ score }) => score));
    return { ...one, score: one.score * (1 - filledWeight * strongestReason) };
  });
}

const filled: ReadonlySet<Cause['kind']> = new Set(['cpu', 'event-loop']);
const reasons: ReadonlySet<Cause['kind']> = new Set(['connection-setup', 'descriptors']);

/** One line per kind and component, with the evidence of all rules that spoke. */
function strongest(suspicions: readonly Cause[]): Cause[] {
  const merged = [...Map.groupBy(suspicions, ({ kind, component }) => `${kind} ${component}`).values()].map(merge);
  return merged.toSorted((a, b) => b.score - a.score);
}

function merge(group: readonly Cause[]): Cause {
  const sorted = group.toSorted((a, b) => b.score - a.score);
  const [first] = sorted as [Cause];
  const evidence = sorted.filter(({ score }) => score >= leastScore).flatMap((one) => one.evidence);
  return { ...first, evidence: evidence.length === 0 ? first.evidence : evidence };
}

/** Whether anything went for the worse by more than the load explains. */
function isLimited(half: ProbeFigures, knee: ProbeFigures): boolean {
  const growth = half.goodPerSecond === 0 ? 0 : knee.goodPerSecond / half.goodPerSecond;
  const wanted = half.level === 0 ? 1 : knee.level / half.level;
  return (
    1 - growth / wanted >= limitedSigns.shortfall ||
    knee.p95Ms >= limitedSigns.slowdown * Math.max(1, half.p95Ms) ||
    knee.errorShare - half.errorShare >= limitedSigns.errorShare
  );
}
