/**
 * Vitest as a part of the tests: runs one project and counts test by test what our reporter says (reporter.ts).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../tidy/disk.ts';
import { type Outcome, type Part, runProgram } from './part.ts';
import type { VitestReport } from './reporter.ts';

export function vitestPart(project: string, proves: string, reporter: 'dot' | 'default'): Part {
  return {
    name: project,
    proves,
    live: true,
    async run() {
      const folder = mkdtempSync(join(tmpdir(), 'palier-test-'));
      const file = join(folder, 'report.json');
      try {
        const reporters = [`--reporter=${reporter}`, `--reporter=${join(root, 'tools/test/reporter.ts')}`];
        const command = ['vitest', 'run', '--project', project, '--passWithNoTests', ...reporters];
        const { status } = await runProgram(command, { live: true, env: { PALIER_TEST_REPORT: file } });
        return outcomeOf(project, readReport(file), status);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

/** A missing report, and an exit status that no failure explains, count as one failure each. */
export function outcomeOf(project: string, report: VitestReport | undefined, status: number): Outcome {
  const none = { passed: 0, failures: [], leftOut: [], retried: [] };
  const { passed, failures, leftOut, retried } = report ?? none;
  const unexplained =
    report === undefined ? 'Vitest wrote no report' : `no test failed, and Vitest ended with ${status}`;
  const silent = report === undefined || (status !== 0 && failures.length === 0);
  const all = silent ? [...failures, { what: project, error: unexplained }] : failures;
  return { passed, failed: all.length, failures: all, leftOut, retried, output: '' };
}

function readReport(file: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch {
    return undefined;
  }
}
