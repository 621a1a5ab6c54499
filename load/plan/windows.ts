/**
 * When what happens: the stages with their holds shortened, as phases for the report and as windows to account for separately.
 *
 * A hold begins with a warm-up that is not judged; it takes at most half of the hold, so that a shortened hold still has a part to judge.
 */
import type { Phase, Scenario, Stage, Window } from '@palier/protocol';
import { loadError } from '../errors.ts';

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

/** The windows of these phases: they follow one another without a gap from 0 to the end, and none is empty. */
export function windowsOf(phases: readonly Phase[], judge: Scenario['judge']): Window[] {
  const end = phases.at(-1)?.endMs ?? 0;
  if (judge === 'everything') return end > 0 ? [{ name: 'everything', startMs: 0, endMs: end, judged: true }] : [];
  const windows: Window[] = [];
  const taken = new Map<string, number>();
  const add = (name: string, startMs: number, endMs: number, judged: boolean): void => {
    if (endMs <= startMs) return;
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    windows.push({ name: times === 1 ? name : `${name} (${times})`, startMs, endMs, judged });
  };
  for (const { name, kind, startMs, endMs, judged } of phases) {
    if (judged === null) add(name, startMs, endMs, false);
    else {
      add(kind === 'hold' ? name.replace('hold', 'warm-up') : name, startMs, judged.startMs, false);
      add(name, judged.startMs, judged.endMs, true);
    }
  }
  return windows;
}

function judgedPart(scenario: Timed, stage: Stage, startMs: number, endMs: number): Phase['judged'] {
  if (endMs <= startMs) return null;
  if (scenario.judge === 'everything') return { startMs, endMs };
  if (stage.kind === 'ramp' || stage.toLevel === 0) return null;
  return { startMs: startMs + Math.min(scenario.warmUpMs, (endMs - startMs) / 2), endMs };
}
