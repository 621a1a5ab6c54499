/**
 * One scenario, played against a target and judged: the plan, the generators, the samples that came meanwhile, the verdict.
 */
import { generatorCount, startGenerators } from '@palier/load/generator';
import { judgeScenario } from '@palier/load/judge';
import { phasesOf, planLoad, timedRoutes, withRecording } from '@palier/load/plan';
import {
  dataFolderOf,
  type LoadSecond,
  type Scenario,
  type ScenarioReport,
  type System,
  type SystemEvent,
  type SystemSample,
} from '@palier/protocol';
import type { Show } from './picture/index.ts';
import type { Surroundings } from './surroundings.ts';

/** What a scenario is played against. */
export interface Arena {
  /** `http://127.0.0.1:8080`. */
  readonly target: string;
  /** Whether any certificate of an https target is taken. */
  readonly insecure?: boolean;
  readonly system: System;
  readonly generatorCpus: readonly number[] | null;
  readonly generators: Generators;
  readonly timeScale: number;
  /** Calls back with each sample and event until the returned function is called. Null: nothing but the load can be seen. */
  readonly watch:
    | ((onSample: (sample: SystemSample) => void, onEvent: (event: SystemEvent) => void) => () => void)
    | null;
  /** Resolves with the reason when the system can no longer be run. */
  readonly failed: Promise<Error>;
}

/** How many processes may play. */
export interface Generators {
  /** What the user wants; undefined: as many as the load needs. */
  readonly asked: number | undefined;
  /** That they may use. */
  readonly cores: number;
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
  { clock, stop, timers }: Surroundings,
  show: Show,
): Promise<PlayedScenario> {
  const { system, target, insecure = false, timeScale } = arena;
  const files = { folder: system.folder, dataFolder: dataFolderOf(system) };
  const scenario = withRecording(asked, files);
  const phases = phasesOf(scenario, timeScale);
  show.tell({ kind: 'scenario', scenario, place, phases, timeScale });
  const { count, remark } = generatorCount(scenario, arena.generators);
  if (remark !== null) show.print(remark);
  const seconds: LoadSecond[] = [];
  const samples: SystemSample[] = [];
  const events: SystemEvent[] = [];
  const unwatch = arena.watch?.(
    (sample) => {
      samples.push(sample);
      show.tell({ kind: 'sample', sample });
    },
    (event) => events.push(event),
  );
  const clockShiftAtStartMs = clock.epochMs() - clock.monotonicMs();
  const plan = planLoad(scenario, { ...files, target, insecure, timeScale });
  const load = startGenerators(plan, {
    timers,
    count,
    cpus: arena.generatorCpus,
    onSecond(second) {
      seconds.push(second);
      show.tell({ kind: 'second', second });
    },
  });
  const stopLoad = (): void => load.stop();
  stop.asked.addEventListener('abort', stopLoad, { once: true });
  if (stop.asked.aborted) stopLoad();
  try {
    const result = await Promise.race([load.result, arena.failed.then((error) => Promise.reject(error))]);
    const report = judgeScenario({
      scenario,
      phases,
      plannedRoutes: timedRoutes(plan),
      result,
      seconds,
      samples,
      events,
      services: system.services,
      timeScale,
      systemWatched: arena.watch !== null,
      generators: { count, spareCores: Math.max(0, arena.generators.cores - count) },
      clockShiftMs: clock.epochMs() - clock.monotonicMs() - clockShiftAtStartMs,
    });
    return { report, placement: [...load.pinning, ...(remark === null ? [] : [remark])] };
  } finally {
    stop.asked.removeEventListener('abort', stopLoad);
    load.stop();
    unwatch?.();
  }
}
