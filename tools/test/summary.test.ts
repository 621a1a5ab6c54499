import { describe, expect, it } from 'vitest';
import type { Outcome } from './part.ts';
import { summaryOf } from './summary.ts';

const nothing: Outcome = { passed: 1, failed: 0, failures: [], leftOut: [], retried: [], output: '' };
const long = (lines: number): string => Array.from({ length: lines }, (_, i) => `line ${i}`).join('\n');

describe('summaryOf()', () => {
  it('says nothing when there is nothing to say', () => {
    expect(summaryOf([nothing, nothing])).toBe('');
  });

  it('ends with the failures, below what was left out and what passed only when tried again', () => {
    const outcome = {
      ...nothing,
      failures: [{ what: 'x', error: 'no luck' }],
      leftOut: ['y'],
      retried: ['z (2 tries)'],
    };
    expect(summaryOf([nothing, outcome]).split('\n')).toEqual([
      'left out:',
      '  y',
      'passed only when tried again:',
      '  z (2 tries)',
      'failed:',
      '  x',
      '      no luck',
    ]);
  });

  it('shows the beginning and the end of what a failure says', () => {
    const text = summaryOf([{ ...nothing, failures: [{ what: 'x', error: long(500) }] }]);
    expect(text).toMatch(/line 0\n[^]*\n {6}…\n[^]*line 499$/);
  });

  it('fits into a screen with the failures named, however many and however long', () => {
    for (const count of [1, 2, 5, 12, 300]) {
      const failures = Array.from({ length: count }, (_, i) => ({ what: `test ${i}`, error: long(100) }));
      const lines = summaryOf([{ ...nothing, failures }]).split('\n');
      expect(lines.length).toBeLessThanOrEqual(40);
      for (let i = 0; i < Math.min(count, 12); i++) expect(lines).toContain(`  test ${i}`);
      expect(lines.at(-1) === `  and ${count - 12} more, above`).toBe(count > 12);
    }
    expect(
      Math.max(
        ...summaryOf([{ ...nothing, leftOut: [], failures: [{ what: 'x', error: 'y'.repeat(5000) }] }])
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(300);
  });

  it('leaves colours out', () => {
    expect(summaryOf([{ ...nothing, failures: [{ what: 'x', error: '\u001B[31mred\u001B[39m' }] }])).toContain(
      '      red',
    );
  });
});
