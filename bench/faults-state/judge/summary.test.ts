import { expect, test } from 'vitest';
import type { Row } from './rows.ts';
import { billMet, reasonsOf, summaryTable } from './summary.ts';

const row: Row = {
  who: 'log-ins',
  asked: 10,
  good: 10,
  unavailable: 0,
  failed: 0,
  pending: 0,
  beyondDeadline: 0,
  refusedWrongly: 0,
  refusedRightly: 0,
  acceptedAfterEnd: 0,
  believedForMs: 0,
  longestCallMs: 5,
  lateMs: 10,
  gapMs: 200,
  goesOn: true,
  lost: 0,
  back: 0,
  gapGoalMs: 250,
  met: 'yes',
};
const peer: Row = { ...row, who: 'ioredis, writes', lost: 7, gapGoalMs: null, met: null };

test('a fault is kept when every goal of ours is; a peer has none', () => {
  expect(billMet({ fault: 'a', rows: [row, peer] })).toBe('yes');
  expect(billMet({ fault: 'a', rows: [row, { ...row, met: 'unclear' }] })).toBe('unclear');
  expect(
    billMet({
      fault: 'a',
      rows: [
        { ...row, met: 'unclear' },
        { ...row, met: 'no' },
      ],
    }),
  ).toBe('no');
});

test('what could not be played, or had no goals, is not kept', () => {
  expect(billMet({ fault: 'a', rows: [], failed: 'no server' })).toBe('unclear');
  expect(billMet({ fault: 'a', rows: [peer] })).toBe('unclear');
  expect(reasonsOf({ fault: 'a', rows: [], failed: 'no server' })).toEqual(['a: not played, no server']);
});

test('a line has the gaps with their goals, our counts and the peers beside them', () => {
  const table = summaryTable([{ fault: 'a', rows: [row, { ...row, who: 'requests', refusedWrongly: 3 }, peer] }]);
  const line = table.split('\n').find((one) => one.trimStart().startsWith('a ')) ?? '';
  expect(line.trim().split(/ {2,}/)).toEqual(['a', '200 (250)', '0', '0', '3', '0', '200; 7', 'kept']);
});

test('what is not kept is told with its figure', () => {
  const missed: Row = { ...row, gapMs: 1437, lost: 4, goesOn: false, met: 'no' };
  expect(reasonsOf({ fault: 'a', rows: [row, missed] })).toEqual([
    'a: log-ins: 4 acknowledged and lost, a gap of 1437 ms, at most 250, does not go on',
  ]);
  const near: Row = { ...row, gapMs: 255, met: 'unclear' };
  expect(reasonsOf({ fault: 'a', rows: [near] })).toEqual([
    'a: log-ins: a gap of 255 ms, at most 250 (the load itself was 10 ms late)',
  ]);
});
