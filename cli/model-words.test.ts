import type { ArrivalReport } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lawWords, modelWords, refusalWords } from './model-words.ts';

const law = { users: 200.4, requestsPerSecond: 98.2, responseMs: 12.2, thinkMs: 2003, usersByLaw: 197.9 };
const thinkMs = { min: 1000, max: 3000 };

describe('the words of the models', () => {
  it('print N = X(R + Z) with both numbers, for both models', () => {
    expect(lawWords('closed', law)).toBe(
      'N = X(R + Z): 98 requests/s × (12 ms waiting + 2.0 s thinking) = 198 users; 200 were present on average.',
    );
    expect(lawWords('open', { ...law, thinkMs: 0, users: 1.24, usersByLaw: 1.2 })).toBe(
      'N = X·R: 98 requests/s × 12 ms waiting = 1.2 tasks at once; 1.2 were under way on average.',
    );
  });

  it('name the model, its spacing or think time, and its bound', () => {
    const arrivals = { spacing: 'even', maxConcurrent: 50, recorded: null } as const;
    expect(modelWords({ arrivals, thinkMs })).toBe('open model: arrivals evenly spaced, at most 50 tasks at once');
    expect(modelWords({ arrivals: { ...arrivals, recorded: 'day.json' }, thinkMs })).toContain('as they were recorded');
    expect(modelWords({ arrivals: null, thinkMs: { min: 500, max: 500 } })).toMatch(/think 0\.5 s$/);
  });

  it('never advise fewer at once than there were already, nor a number that is none', () => {
    const count = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 1, max: 10_000 }), (began, refused, maxConcurrent) => {
        const arrivals: ArrivalReport = {
          offeredPerSecond: 1,
          achievedPerSecond: 1,
          offered: began + refused,
          refused,
          maxConcurrent,
          spacing: 'poisson',
        };
        const words = refusalWords(arrivals, { users: maxConcurrent * 0.9 });
        const advised = /more than ([\d,]+);/.exec(words)?.[1]?.replaceAll(',', '');
        if (began > 0 || refused === 0) expect(Number(advised)).toBeGreaterThanOrEqual(maxConcurrent);
        else expect(advised).toBeUndefined();
        expect(words).not.toMatch(/NaN|Infinity/);
      }),
    );
  });
});
