/**
 * Ends a run: judges what was played, writes the report and the JSON, shows the verdict, gives the exit status.
 */
import { join, relative, resolve } from 'node:path';
import { conditionsOf } from '@palier/control/machine';
import { judgeRun } from '@palier/load/judge';
import { type CheckedSystem, type Conditions, type RunReport, stateFolderOf } from '@palier/protocol';
import type { RunOptions } from './arguments.ts';
import { fitted } from './fitted.ts';
import { nextLines, reportLine, scenarioLines } from './outcome.ts';
import { checkWritable, writeWhole } from './output.ts';
import { palierVersion } from './palier-version.ts';
import { paintFor } from './picture/index.ts';
import { renderReport } from './report/index.ts';
import type { PlayedScenario } from './scenario-run.ts';
import { exitStatus, exitStatusOf, type Surroundings } from './surroundings.ts';

export interface FinishedRun extends Pick<Conditions, 'pinning' | 'allotments' | 'target'> {
  readonly command: RunReport['command'];
  readonly config: CheckedSystem;
  readonly options: RunOptions & { readonly target?: string | undefined };
  readonly started: Moment;
  readonly played: readonly PlayedScenario[];
}

/** A moment by both clocks. */
export interface Moment {
  readonly epochMs: number;
  readonly monotonicMs: number;
}

/** Finds out before the run whether its results can be written. Throws PALIER_OUTPUT_UNWRITABLE. */
export async function checkOutputs(config: CheckedSystem, options: RunOptions, folder: string): Promise<void> {
  await checkWritable(reportFileOf(config, options, folder));
  if (options.json !== undefined) await checkWritable(resolve(folder, options.json));
}

/** Throws PALIER_OUTPUT_UNWRITABLE, after the verdict has been shown. */
export async function finishRun(run: FinishedRun, { clock, env, folder, screen, stop }: Surroundings): Promise<number> {
  const { allotments, command, config, options, played, started, target } = run;
  if (stop.asked.aborted) {
    screen.write('Stopped before the end; there is no verdict.\n');
    return exitStatus.interrupted;
  }
  const pinning = [...run.pinning, ...new Set(played.flatMap((one) => one.placement))];
  const report = judgeRun({
    system: config.system.name,
    command,
    startedAtEpochMs: started.epochMs,
    durationMs: clock.monotonicMs() - started.monotonicMs,
    timeScale: options.timeScale,
    conditions: { ...(await conditionsOf(palierVersion())), pinning, allotments, target },
    scenarios: played.map((one) => one.report),
  });
  const paint = paintFor(screen);
  const say = (lines: readonly string[]): void => void screen.write(`${lines.join('\n')}\n`);
  const columns = screen.columns === undefined ? null : screen.columns - 1;
  for (const scenario of report.scenarios) say(fitted(scenarioLines(scenario, paint), columns));
  const reportFile = reportFileOf(config, options, folder);
  await writeWhole(reportFile, renderReport(report));
  if (options.json !== undefined) await writeWhole(resolve(folder, options.json), `${JSON.stringify(report)}\n`);
  const scenarios = Object.keys(config.scenarios);
  // Where npm did not find it, "npx palier" would ask the registry for a package of that name.
  const palier = env['npm_command'] === undefined ? 'palier' : 'npx palier';
  const next = { report, scenarios, config: options.config, target: options.target, palier };
  say(fitted(['', reportLine(relative(folder, reportFile), paint)], columns));
  say(nextLines(next, paint));
  return exitStatusOf(report.verdict);
}

function reportFileOf({ system }: CheckedSystem, { report }: RunOptions, folder: string): string {
  return resolve(folder, report ?? join(stateFolderOf(system), 'report.html'));
}
