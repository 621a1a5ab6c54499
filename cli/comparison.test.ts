import { compareLimits, compareRuns } from '@palier/load/compare';
import type { CompareReport, RunReport } from '@palier/protocol';
import { expect, test } from 'vitest';
import { comparisonLines } from './comparison.ts';
import { limitComparisonLines } from './limit-comparison.ts';
import { limitSamples } from './report/testing/limits.ts';
import { samples } from './report/testing/samples.ts';

const before = samples.pass();
const plain = (_: string, text: string): string => text;

function compared(after: RunReport): CompareReport {
  return compareRuns({ file: 'before.json', report: before }, { file: 'after.json', report: after });
}

function withErrors(count: number): RunReport {
  const scenarios = before.scenarios.map((one) => ({ ...one, total: { ...one.total, errors: { '5xx': count } } }));
  return { ...before, startedAt: '2026-01-16T09:30:00.000Z', scenarios };
}

test('the first line is the answer', () => {
  const first = (after: RunReport): string | undefined => comparisonLines(compared(after), 200, plain)[0];
  expect(first(withErrors(400))).toMatch(
    /^More errors: errors of all requests 0 % → \S+ % \(\+\S+ pp, 95 %: \+\S+ … \+\S+ pp\)\.$/,
  );
  expect(first(withErrors(0))).toMatch(
    /^No change beyond noise\. What would have shown, in 8 of 10 cases: p95 \+\d+ %, requests\/s −\d+ % or errors \+\S+ points\.$/,
  );
  expect(first({ ...before, system: 'other' })).toBe('Not comparable. The system was releases and is other.');
  expect(first(before)).toBe('Not comparable. Both files hold the same run.');
});

test('no line is wider than the terminal, and the table is not wider than 80 columns', () => {
  for (const columns of [80, 120]) {
    const lines = [
      ...comparisonLines(
        compared({ ...withErrors(400), conditions: { ...before.conditions, pinning: ['a '.repeat(90)] } }),
        columns,
        plain,
      ),
      ...limitComparisonLines(
        compareLimits(
          { file: 'a.json', report: limitSamples.found() },
          { file: 'b.json', report: limitSamples['not-reached']() },
        ),
        columns,
        plain,
      ),
    ];
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  }
});
