/**
 * One scenario, played against a target and judged: the plan, the generators, the samples that came meanwhile, the verdict.
 */
import { generatorCount } from '@palier/load/generator';
import { judgeScenario } from '@palier/load/judge';
import { phasesOf, planLoad, timedRoutes, withRecording } from '@palier/load/plan';
import { dataFolderOf, type Scenario, type ScenarioReport, type System } from '@palier/protocol';
import { pageBrowser, seePages } from './pages.ts';
import type { Show } from './picture/index.ts';
import type { Surroundings } from './surroundings.ts';
import { type LoadArena, watchLoad } from './watched-load.ts';

/** What a scenario is played against. */
export interface Arena extends LoadArena {
  /** `http://127.0.0.1:8080`. */
  readonly target: string;
  /** Whether any certificate of an https target is taken. */
  readonly insecure?: boolean;
  readonly system: System;
  readonly timeScale: number;
}

export interface PlayedScenario {
  readonly report: ScenarioReport;
  /** How the generator was placed, in words. */
  readonly placement: readonly string[];
}

/** Finds what is wrong with a scenario's files before anything is started. Throws what `planLoad` throws. */
export function checkScenario(scenario: Scenario, folder: string): void {
  planLoad(scenario, { folder, target: 'http://127.0.0.1:1' });
}

/** Plays and judges; `place` is `2 of 3`, or empty. Ends early, with what was measured so far, when the surroundings ask to stop. */
export async function playScenario(
  asked: Scenario,
  place: string,
  arena: Arena,
  surroundings: Surroundings,
  show: Show,
): Promise<PlayedScenario> {
  const { system, target, insecure = false, timeScale } = arena;
  const files = { folder: system.folder, dataFolder: dataFolderOf(system) };
  const scenario = withRecording(asked, files);
  const phases = phasesOf(scenario, timeScale);
  show.tell({ kind: 'scenario', scenario, place, phases, timeScale });
  const { count, remark } = generatorCount(scenario, arena.generators);
  if (remark !== null) show.print(remark);
  const browser = pageBrowser(scenario, surroundings, show);
  const plan = planLoad(scenario, { ...files, target, insecure, timeScale });
  const { evidence, pinning } = await watchLoad({ scenario, phases, plan, count }, arena, surroundings, show);
  const seen = await seePages(scenario, browser, arena, surroundings, show);
  const { services } = system;
  const planned = { services, timeScale, plannedRoutes: timedRoutes(plan) };
  const report = judgeScenario({ ...evidence, ...planned, ...(seen === null ? {} : { pages: seen.evidence }) });
  return { report, placement: [...pinning, ...(remark === null ? [] : [remark]), ...(seen?.placement ?? [])] };
}
