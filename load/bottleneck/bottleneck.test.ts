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
const held = (perSecond: Estimate, responseMs: Estimate = about(50, 5)) => ({ perSecond, responseMs, broken: null });
const replica = (kind: Cause['kind'] = 'cpu') => {
  const planned = planInterventions([cause(kind, 1)], madeSystem).find(({ by }) => 'replicas' in by);
  if (planned === undefined) throw new Error('No replica is planned.');
  return planned;
};
const tried = (before: Estimate, after: Estimate, ...again: Estimate[]) =>
  judgeInterventions([
    {
      planned: replica(),
      without: [before, ...again].map((one) => held(one)),
      with: held(after),
      half: { responseMs: 50, broken: null },
    },
  ]);

test('for each accused service, the strongest first: its own setting, more of what it lacks, one more replica; each once', () => {
  const changes = (causes: readonly Cause[], cores = 4): readonly string[] =>
    planInterventions(causes, madeSystem, { cores }).map(({ change }) => change);
  expect(changes([cause('pool', 0.9), cause('cpu', 0.8), cause('queue', 0.7, 'store')])).toEqual([
    'pool of api from 5 to 10',
    'one more replica of api',
    '1 instead of 0.5 cores for each replica of api',
    'workers of store from 2 to 4',
  ]);
  expect(changes([cause('rate-limit', 0.9), cause('connections', 0.9, 'balancer'), cause('disk', 0.9)])).toEqual([]);
  expect(changes([cause('memory', 0.9)])).toEqual([
    '2 times the memory for each replica of api',
    'one more replica of api',
  ]);
});

test('only what the file and the machine have room for', () => {
  const causes = [cause('cpu', 0.9)];
  expect(planInterventions(causes, madeSystem)).toMatchObject([{ component: 'api', by: { replicas: 2 } }]);
  expect(planInterventions(causes, madeSystem, { running: { api: 2 } })).toEqual([]);
  expect(planInterventions([cause('cpu', 0.9, 'store')], madeSystem, { cores: 2 })).toEqual([]);
  expect(planInterventions([cause('cpu', 0.9, 'store')], madeSystem, { cores: 3 })).toMatchObject([
    { by: { change: { allotment: { cpuCores: 3 } } } },
  ]);
  const cores = (api: number): readonly string[] =>
    planInterventions(causes, madeSystem, { cores: 1, running: { api } }).map(({ change }) => change);
  expect(cores(1)).toContain('1 instead of 0.5 cores for each replica of api');
  expect(cores(2)).toEqual([]);
});

test('a change helped only when the intervals lie apart, before it and after it was taken back', () => {
  expect(tried(about(100, 4), about(110, 4))).toMatchObject([{ helped: true }]);
  expect(tried(about(100, 6), about(110, 6))).toMatchObject([{ helped: false }]);
  expect(tried(about(100, 4), about(110, 4), about(101, 4))).toMatchObject([
    { helped: true, beforePerSecond: { value: 100.5, low: 96, high: 105 } },
  ]);
  expect(tried(about(100, 4), about(110, 4), about(109, 4))).toMatchObject([{ helped: false }]);
});

test('where as many come however slow it is, most of the added waiting must be gone', () => {
  const waits = (afterMs: Estimate) =>
    judgeInterventions([
      {
        planned: replica(),
        without: [held(about(100, 4), about(450, 40))],
        with: held(about(102, 4), afterMs),
        half: { responseMs: 50, broken: null },
      },
    ])[0]?.helped;
  expect(waits(about(60, 5))).toBe(true);
  expect(waits(about(350, 40))).toBe(false);
  expect(waits(about(200, 220))).toBe(false);
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

test('a service that others wait for stays suspected when one setting of it did not help', () => {
  const [planned] = planInterventions([cause('downstream', 0.8, 'store')], madeSystem);
  if (planned === undefined) throw new Error('Nothing is planned.');
  const same = held(about(100, 4));
  const nothing = judgeInterventions([
    { planned, without: [same], with: same, half: { responseMs: 50, broken: null } },
  ]);
  const waited = cause('downstream', 0.8, 'store');
  expect(bottleneckOf([waited], nothing)).toMatchObject({
    proved: false,
    causes: [{ kind: 'downstream', score: 0.8 }],
  });
});

test('nothing that stands out is not found, and says what was looked at', () => {
  expect(bottleneckOf([], [])).toMatchObject({ proved: false, causes: [] });
  expect(bottleneckOf([], []).sentence).toContain('Not found: of processor');
});
