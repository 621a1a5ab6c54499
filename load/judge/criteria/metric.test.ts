import type { CriterionResult, MetricLimitFile } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { judgeScenario } from '../judge.ts';
import { simulateEvidence } from '../testing/evidence.ts';

type Metrics = (secondsUp: number, requests: number) => Readonly<Record<string, number>>;

function judged(file: MetricLimitFile, metrics: Metrics, holdMs = 60_000): CriterionResult {
  const evidence = simulateEvidence({
    users: 100,
    holdMs,
    limits: { metrics: { it: file } },
    replicas: { service: 'api', count: 3, cpuMsPerRequest: 5, memoryBytes: () => 1e8, metrics },
  });
  return judgeScenario(evidence).criteria[0] as CriterionResult;
}

const queries: Metrics = (_, requests) => ({
  'queries_total{kind="read"}': requests * 2,
  'queries_total{kind="write"}': requests,
});

describe('limits on metrics', () => {
  it('judge the rate of a counter, added up over the label sets that match', () => {
    const all = judged({ metric: 'queries_total', as: 'rate', max: 200 }, queries);
    expect(all.outcome).toBe('kept');
    expect(all.value).toBeGreaterThan(140);
    expect(all.value).toBeLessThan(155);
    expect(all.interval?.low).toBeLessThan(all.value as number);
    const writes = judged({ metric: 'queries_total{kind="write"}', as: 'rate', max: 40 }, queries);
    expect(writes.outcome).toBe('broken');
    expect(writes.sentence).toMatch(/^It was 4\d\.\d a second \(95 %: [\d.]+–[\d.]+\), limit 40 a second: broken by /);
  });

  it('judge a ratio of two growths, and leave it open when nothing grew', () => {
    const file: MetricLimitFile = { metric: 'hits', of: 'reads', as: 'ratio', min: 0.8 };
    expect(judged(file, (_, n) => ({ hits: 5000 + 0.9 * n, reads: 9000 + n }))).toMatchObject({ outcome: 'kept' });
    expect(judged(file, (_, n) => ({ hits: 5000 + 0.9 * n, reads: 9000 + n })).value).toBeCloseTo(0.9, 6);
    expect(judged(file, (_, n) => ({ hits: 0.5 * n, reads: n })).outcome).toBe('broken');
    const still = judged(file, () => ({ hits: 9, reads: 10 }));
    expect(still.outcome).toBe('unproved');
    expect(still.sentence).toContain('what it is a ratio of did not grow');
  });

  it('judge the highest, the lowest and the mean of a gauge', () => {
    const gauge: Metrics = (second) => ({ depth: second % 10 });
    expect(judged({ metric: 'depth', as: 'highest', max: 9 }, gauge)).toMatchObject({ outcome: 'broken', value: 9 });
    expect(judged({ metric: 'depth', as: 'highest', max: 9.5 }, gauge)).toMatchObject({ outcome: 'kept', value: 9 });
    expect(judged({ metric: 'depth', as: 'lowest', min: 0 }, gauge)).toMatchObject({ outcome: 'broken', value: 0 });
    const mean = judged({ metric: 'depth', as: 'mean', max: 8 }, gauge);
    expect(mean.outcome).toBe('kept');
    expect(Math.abs((mean.value as number) - 4.5)).toBeLessThan(0.3);
  });

  it('count a counter that appears during the run from 0', () => {
    const late: Metrics = (second) => (second < 40 ? { other: 1 } : { other: 1, late_total: 100 });
    const result = judged({ metric: 'late_total', as: 'rate', max: 100 }, late);
    expect(result.value).toBeCloseTo(100 / 54, 1);
  });

  it('are never kept by silence: a name, or a label, that is never there is unseen', () => {
    expect(judged({ metric: 'querys_total', as: 'rate', max: 1 }, queries)).toMatchObject({
      outcome: 'unseen',
      value: null,
      sentence: 'It was not seen: querys_total never stood on the metrics page of api.',
    });
    expect(judged({ metric: 'queries_total{kind="delete"}', as: 'rate', max: 1 }, queries).sentence).toBe(
      'It was not seen: api shows queries_total, but never with these labels (it has queries_total{kind="read"}).',
    );
  });

  it('say that a value is not a number, and not that it is missing', () => {
    const evidence = simulateEvidence({ limits: { metrics: { it: { metric: 'depth', as: 'highest', max: 9 } } } });
    const samples = evidence.samples.map((sample) => ({
      ...sample,
      services: sample.services.map((one) => ({ ...one, notNumbers: ['depth{queue="a"}'] })),
    }));
    expect(judgeScenario({ ...evidence, samples }).criteria[0]).toMatchObject({
      outcome: 'unseen',
      sentence: 'It was not seen: depth{queue="a"} stands on the metrics page of api, but its value is not a number.',
    });
  });

  it('are not proved by a few readings', () => {
    const result = judged({ metric: 'queries_total', as: 'rate', max: 5000 }, queries, 17_000);
    expect(result.outcome).toBe('unproved');
    expect(result.sentence).toMatch(/it needs about 15 readings/);
  });
});
