/** From a checked scenario to all that a generator needs: nothing is read, looked up or decided after this. */
import type { GeneratorPlan, Scenario, StepFile } from '@palier/protocol';
import { loadError } from '../errors.ts';
import { planSteps } from './channel.ts';
import { checkColumns, planData } from './data.ts';
import { diskFiles } from './files.ts';
import type { PlanOptions } from './options.ts';
import { readRecording } from './recording.ts';
import { isLoopback, parseTarget } from './target.ts';
import { phasesOf, scaleStages, windowsOf } from './windows.ts';

/**
 * The plan of one generator; `startGenerators` shares it out when there are several.
 * Throws a PalierError that names the key when a file is missing, too large or of the wrong shape, a column is unknown, the target
 * is no address, or an option is out of its range.
 */
export function planLoad(unread: Scenario, options: PlanOptions): GeneratorPlan {
  const { folder, dataFolder = null, timeScale = 1, share = { index: 0, of: 1 }, files = diskFiles() } = options;
  const source = { folder, dataFolder, files };
  if (!(Number.isInteger(share.of) && share.of >= 1 && Number.isInteger(share.index))) {
    throw loadError('PALIER_LOAD_OPTION', { option: 'share.of', value: share.of, expected: 'a whole number from 1' });
  }
  if (share.index < 0 || share.index >= share.of) {
    const expected = `a whole number from 0 to ${share.of - 1}`;
    throw loadError('PALIER_LOAD_OPTION', { option: 'share.index', value: share.index, expected });
  }
  const target = parseTarget(options.target, options.insecure);
  const { scenario, recordedMs } = readRecording(unread, source);
  const key = `scenarios.${scenario.name}`;
  const planned = (steps: readonly StepFile[], at: string): GeneratorPlan['start'] =>
    planSteps(steps, at, source, scenario.requestTimeoutMs);
  const data = Object.fromEntries(
    Object.entries(scenario.data).map(([name, entry]) => [name, planData(entry, `${key}.data.${name}`, source)]),
  );
  checkColumns(scenario, data);
  return {
    scenario: scenario.name,
    seed: scenario.seed,
    target,
    stages: scaleStages(scenario.stages, timeScale),
    arrivals:
      scenario.arrivals === null
        ? null
        : { spacing: scenario.arrivals.spacing, maxConcurrent: scenario.arrivals.maxConcurrent, recordedMs },
    thinkMs: scenario.thinkMs,
    start: planned(scenario.start, `${key}.start`),
    tasks: scenario.tasks.map(({ name, weight, steps }) => ({
      name,
      weight,
      steps: planned(steps, `${key}.tasks.${name}.steps`),
    })),
    data,
    draw: scenario.draw,
    windows: windowsOf(phasesOf(scenario, timeScale), scenario.judge),
    requestTimeoutMs: scenario.requestTimeoutMs,
    share,
    ownAddresses: isLoopback(target.host),
  };
}
