/**
 * Vitest as a part of the tests: runs one project and counts test by test what its JSON report says.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from '../tidy/disk.ts';
import { type Outcome, type Part, runProgram } from './part.ts';

/** What is read of Vitest's JSON report. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly meta?: { readonly leftOut?: string };
    }[];
  }[];
}

export function vitestPart(project: string, proves: string, reporter: 'dot' | 'default'): Part {
  return {
    name: project,
    proves,
    live: true,
    async run() {
      const folder = mkdtempSync(join(tmpdir(), 'palier-test-'));
      const file = join(folder, 'report.json');
      try {
        const reporters = [`--reporter=${reporter}`, '--reporter=json', `--outputFile.json=${file}`];
        const command = ['vitest', 'run', '--project', project, '--passWithNoTests', ...reporters];
        const { status } = await runProgram(command, { live: true });
        return countReport(readReport(file), status);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

/**
 * A file that failed before its tests, an unhandled error (exit status without a failed test) and a missing report count as one
 * failure each. What was left out is named with the reason that the test gives (see `needs()` of the testkit).
 */
export function countReport(report: VitestReport | undefined, status: number): Outcome {
  if (report === undefined) return { passed: 0, failed: 1, leftOut: [], output: 'vitest wrote no report' };
  let passed = 0;
  let failed = 0;
  const leftOut: string[] = [];
  for (const file of report.testResults) {
    const before = failed;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed++;
      else if (test.status === 'failed') failed++;
      else
        leftOut.push(`${relative(root, file.name)}: ${test.fullName} (${test.meta?.leftOut ?? 'it gives no reason'})`);
    }
    if (file.status === 'failed' && failed === before) failed++;
  }
  if (status !== 0 && failed === 0) failed = 1;
  return { passed, failed, leftOut, output: '' };
}

function readReport(file: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch {
    return undefined;
  }
}
