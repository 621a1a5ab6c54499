import { expect, test } from 'vitest';
import { metOf, type Row } from './rows.ts';

const clean: Omit<Row, 'met'> = {
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
};
const plain = { durable: 0, engine: 'sentinel' } as const;
const durable = { durable: 1, engine: 'sentinel' } as const;
const alone = { durable: 0, engine: 'server' } as const;

test.each([
  ['all is well', {}, 'yes'],
  ['a call was left pending', { pending: 1 }, 'no'],
  ['a call ended after its deadline', { beyondDeadline: 1 }, 'no'],
  ['something failed that should not', { failed: 1 }, 'no'],
  ['it does not go on', { goesOn: false }, 'no'],
  ['the gap is too long', { gapMs: 300 }, 'no'],
  ['the gap is too long by less than the load was late', { gapMs: 255 }, 'unclear'],
  ['no gap is judged', { gapMs: 9000, gapGoalMs: null }, 'yes'],
] as const)('%s: %j is %s', (_, change, met) => {
  expect(metOf({ ...clean, ...change }, plain)).toBe(met);
});

test.each(['lost', 'back', 'refusedWrongly', 'acceptedAfterEnd'] as const)(
  '%s: a no where what is acknowledged is kept, else it cannot be told whose fault it was',
  (count) => {
    const row = { ...clean, [count]: 1 };
    expect(metOf(row, durable)).toBe('no');
    expect(metOf(row, alone)).toBe('no');
    expect(metOf(row, plain)).toBe('unclear');
  },
);
