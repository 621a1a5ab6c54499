import { expect, test } from 'vitest';
import type { Bench, Contestant, Goal, Measure, Sample } from './bench.ts';
import { metOf, type Row, rowsOf } from './rows.ts';

const contestant = (name: string, role: Contestant['role']): Contestant => ({
  name,
  role,
  version: () => '1',
  howToGet: '',
});
const contestants = [contestant('palier', 'ours'), contestant('peer', 'peer'), contestant('direct', 'control')];
const speed: Measure = { key: 'speed', title: 'requests/s', better: 'more', compare: 'ratio' };
const cost: Measure = { key: 'cost', title: 'CPU µs', better: 'less', compare: 'ratio' };
const delay: Measure = { key: 'delay', title: 'added ms', better: 'less', compare: 'difference', beyond: 'direct' };

function samplesOf(contestant: string, key: string, values: readonly number[]): Sample[] {
  return values.map((value, round) => ({
    round,
    contestant,
    case: 'small',
    values: { [key]: value },
    cores: {},
    failed: null,
  }));
}

function rowOf(measure: Measure, samples: readonly Sample[], goals: readonly Goal[] = []): Row {
  const bench: Pick<Bench, 'contestants' | 'cases' | 'measures' | 'goals'> = {
    contestants,
    cases: ['small'],
    measures: [measure],
    goals,
  };
  return rowsOf(bench, samples)[0] as Row;
}

test('the ratio is the median of the ratios within the rounds: a drift of both together does not show', () => {
  const row = rowOf(speed, [
    ...samplesOf('palier', 'speed', [100, 200, 400]),
    ...samplesOf('peer', 'speed', [200, 400, 800]),
  ]);
  expect(row.ours?.median).toBe(200);
  expect(row.peers[0]?.value.median).toBe(400);
  expect(row.peers[0]?.oursToPeer).toMatchObject({ median: 0.5, low: 0.5, high: 0.5, count: 3 });
});

test('a round in which one of the two failed makes no pair', () => {
  const peer = samplesOf('peer', 'speed', [200, 400, 800]).filter((sample) => sample.round !== 1);
  const row = rowOf(speed, [...samplesOf('palier', 'speed', [100, 9999, 400]), ...peer]);
  expect(row.peers[0]?.oursToPeer).toMatchObject({ median: 0.5, count: 2 });
});

test('what is measured beyond a control is the difference to it in the same round, and may be compared when it is nothing', () => {
  const samples = [
    ...samplesOf('palier', 'delay', [12, 23, 31]),
    ...samplesOf('peer', 'delay', [10, 20, 30]),
    ...samplesOf('direct', 'delay', [10, 20, 30]),
  ];
  const row = rowOf(delay, samples);
  expect(row.ours).toMatchObject({ median: 2, low: 1, high: 3 });
  expect(row.peers).toHaveLength(1);
  expect(row.peers[0]?.value.median).toBe(0);
  expect(row.peers[0]?.oursToPeer?.median).toBe(2);
});

test.each([
  [speed, [41, 42, 43], 40, 'yes'],
  [speed, [37, 38, 39], 40, 'no'],
  [speed, [39, 42, 43], 40, 'unclear'],
  [speed, [40, 40, 40], 40, 'yes'],
  [cost, [50, 60, 60], 60, 'yes'],
  [cost, [61, 62, 63], 60, 'no'],
  [cost, [59, 62, 63], 60, 'unclear'],
  [speed, [], 40, 'unclear'],
] as const)('%o with %j against a goal of %d is met: %s', (measure, values, limit, met) => {
  const row = rowOf(measure, samplesOf('palier', measure.key, values), [
    { measure: measure.key, case: 'small', limit },
  ]);
  expect(row.met).toBe(met);
});

test('a goal that was missed while others used the machine is unclear, one that was met all the same is met', () => {
  const goals = [{ measure: 'speed', case: 'small', limit: 40 }];
  const noisy = (values: readonly number[], cores: readonly Sample['cores'][]): Sample[] =>
    samplesOf('palier', 'speed', values).map((sample, i) => Object.assign(sample, { cores: cores[i] ?? {} }));
  const [quiet, elsewhere, stolen] = [{ elsewhere: 0.02, stolen: 0 }, { elsewhere: 0.5 }, { stolen: 0.2 }];
  expect(rowOf(speed, noisy([37, 38, 39], [quiet, elsewhere, stolen]), goals).met).toBe('unclear');
  expect(rowOf(speed, noisy([37, 38, 39], [quiet, elsewhere, quiet]), goals).met).toBe('no');
  expect(rowOf(speed, noisy([41, 42, 43], [elsewhere, elsewhere, stolen]), goals).met).toBe('yes');
});

test('the worst goal counts: no before unclear before yes, and rows without a goal do not', () => {
  const met = (...list: Row['met'][]): ReturnType<typeof metOf> =>
    metOf(list.map((one) => ({ met: one, peers: [] as Row['peers'] }) as Row));
  expect(met('yes', 'unclear', 'no')).toBe('no');
  expect(met('yes', 'unclear', null)).toBe('unclear');
  expect(met('yes', null)).toBe('yes');
});

test('a goal beside a peer is judged by the ratio within the rounds, and not at all where the peer is missing', () => {
  const goals = [{ measure: 'speed', case: 'small', peer: 'peer', limit: 2 }];
  const ours = samplesOf('palier', 'speed', [100, 200, 400]);
  const beside = (peer: readonly number[]) => {
    const row = rowOf(speed, [...ours, ...samplesOf('peer', 'speed', peer)], goals);
    return [row.met, row.peers[0]?.met, metOf([row])];
  };
  expect(beside([40, 80, 160])).toEqual([null, 'yes', 'yes']);
  expect(beside([60, 120, 240])).toEqual([null, 'no', 'no']);
  expect(beside([40, 120, 160])).toEqual([null, 'unclear', 'unclear']);
  expect(rowOf(speed, ours, goals)).toMatchObject({ met: null, peers: [] });
});
