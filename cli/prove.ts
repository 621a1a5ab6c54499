/**
 * `palier prove`: runs the system, plays the scenarios one after the other, judges them, writes the report.
 */
import { type RunningSystem, runSystem } from '@palier/control/system';
import type { Scenario } from '@palier/protocol';
import type { Arguments } from './arguments.ts';
import { chosenScenarios, readConfig } from './config.ts';
import { checkOutputs, finishRun } from './finish.ts';
import { startShow } from './picture/index.ts';
import { generatorsFor } from './generators.ts';
import { allottedCores, pinningOf, usableCpus } from './pinning.ts';
import { type Arena, checkScenario, type PlayedScenario, playScenario } from './scenario-run.ts';
import type { Surroundings } from './surroundings.ts';
import { systemSurroundings } from './system-surroundings.ts';
import { refuseWebSockets } from './websocket.ts';

export async function prove(
  args: Extract<Arguments, { command: 'prove' }>,
  surroundings: Surroundings,
): Promise<number> {
  const { clock, folder, screen, stop } = surroundings;
  const config = await readConfig(args.config, surroundings);
  const { system } = config;
  const scenarios = chosenScenarios(config, args.scenarios);
  for (const scenario of scenarios) {
    refuseWebSockets(scenario);
    checkScenario(scenario, system.folder);
  }
  await checkOutputs(config, args, folder);

  const cpus = await usableCpus();
  const systemCores = allottedCores(system.services);
  const generators = generatorsFor(cpus, systemCores, args, scenarios);
  const pinning = pinningOf(cpus, systemCores, generators.pinned);
  const show = startShow(system.name, system.services, screen);
  const started = { epochMs: clock.epochMs(), monotonicMs: clock.monotonicMs() };
  const played: PlayedScenario[] = [];
  let running: RunningSystem | undefined;
  try {
    running = await runSystem(system, systemSurroundings(surroundings, show, pinning.systemCpus));
    for (const [index, scenario] of scenarios.entries()) {
      if (stop.asked.aborted) break;
      const place = scenarios.length === 1 ? '' : `${index + 1} of ${scenarios.length}`;
      const arena = arenaOf(running, scenario, {
        system,
        timeScale: args.timeScale,
        generatorCpus: pinning.generatorCpus,
        generators,
      });
      played.push(await playScenario(scenario, place, arena, surroundings, show));
    }
  } finally {
    if (running !== undefined) show.tell({ kind: 'finishing', note: 'stopping the system' });
    await running?.stop();
    show.end();
  }
  return finishRun(
    {
      command: 'prove',
      config,
      options: args,
      started,
      played,
      pinning: [...pinning.sentences, ...running.conditions.pinning],
      allotments: running.conditions.allotments,
      target: `${system.name}, run by palier from ${system.file}`,
    },
    surroundings,
  );
}

function arenaOf(
  running: RunningSystem,
  scenario: Scenario,
  run: Pick<Arena, 'system' | 'timeScale' | 'generatorCpus' | 'generators'>,
): Arena {
  return {
    target: running.urls[scenario.service] as string,
    ...run,
    watch: (onSample, onEvent) => running.watch({ onSample, onEvent }),
    failed: running.failed,
  };
}
