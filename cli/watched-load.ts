/** A load played against a target, with all that is seen meanwhile: the evidence by which it is judged. */
import { type LoadHandle, startGenerators } from '@palier/load/generator';
import type { ScenarioEvidence } from '@palier/load/judge';
import type { GeneratorPlan, LoadSecond, Phase, Scenario, SystemEvent, SystemSample } from '@palier/protocol';
import type { Show } from './picture/index.ts';
import type { Surroundings } from './surroundings.ts';

/** Where the generators may play, and what can be seen of the system meanwhile. */
export interface LoadArena {
  readonly generatorCpus: readonly number[] | null;
  readonly generators: Generators;
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

export interface WatchedLoad {
  readonly scenario: Scenario;
  readonly phases: readonly Phase[];
  readonly plan: GeneratorPlan;
  /** How many processes play. */
  readonly count: number;
  /** Asked each second: whether the rest can be left out. */
  readonly enough?: (seconds: readonly LoadSecond[]) => boolean;
}

export interface Watched {
  readonly evidence: Omit<ScenarioEvidence, 'services' | 'timeScale'>;
  /** How the generator was placed, in words. */
  readonly pinning: LoadHandle['pinning'];
}

/** Ends early, with what was measured so far, when the surroundings ask to stop. Rejects when the system can no longer be run. */
export async function watchLoad(
  { scenario, phases, plan, count, enough }: WatchedLoad,
  arena: LoadArena,
  { clock, stop, timers }: Surroundings,
  show: Show,
): Promise<Watched> {
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
  const clockShiftMs = (): number => clock.epochMs() - clock.monotonicMs();
  const shiftAtStartMs = clockShiftMs();
  const load = startGenerators(plan, {
    timers,
    count,
    cpus: arena.generatorCpus,
    onSecond(second) {
      seconds.push(second);
      show.tell({ kind: 'second', second });
      if (enough?.(seconds) === true) load.stop();
    },
  });
  const stopLoad = (): void => load.stop();
  stop.asked.addEventListener('abort', stopLoad, { once: true });
  if (stop.asked.aborted) stopLoad();
  try {
    const result = await Promise.race([load.result, arena.failed.then((error) => Promise.reject(error))]);
    const evidence = {
      scenario,
      phases,
      result,
      seconds,
      samples,
      events,
      systemWatched: arena.watch !== null,
      generators: { count, spareCores: Math.max(0, arena.generators.cores - count) },
      clockShiftMs: clockShiftMs() - shiftAtStartMs,
    };
    return { evidence, pinning: load.pinning };
  } finally {
    stop.asked.removeEventListener('abort', stopLoad);
    load.stop();
    unwatch?.();
  }
}
