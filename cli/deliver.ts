/**
 * Hands over a finished run: the verdict on the screen, the report and the JSON as files.
 */
import { join, relative, resolve } from 'node:path';
import { type CheckedSystem, type RunReport, stateFolderOf } from '@palier/protocol';
import type { RunOptions } from './arguments.ts';
import { nextLines, scenarioLines } from './outcome.ts';
import { writeWhole } from './output.ts';
import { paintFor } from './picture/index.ts';
import { renderReport } from './report/index.ts';
import type { Surroundings } from './surroundings.ts';

/** Throws PALIER_OUTPUT_UNWRITABLE, after the verdict has been shown. */
export async function deliver(
  report: RunReport,
  { system, scenarios }: CheckedSystem,
  { json, report: reportName, config }: RunOptions,
  { folder, screen }: Surroundings,
): Promise<void> {
  const paint = paintFor(screen);
  const say = (lines: readonly string[]): void => void screen.write(`${lines.join('\n')}\n`);
  for (const scenario of report.scenarios) say(scenarioLines(scenario, paint));
  const reportFile = resolve(folder, reportName ?? join(stateFolderOf(system), 'report.html'));
  const shown = relative(folder, reportFile);
  await writeWhole(reportFile, renderReport(report));
  if (json !== undefined) await writeWhole(resolve(folder, json), `${JSON.stringify(report)}\n`);
  say(nextLines({ report, scenarios: Object.keys(scenarios), reportFile: shown, config }, paint));
}
