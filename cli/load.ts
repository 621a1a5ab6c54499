/**
 * `palier load`: plays one scenario against a system that runs already, and judges what can be seen from outside.
 */
import { readRunFile } from '@palier/control/system';
import { loadError } from '@palier/load/errors';
import { speaksTls } from '@palier/load/generator';
import { parseTarget } from '@palier/load/plan';
import type { CheckedSystem, Scenario } from '@palier/protocol';
import type { Arguments } from './arguments.ts';
import { chosenScenarios, readConfig } from './config.ts';
import { cliError } from './errors.ts';
import { checkOutputs, finishRun } from './finish.ts';
import { startShow } from './picture/index.ts';
import { generatorsFor } from './generators.ts';
import { pinningOf, usableCpus } from './pinning.ts';
import { checkScenario, type PlayedScenario, playScenario } from './scenario-run.ts';
import type { Surroundings } from './surroundings.ts';
import { refuseWebSockets } from './websocket.ts';

export async function load(args: Extract<Arguments, { command: 'load' }>, surroundings: Surroundings): Promise<number> {
  const { clock, folder, screen } = surroundings;
  const config = await readConfig(args.config, surroundings);
  const { system } = config;
  const [scenario] = chosenScenarios(config, [args.scenario]) as [Scenario];
  if (args.target === undefined) refuseWebSockets(scenario);
  checkScenario(scenario, system.folder);
  await checkOutputs(config, args, folder);
  const target = args.target ?? (await runningUrl(config, scenario));
  const cpus = await usableCpus();
  const generators = generatorsFor(cpus, null, { ...args, target }, [scenario]);
  const { generatorCpus, sentences } = pinningOf(cpus, null, generators.pinned);

  const show = startShow(system.name, system.services, screen);
  const started = { epochMs: clock.epochMs(), monotonicMs: clock.monotonicMs() };
  try {
    const arena = {
      target,
      insecure: args.insecure,
      system,
      timeScale: args.timeScale,
      generatorCpus,
      generators,
    };
    const nothing = { watch: null, failed: new Promise<Error>(() => {}) };
    const played = await playScenario(scenario, '', { ...arena, ...nothing }, surroundings, show);
    show.end();
    await refuseWrongScheme(target, played);
    return await finishRun(
      {
        command: 'load',
        config,
        options: args,
        started,
        played: [played],
        pinning: sentences,
        target:
          args.insecure && target.startsWith('https:')
            ? `${target} (its certificate was not checked: --insecure)`
            : target,
        allotments: ['What the services use was not watched: only load was run.'],
      },
      surroundings,
    );
  } finally {
    show.end();
  }
}

/** Throws PALIER_LOAD_TARGET_TLS: no verdict on a system is due to an address of http:// where https:// was meant. */
async function refuseWrongScheme(url: string, { report }: PlayedScenario): Promise<void> {
  const { requests, errors } = report.overall;
  const hungUp = (errors.reset ?? 0) + (errors.malformed ?? 0);
  if (url.startsWith('https:') || requests === 0 || hungUp < requests) return;
  const target = parseTarget(url);
  if (await speaksTls(target)) throw loadError('PALIER_LOAD_TARGET_TLS', { target: target.authority });
}

async function runningUrl({ system }: CheckedSystem, scenario: Scenario): Promise<string> {
  const url = readRunFile(system)?.urls[scenario.service];
  if (url === undefined) throw cliError('PALIER_NOT_UP', { system: system.name });
  return url;
}
