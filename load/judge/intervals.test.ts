import { quantileError } from '@palier/base/histogram';
import { describe, expect, it } from 'vitest';
import { judgeScenario } from './judge.ts';
import { simulateEvidence } from './testing/evidence.ts';

const names = ['p50', 'p90', 'p95', 'p99'] as const;

describe('the intervals of a report', () => {
  const report = judgeScenario(simulateEvidence({ holdMs: 60_000, limits: { p95Ms: 200 } }));

  it('stand beside every quantile of every route, response and service time, and hold it', () => {
    const quantiles = [report.total, ...report.routes].flatMap(({ responseMs, serviceMs }) => [responseMs, serviceMs]);
    expect(quantiles).toHaveLength(8);
    for (const times of quantiles) {
      for (const name of names) {
        const [value, interval] = [times[name], times.intervals?.[name] ?? null];
        expect(value === null).toBe(interval === null);
        if (value === null || interval === null) continue;
        expect(interval.low).toBeLessThanOrEqual(value * (1 - quantileError));
        expect(interval.high).toBeGreaterThanOrEqual(value * (1 + quantileError));
      }
    }
  });

  it('are those by which the limits were judged', () => {
    expect(report.total.responseMs.intervals?.p95).toEqual(report.criteria[0]?.interval);
  });

  it('are not given for the whole run, whose ramps are no one load, nor for a p99 of fewer than 1000 requests', () => {
    expect(report.overall.responseMs.intervals).toBeNull();
    const small = judgeScenario(simulateEvidence({ users: 20, holdMs: 60_000 }));
    expect(small.total.requests).toBeLessThan(1000);
    expect(small.total.responseMs).toMatchObject({ p99: null, intervals: { p99: null } });
  });

  it('grow narrower with the time that was judged', () => {
    const long = judgeScenario(simulateEvidence({ holdMs: 600_000, limits: { p95Ms: 200 } }));
    for (const name of names) {
      const width = ({ total }: typeof report): number => {
        const interval = total.responseMs.intervals?.[name];
        return interval == null ? Number.NaN : (interval.high - interval.low) / (total.responseMs[name] ?? 0);
      };
      expect(width(long)).toBeLessThan(width(report));
    }
  });
});
