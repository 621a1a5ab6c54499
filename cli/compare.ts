/**
 * `palier compare BEFORE.json AFTER.json`: what changed between two runs, or two searches for the limit, with confidence.
 */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compareLimits, compareRuns, type NamedLimit, type NamedRun } from '@palier/load/compare';
import {
  type CompareOutcome,
  type CompareReport,
  type LimitCompareReport,
  parseLimitReport,
  parseRunReport,
} from '@palier/protocol';
import type { Arguments } from './arguments.ts';
import { comparisonLines, textColumns } from './comparison.ts';
import { cliError } from './errors.ts';
import { limitComparisonLines } from './limit-comparison.ts';
import { checkWritable, writeWhole } from './output.ts';
import { type Paint, paintFor } from './picture/index.ts';
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
  const { comparison, lines } = compared(before, after, textColumns(screen), paintFor(screen));
  screen.write(`${lines.join('\n')}\n`);
  if (args.json !== undefined) await writeWhole(resolve(folder, args.json), `${JSON.stringify(comparison)}\n`);
  return statusOf[comparison.outcome];
}

interface Compared {
  readonly comparison: CompareReport | LimitCompareReport;
  readonly lines: readonly string[];
}

/** Throws PALIER_REPORTS_UNLIKE. */
function compared(
  before: NamedRun | NamedLimit,
  after: NamedRun | NamedLimit,
  columns: number,
  paint: Paint,
): Compared {
  if (isLimit(before) && isLimit(after)) {
    const comparison = compareLimits(before, after);
    return { comparison, lines: limitComparisonLines(comparison, columns, paint) };
  }
  if (!isLimit(before) && !isLimit(after)) {
    const comparison = compareRuns(before, after);
    return { comparison, lines: comparisonLines(comparison, columns, paint) };
  }
  const [limit, run] = isLimit(before) ? [before, after] : [after, before];
  throw cliError('PALIER_REPORTS_UNLIKE', { limit: limit.file, run: run.file });
}

function isLimit(named: NamedRun | NamedLimit): named is NamedLimit {
  return named.report.kind === 'palier-limit';
}

/** Throws PALIER_REPORT_UNREADABLE, PALIER_REPORT_UNKNOWN. */
async function readReport(file: string, folder: string): Promise<NamedRun | NamedLimit> {
  const path = resolve(folder, file);
  let json: unknown;
  try {
    if ((await stat(path)).size > maxBytes) throw new Error('it has more than 256 MiB');
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw cliError('PALIER_REPORT_UNREADABLE', { file, problem: (error as Error).message }, { cause: error });
  }
  const isOfLimit = typeof json === 'object' && json !== null && 'kind' in json && json.kind === 'palier-limit';
  return isOfLimit ? { file, report: parseLimitReport(json, file) } : { file, report: parseRunReport(json, file) };
}
