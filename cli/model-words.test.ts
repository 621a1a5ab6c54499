import type { ArrivalReport, ScenarioReport, SeriesPoint } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lawWords, modelWords, refusalWords } from './model-words.ts';
import { samples } from './report/testing/samples.ts';

const law = { users: 200.4, requestsPerSecond: 98.2, responseMs: 12.2, thinkMs: 2003, usersByLaw: 197.9 };
const thinkMs = { min: 1000, max: 3000 };

describe('the words of the models', () => {
  it('print N = X(R + Z) with both numbers, for both models', () => {
    expect(lawWords('closed', law)).toBe(
      'N = X(R + Z): 98 requests/s × (12 ms + 2.0 s) = 198 users; 200 were present.',
    );
    expect(lawWords('open', { ...law, thinkMs: 0, users: 1.24, usersByLaw: 1.2 })).toBe(
      'N = X·R: 98 requests/s × 12 ms = 1.2 tasks at once; 1.2 were under way.',
    );
  });

  it('name the model, its spacing or think time, and its bound', () => {
    const arrivals = { spacing: 'even', maxConcurrent: 50, recorded: null } as const;
    expect(modelWords({ arrivals, thinkMs })).toBe('open model: arrivals evenly spaced, at most 50 tasks at once');
    expect(modelWords({ arrivals: { ...arrivals, recorded: 'day.json' }, thinkMs })).toContain('as they were recorded');
    expect(modelWords({ arrivals: null, thinkMs: { min: 500, max: 500 } })).toMatch(/think 0\.5 s$/);
  });

  const samplesRefused = samples.refused().scenarios[0] as ScenarioReport;
  const arrivals = samplesRefused.arrivals as ArrivalReport;
  const point = samplesRefused.series[0] as SeriesPoint;

  it('say how many at once a rate needs, by the worst span: 200 a second that take half a second are 100, and bunches more', () => {
    const series = [{ ...point, arrivalsPerSecond: 200, refusedPerSecond: 1, p50Ms: 500 }];
    const total = { ...samplesRefused.total, requests: arrivals.offered - arrivals.refused };
    expect(refusalWords({ arrivals, series, total })).toContain('at this rate about 150 are needed');
  });

  it('never advise a number that is none, or fewer than there were already', () => {
    const count = fc.integer({ min: 0, max: 1_000_000 });
    const time = fc.option(fc.double({ min: 0, max: 60_000, noNaN: true }));
    fc.assert(
      fc.property(count, count, fc.integer({ min: 1, max: 10_000 }), time, (began, refused, maxConcurrent, p50Ms) => {
        const series = [{ ...point, arrivalsPerSecond: began + refused, refusedPerSecond: refused, p50Ms }];
        const some = { ...arrivals, offered: began + refused, refused, maxConcurrent };
        const words = refusalWords({ arrivals: some, series, total: samplesRefused.total });
        const advised = /about ([\d,]+) are/.exec(words)?.[1]?.replaceAll(',', '');
        expect(advised === undefined || Number(advised) > maxConcurrent).toBe(true);
        expect(words).not.toMatch(/NaN|Infinity/);
      }),
    );
  });
});
