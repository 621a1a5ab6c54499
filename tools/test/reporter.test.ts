import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../tidy/disk.ts';
import { type FoundModule, reportOf } from './reporter.ts';

interface Sketch {
  readonly state?: string;
  readonly tests?: readonly {
    readonly state: string;
    readonly leftOut?: string;
    readonly tries?: number;
    readonly repeats?: number;
  }[];
  readonly errors?: readonly string[];
  readonly suiteErrors?: readonly string[];
}

const errorsOf = (messages: readonly string[] = []): { message: string }[] => messages.map((message) => ({ message }));

function moduleOf({ state = 'passed', tests = [], errors, suiteErrors }: Sketch): FoundModule {
  return {
    moduleId: join(root, 'a.test.ts'),
    state: () => state,
    errors: () => errorsOf(errors),
    children: {
      allSuites: () => [{ fullName: 'suite', errors: () => errorsOf(suiteErrors) }],
      allTests: () =>
        tests.map((test, index) => ({
          fullName: `test ${index}`,
          result: () => ({ state: test.state, errors: test.state === 'failed' ? [{ message: 'no luck' }] : undefined }),
          meta: () => ({ leftOut: test.leftOut, repeats: test.repeats }),
          diagnostic: () => ({ retryCount: (test.tries ?? 1) - 1 }),
        })),
    },
  };
}

describe('reportOf()', () => {
  it('counts each test, names what failed with its error, and what was left out with its reason', () => {
    const tests = [
      { state: 'passed' },
      { state: 'failed' },
      { state: 'skipped', leftOut: 'needs x' },
      { state: 'skipped' },
    ];
    expect(reportOf([moduleOf({ state: 'failed', tests })], [])).toEqual({
      passed: 1,
      failures: [{ what: 'a.test.ts: test 1', error: 'no luck' }],
      leftOut: ['a.test.ts: test 2 (needs x)', 'a.test.ts: test 3 (it gives no reason)'],
      retried: [],
    });
  });

  it('names what passed only when it was tried again, by Vitest or by itself', () => {
    const tests = [
      { state: 'passed', tries: 3 },
      { state: 'passed', repeats: 1 },
    ];
    const report = reportOf([moduleOf({ tests })], []);
    expect([report.passed, report.retried]).toEqual([
      2,
      ['a.test.ts: test 0 (3 tries)', 'a.test.ts: test 1 (2 tries)'],
    ]);
  });

  it('counts what failed outside of a test: a file that cannot be read, a hook, an error that nobody caught', () => {
    const failed = (sketch: Sketch, unhandled: readonly string[] = []): unknown =>
      reportOf([moduleOf({ state: 'failed', ...sketch })], errorsOf(unhandled)).failures;
    expect(failed({ errors: ['no such file'] })).toEqual([
      { what: 'a.test.ts (outside of its tests)', error: 'no such file' },
    ]);
    expect(failed({ suiteErrors: ['no server'], tests: [{ state: 'skipped' }] })).toEqual([
      { what: 'a.test.ts: suite (before or after its tests)', error: 'no server' },
    ]);
    expect(failed({ state: 'passed' }, ['nobody caught it'])).toHaveLength(1);
    expect(failed({})).toHaveLength(1);
  });

  it('says where in our files it happened, what differed and what caused it', () => {
    const stack = `Error: no\n    at x (${root}/node_modules/y.js:1:1)\n    at file://${root}/kit/a.test.ts:7:3`;
    const error = { message: 'no', stack, diff: '- 1\n+ 2', cause: new Error('it was away') };
    expect(reportOf([], [error]).failures[0]?.error).toBe('at kit/a.test.ts:7:3\nno\n- 1\n+ 2\nbecause: it was away');
  });
});
