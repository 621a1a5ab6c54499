/**
 * When what happens: the stages with their holds shortened, as phases for the report and as windows to account for separately.
 *
 * A hold begins with a warm-up that is not judged; it takes at most half of the hold, so that a shortened hold still has a part to judge.
 * What is judged of a hold's first half is accounted for in small parts: the judge may see that the warm-up lasted longer, and cuts it.
 */
import type { Phase, Scenario, Stage, Window } from '@palier/protocol';
import { loadError } from '../errors.ts';

/** In a shorter hold no warm-up can be told from chance. */
const shortestPartedMs = 15_000;
/** A cut is made at the end of a part: never more than a tenth of a half too late. */
const mostParts = 10;
const shortestPartMs = 1000;

type Timed = Pick<Scenario, 'stages' | 'model' | 'judge' | 'warmUpMs'>;

/** The stages with the length of each hold multiplied by `timeScale`. Throws `PALIER_LOAD_OPTION` unless it is above 0 and at most 1. */
export function scaleStages(stages: readonly Stage[], timeScale: number): Stage[] {
  if (!(timeScale > 0 && timeScale <= 1)) {
    throw loadError('PALIER_LOAD_OPTION', { option: 'timeScale', value: timeScale, expected: 'above 0, at most 1' });
  }
  return stages.map((stage) =>
    stage.kind === 'hold' ? { ...stage, durationMs: stage.durationMs * timeScale } : stage,
  );
}

/** The phases in order, each with the part that is judged. */
export function phasesOf(scenario: Timed, timeScale = 1): Phase[] {
  let at = 0;
  return scaleStages(scenario.stages, timeScale).map((stage) => {
    const startMs = at;
    const endMs = (at += stage.durationMs);
    const { kind, fromLevel, toLevel } = stage;
    const level = scenario.model === 'open' ? `${toLevel}/s` : `${toLevel}`;
    const name = kind === 'hold' ? `hold at ${level}` : `ramp to ${level}`;
    return { name, kind, startMs, endMs, fromLevel, toLevel, judged: judgedPart(scenario, stage, startMs, endMs) };
  });
}

/**
 * The windows of these phases: they follow one another without a gap from 0 to the end, and none is empty. Each has a name of its own, but
 * the early parts of a hold bear the hold's.
 */
export function windowsOf(phases: readonly Phase[], judge: Scenario['judge']): Window[] {
  const end = phases.at(-1)?.endMs ?? 0;
  if (judge === 'everything') return end > 0 ? [{ name: 'everything', startMs: 0, endMs: end, judged: true }] : [];
  const windows: Window[] = [];
  const taken = new Map<string, number>();
  const add = (wanted: string, startMs: number, ends: readonly number[], judged: boolean): void => {
    if ((ends.at(-1) ?? startMs) <= startMs) return;
    const times = (taken.get(wanted) ?? 0) + 1;
    taken.set(wanted, times);
    const name = times === 1 ? wanted : `${wanted} (${times})`;
    for (const [i, endMs] of ends.entries()) {
      const window = { name, startMs: ends[i - 1] ?? startMs, endMs, judged };
      windows.push(i < ends.length - 1 ? { ...window, early: true } : window);
    }
  };
  for (const { name, kind, startMs, endMs, judged } of phases) {
    if (judged === null) add(name, startMs, [endMs], false);
    else {
      add(kind === 'hold' ? name.replace('hold', 'warm-up') : name, startMs, [judged.startMs], false);
      add(name, judged.startMs, [...earlyEdges(startMs, judged), judged.endMs], true);
    }
  }
  return windows;
}

/** Where the early parts of a hold end; the last at its middle. */
function earlyEdges(startMs: number, judged: NonNullable<Phase['judged']>): readonly number[] {
  const middleMs = (startMs + judged.endMs) / 2;
  const spanMs = middleMs - judged.startMs;
  if (judged.endMs - startMs < shortestPartedMs || spanMs <= 0) return [];
  const count = Math.max(1, Math.min(mostParts, Math.floor(spanMs / shortestPartMs)));
  return Array.from({ length: count }, (_, i) =>
    i === count - 1 ? middleMs : judged.startMs + ((i + 1) * spanMs) / count,
  );
}

function judgedPart(scenario: Timed, stage: Stage, startMs: number, endMs: number): Phase['judged'] {
  if (endMs <= startMs) return null;
  if (scenario.judge === 'everything') return { startMs, endMs };
  if (stage.kind === 'ramp' || stage.toLevel === 0) return null;
  return { startMs: startMs + Math.min(scenario.warmUpMs, (endMs - startMs) / 2), endMs };
}
