/**
 * `palier compare BEFORE.json AFTER.json`: what changed between two runs, with confidence.
 */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compareRuns } from '@palier/load/compare';
import { type CompareOutcome, parseRunReport, type RunReport } from '@palier/protocol';
import type { Arguments } from './arguments.ts';
import { comparisonLines } from './comparison.ts';
import { cliError } from './errors.ts';
import { checkWritable, writeWhole } from './output.ts';
import { paintFor } from './picture/index.ts';
import { exitStatus, type Surroundings } from './surroundings.ts';

/** A run of hours with a hundred replicas has less; a larger file is no report. */
const maxBytes = 256 * 1024 * 1024;

const statusOf: Readonly<Record<CompareOutcome, number>> = {
  worse: exitStatus.fail,
  better: exitStatus.pass,
  unchanged: exitStatus.pass,
  inconclusive: exitStatus.unproved,
  'not-comparable': exitStatus.unproved,
};

export async function compare(
  args: Extract<Arguments, { command: 'compare' }>,
  { folder, screen }: Surroundings,
): Promise<number> {
  const [before, after] = await Promise.all([readReport(args.before, folder), readReport(args.after, folder)]);
  if (args.json !== undefined) await checkWritable(resolve(folder, args.json));
  const comparison = compareRuns({ file: args.before, report: before }, { file: args.after, report: after });
  screen.write(`${comparisonLines(comparison, paintFor(screen)).join('\n')}\n`);
  if (args.json !== undefined) await writeWhole(resolve(folder, args.json), `${JSON.stringify(comparison)}\n`);
  return statusOf[comparison.outcome];
}

/** Throws PALIER_REPORT_UNREADABLE, PALIER_REPORT_UNKNOWN. */
async function readReport(file: string, folder: string): Promise<RunReport> {
  const path = resolve(folder, file);
  let json: unknown;
  try {
    if ((await stat(path)).size > maxBytes) throw new Error('it has more than 256 MiB');
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw cliError('PALIER_REPORT_UNREADABLE', { file, problem: (error as Error).message }, { cause: error });
  }
  return parseRunReport(json, file);
}
