/**
 * What Vitest tells our parts of a run: counts, each failure with its error (that of a hook too, which Vitest's JSON report leaves
 * out), what was left out and why, and what passed only when it was tried again. Loaded by Vitest; writes the file that
 * `PALIER_TEST_REPORT` names.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter } from 'vitest/node';
import { root } from '../tidy/disk.ts';
import type { Failure } from './part.ts';

export interface VitestReport {
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** Each with its reason. */
  readonly leftOut: readonly string[];
  /** Each with the number of times it was tried. */
  readonly retried: readonly string[];
}

/** What is read of an error. */
interface FoundError {
  readonly message: string;
  readonly stack?: string | undefined;
  readonly diff?: unknown;
  readonly cause?: unknown;
}

/** What is read of a test. */
interface FoundTest {
  readonly fullName: string;
  result(): { readonly state: string; readonly errors?: readonly FoundError[] | undefined };
  meta(): object;
  diagnostic(): { readonly retryCount: number } | undefined;
}

/** What is read of a test file. */
export interface FoundModule {
  readonly moduleId: string;
  state(): string;
  errors(): readonly FoundError[];
  readonly children: {
    allTests(): Iterable<FoundTest>;
    allSuites(): Iterable<{ readonly fullName: string; errors(): readonly FoundError[] }>;
  };
}

export default class PartReporter implements Reporter {
  onTestRunEnd(modules: readonly FoundModule[], unhandled: readonly FoundError[]): void {
    const file = process.env['PALIER_TEST_REPORT'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(reportOf(modules, unhandled)));
  }
}

/** A file that failed without saying why counts as one failure, as does each error that belongs to no test. */
export function reportOf(modules: readonly FoundModule[], unhandled: readonly FoundError[]): VitestReport {
  let passed = 0;
  const failures: Failure[] = unhandled.map((error) => ({ what: 'an error outside of all tests', error: told(error) }));
  const leftOut: string[] = [];
  const retried: string[] = [];
  for (const module of modules) {
    const file = relative(root, module.moduleId);
    const before = failures.length;
    for (const error of module.errors()) failures.push({ what: `${file} (outside of its tests)`, error: told(error) });
    for (const suite of module.children.allSuites()) {
      for (const error of suite.errors()) {
        failures.push({ what: `${file}: ${suite.fullName} (before or after its tests)`, error: told(error) });
      }
    }
    const setUpFailed = failures.length > before;
    for (const test of module.children.allTests()) {
      const { state, errors = [] } = test.result();
      const name = `${file}: ${test.fullName}`;
      const tries = 1 + (test.diagnostic()?.retryCount ?? 0) + repeatsIn(test);
      if (state === 'passed') passed++;
      else if (state === 'failed') failures.push({ what: name, error: errors.map(told).join('\n') });
      else leftOut.push(`${name} (${reasonOf(test) ?? (setUpFailed ? 'see the failure' : 'it gives no reason')})`);
      if (state === 'passed' && tries > 1) retried.push(`${name} (${tries} tries)`);
    }
    if (module.state() === 'failed' && failures.length === before) {
      failures.push({ what: file, error: 'it failed, and Vitest does not say why' });
    }
  }
  return { passed, failures, leftOut, retried };
}

/** See `needs()` of the testkit. */
function reasonOf(test: FoundTest): string | undefined {
  return (test.meta() as { readonly leftOut?: string }).leftOut;
}

/** Of what a test itself made again; see `believed()` of the tests of cli. */
function repeatsIn(test: FoundTest): number {
  return (test.meta() as { readonly repeats?: number }).repeats ?? 0;
}

/** Where it happened, what it says, what differed, and what caused it. */
function told(error: FoundError): string {
  const place = error.stack?.split('\n').find((line) => line.includes(root) && !line.includes('node_modules'));
  const { cause } = error;
  return [
    ...(place === undefined ? [] : [place.trim().replace(`${root}/`, '').replace('file://', '')]),
    error.message,
    ...(typeof error.diff === 'string' && error.diff !== '' ? [error.diff] : []),
    ...(typeof cause === 'object' && cause !== null && 'message' in cause ? [`because: ${String(cause.message)}`] : []),
  ].join('\n');
}
