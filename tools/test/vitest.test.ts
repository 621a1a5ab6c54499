import { describe, expect, it } from 'vitest';
import type { VitestReport } from './reporter.ts';
import { outcomeOf } from './vitest.ts';

const sound: VitestReport = { passed: 3, failures: [], leftOut: [], retried: [] };

describe('outcomeOf()', () => {
  it('counts what the report counts', () => {
    expect(outcomeOf('unit', sound, 0)).toMatchObject({ passed: 3, failed: 0 });
    const failures = [{ what: 'a', error: 'b' }];
    expect(outcomeOf('unit', { ...sound, failures }, 1)).toMatchObject({ passed: 3, failed: 1, failures });
  });

  it('counts an exit status that no failure explains, and a missing report, as one failure each', () => {
    expect(outcomeOf('unit', sound, 1)).toMatchObject({ passed: 3, failed: 1 });
    expect(outcomeOf('unit', undefined, 0)).toMatchObject({ passed: 0, failed: 1 });
  });
});
