import type { Cause, Estimate } from '@palier/protocol';
import { expect, test } from 'vitest';
import { bottleneckOf, judgeInterventions, planInterventions } from './index.ts';
import { madeSystem } from './testing/made.ts';

const cause = (kind: Cause['kind'], score: number, component = 'api'): Cause => ({
  kind,
  component,
  score,
  evidence: ['Seen.'],
});
const about = (value: number, width: number): Estimate => ({ value, low: value - width, high: value + width });
const tried = (before: Estimate, after: Estimate) => {
  const [planned] = planInterventions([cause('cpu', 1)], madeSystem);
  if (planned === undefined) throw new Error('Nothing is planned.');
  return judgeInterventions([{ planned, before, after }]);
};

test('a replica more is planned for each accused service that may have one, the strongest first, once', () => {
  const causes = [
    cause('lock', 0.9),
    cause('cpu', 0.8),
    cause('cpu', 0.7, 'store'),
    cause('connections', 0.6, 'balancer'),
  ];
  expect(planInterventions(causes, madeSystem)).toMatchObject([{ component: 'api', replicas: 2 }]);
  expect(planInterventions(causes, madeSystem, { api: 2 })).toEqual([]);
  expect(planInterventions([cause('downstream', 0.9), cause('rate-limit', 0.9)], madeSystem)).toEqual([]);
});

test('a change helped only when the intervals lie apart', () => {
  expect(tried(about(100, 4), about(110, 4))).toMatchObject([{ helped: true }]);
  expect(tried(about(100, 6), about(110, 6))).toMatchObject([{ helped: false }]);
});

test('what helped is proved and stands first', () => {
  const causes = [cause('disk', 0.9), cause('cpu', 0.7)];
  const { causes: ranked, proved, sentence } = bottleneckOf(causes, tried(about(100, 4), about(180, 4)));
  expect(ranked.map(({ kind }) => kind)).toEqual(['cpu', 'disk']);
  expect(proved).toBe(true);
  expect(sentence).toContain('the processor of api (0.95 of 1, proved by a change); the runner-up is the disk');
});

test('what should have helped and did not falls back; a lock or a pool then lies behind the replicas', () => {
  const nothing = tried(about(100, 4), about(101, 4));
  expect(bottleneckOf([cause('cpu', 0.9), cause('disk', 0.7)], nothing)).toMatchObject({
    proved: false,
    causes: [{ kind: 'disk' }, { kind: 'cpu' }],
  });
  expect(bottleneckOf([cause('lock', 0.8)], nothing).causes.map(({ kind }) => kind)).toEqual(['downstream', 'lock']);
});

test('nothing that stands out is not found, and says what was looked at', () => {
  expect(bottleneckOf([], [])).toMatchObject({ proved: false, causes: [] });
  expect(bottleneckOf([], []).sentence).toContain('Not found: of processor');
});
