/**
 * `palier prove`: runs the system, plays the scenarios one after the other, judges them, writes the report.
 */
import { conditionsOf } from '@palier/control/machine';
import { type RunningSystem, runSystem } from '@palier/control/system';
import { judgeRun } from '@palier/load/judge';
import type { Scenario } from '@palier/protocol';
import type { Arguments } from './arguments.ts';
import { chosenScenarios, readConfig } from './config.ts';
import { deliver } from './deliver.ts';
import { palierVersion } from './palier-version.ts';
import { startShow } from './picture/index.ts';
import { allottedCores, pinningOf, usableCpus } from './pinning.ts';
import { type Arena, checkScenario, type PlayedScenario, playScenario } from './scenario-run.ts';
import { exitStatus, exitStatusOf, type Surroundings } from './surroundings.ts';
import { systemSurroundings } from './system-surroundings.ts';

export async function prove(
  args: Extract<Arguments, { command: 'prove' }>,
  surroundings: Surroundings,
): Promise<number> {
  const { clock, folder, screen, stop } = surroundings;
  const config = await readConfig(args.config, folder);
  const { system } = config;
  const scenarios = chosenScenarios(config, args.scenarios);
  for (const scenario of scenarios) checkScenario(scenario, system.folder);

  const pinning = pinningOf(await usableCpus(), allottedCores(system.services));
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
      });
      played.push(await playScenario(scenario, place, arena, surroundings, show));
    }
  } finally {
    show.tell({ kind: 'finishing', note: 'stopping the system' });
    await running?.stop();
    show.end();
  }
  if (stop.asked.aborted) {
    screen.write('Stopped before the end; there is no verdict.\n');
    return exitStatus.interrupted;
  }
  const report = judgeRun({
    system: system.name,
    command: 'prove',
    startedAtEpochMs: started.epochMs,
    durationMs: clock.monotonicMs() - started.monotonicMs,
    timeScale: args.timeScale,
    conditions: {
      ...(await conditionsOf(palierVersion())),
      pinning: [
        ...pinning.sentences,
        ...running.conditions.pinning,
        ...new Set(played.flatMap((one) => one.placement)),
      ],
      allotments: running.conditions.allotments,
      target: `${system.name}, run by palier from ${system.file}`,
    },
    scenarios: played.map((one) => one.report),
  });
  await deliver(report, config, args, surroundings);
  return exitStatusOf(report.verdict);
}

function arenaOf(
  running: RunningSystem,
  scenario: Scenario,
  run: Pick<Arena, 'system' | 'timeScale' | 'generatorCpus'>,
): Arena {
  return {
    target: running.urls[scenario.service] as string,
    ...run,
    watch: (onSample, onEvent) => running.watch({ onSample, onEvent }),
    failed: running.failed,
  };
}
