import { expect, test } from 'vitest';
import type { Sample } from './bench.ts';
import type { Row } from './rows.ts';
import { comparisonTable, coresTable, number } from './table.ts';

const one = (median: number, low = median, high = median) => ({ median, low, high, confidence: 0.961, count: 9 });

test.each([
  [141_234, '141 200'],
  [1234.5, '1 235'],
  [18.74, '18.7'],
  [0.843, '0.84'],
  [12_345_678, '12 345 700'],
])('%d is shown as %s', (value, text) => {
  expect(number(value)).toBe(text);
});

test('a row has one line for each peer; what is ours and the goal stand on the first', () => {
  const row: Row = {
    case: '50 connections',
    measure: 'speed',
    title: 'requests/s',
    better: 'more',
    compare: 'ratio',
    ours: one(65_000),
    peers: [
      { name: 'wrk', value: one(130_000), oursToPeer: one(0.5, 0.48, 0.53) },
      { name: 'autocannon', value: one(75_000), oursToPeer: null },
    ],
    goal: { measure: 'speed', case: '50 connections', limit: 40_000 },
    met: 'yes',
  };
  expect(comparisonTable([row])).toBe(
    [
      'what                          ours  peer                 ours : peer (96 %)  goal      met',
      'requests/s, 50 connections  65 000  wrk         130 000  0.50 (0.48…0.53)    ≥ 40 000  yes',
      '                                    autocannon   75 000  –',
    ].join('\n'),
  );
});

test('a goal that is missed cries, an aim stands beside it, and what was not measured is a dash', () => {
  const row: Row = {
    case: 'calm',
    measure: 'delay',
    title: 'added µs',
    better: 'less',
    compare: 'difference',
    ours: one(70),
    peers: [{ name: 'nginx', value: one(90.5), oursToPeer: one(-20.5, -25, 3) }],
    goal: { measure: 'delay', case: 'calm', limit: 60, aim: 25 },
    met: 'no',
  };
  const line = comparisonTable([row]).split('\n')[1];
  expect(line).toContain('−20.5 (−25.0…+3.00)');
  expect(line).toContain('≤ 60.0 (aim ≤ 25.0)');
  expect(line?.endsWith('NO')).toBe(true);
  const { goal: _, ...bare } = row;
  expect(comparisonTable([{ ...bare, goal: null, ours: null, met: null }]).split('\n')[1]).toMatch(
    /^added µs, calm\s+–\s+nginx/,
  );
});

test('the table of cores shows the median of each process, for each case and contestant', () => {
  const samples = [0.9, 1, 0.8].map(
    (client, round): Sample => ({
      round,
      contestant: 'wrk',
      case: '50',
      values: {},
      cores: { client, elsewhere: 0.01 },
      failed: null,
    }),
  );
  const lost: Sample = { round: 3, contestant: 'wrk', case: '50', values: {}, cores: {}, failed: 'broke' };
  expect(coresTable([...samples, lost]).split('\n')[1]).toMatch(/^50\s+wrk\s+client 0\.90 · elsewhere 0\.01$/);
});

test('a goal beside a peer stands on the peer’s line', () => {
  const goal = { measure: 'speed', case: 'small', peer: 'wrk', limit: 0.5 };
  const row: Row = {
    case: 'small',
    measure: 'speed',
    title: 'requests/s',
    better: 'more',
    compare: 'ratio',
    ours: one(100),
    peers: [
      { name: 'ab', value: one(150), oursToPeer: one(0.67) },
      { name: 'wrk', value: one(160), oursToPeer: one(0.62), goal, met: 'yes' },
    ],
    goal: null,
    met: null,
  };
  const lines = comparisonTable([row]).split('\n');
  expect(lines[1]).not.toContain('yes');
  expect(lines[2]).toMatch(/wrk.*≥ 0.50 × +yes$/);
});
