import { describe, expect, it } from 'vitest';
import { countReport, type VitestReport } from './vitest.ts';

function report(status: string, tests: readonly (readonly [status: string, leftOut?: string])[]): VitestReport {
  const assertionResults = tests.map(([state, leftOut], index) => ({
    fullName: `test ${index}`,
    status: state,
    meta: leftOut === undefined ? {} : { leftOut },
  }));
  return { testResults: [{ name: '/a.test.ts', status, assertionResults }] };
}

describe('countReport()', () => {
  it('counts each test and names what was left out with its reason', () => {
    const outcome = countReport(report('failed', [['passed'], ['failed'], ['skipped', 'needs x'], ['todo']]), 1);
    expect([outcome.passed, outcome.failed, outcome.leftOut.length]).toEqual([1, 1, 2]);
    expect(outcome.leftOut[0]).toMatch(/test 2 \(needs x\)$/);
    expect(outcome.leftOut[1]).toMatch(/no reason/);
  });

  it('counts a file that broke before its tests as one failure', () => {
    expect(countReport(report('failed', []), 1).failed).toBe(1);
  });

  it('counts an exit status that no test explains as one failure', () => {
    expect(countReport(report('passed', [['passed']]), 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it('counts a missing report as one failure', () => {
    expect(countReport(undefined, 0).failed).toBe(1);
  });
});
