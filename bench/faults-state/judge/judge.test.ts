import { expect, test } from 'vitest';
import type { Answer } from '../load/answers.ts';
import { type Bounds, type Ending, endingsOf, firstOf, judge, latenessOf } from './judge.ts';

const bounds: Bounds = { fromMs: 0, toMs: 1000, deadlineMs: 500, lateMs: 0, believedForMs: 100 };

function answer(sentMs: number, tookMs: number | null, rest: Partial<Answer> = {}): Answer {
  const endedMs = tookMs === null ? null : sentMs + tookMs;
  const outcome = tookMs === null ? null : 'good';
  return { act: 'validate', subject: 0, shard: 0, intendedMs: sentMs, sentMs, endedMs, outcome, ...rest };
}

function judged(answers: readonly Answer[], endings: readonly (readonly [number, Ending])[] = []) {
  return judge(answers, new Map(endings), bounds);
}

test('unavailable is not refused wrongly', () => {
  const { unavailable, refusedWrongly } = judged([answer(1, 1, { outcome: 'unavailable' })]);
  expect([unavailable, refusedWrongly]).toEqual([1, 0]);
});

test('refused is wrong while nobody had begun to end it, and while another one was ended', () => {
  const refused = { outcome: 'refused' as const };
  expect(judged([answer(1, 1, refused)]).refusedWrongly).toBe(1);
  expect(judged([answer(1, 8, refused)], [[0, { begunMs: 10, ackedMs: 20 }]]).refusedWrongly).toBe(1);
  expect(judged([answer(30, 1, refused)], [[1, { begunMs: 10, ackedMs: 20 }]]).refusedWrongly).toBe(1);
});

test('while it is being ended, or nobody knows whether it was, either answer is right', () => {
  const both = [
    answer(1, 15, { outcome: 'refused' }),
    answer(15, 1),
    answer(900, 1),
    answer(900, 1, { outcome: 'refused' }),
  ];
  const { refusedWrongly, acceptedAfterEnd } = judged(both, [[0, { begunMs: 10, ackedMs: null }]]);
  expect([refusedWrongly, acceptedAfterEnd]).toEqual([0, 0]);
});

test('accepted after the end: sent later than it was acknowledged and may be believed for', () => {
  const ending = [[0, { begunMs: 10, ackedMs: 20 }]] as const;
  expect(judged([answer(119, 5)], ending)).toMatchObject({ acceptedAfterEnd: 0, believedForMs: 99 });
  expect(judged([answer(121, 5)], ending)).toMatchObject({ acceptedAfterEnd: 1, believedForMs: 101 });
  expect(judged([answer(121, 5, { outcome: 'refused' })], ending)).toMatchObject({
    refusedRightly: 1,
    believedForMs: 0,
  });
});

test('what is over by itself may not be believed a moment longer', () => {
  expect(judged([answer(21, 1)], [[0, { begunMs: 10, ackedMs: 20, exact: true }]]).acceptedAfterEnd).toBe(1);
});

test('a call that never ended is pending; one that took longer than its deadline is beyond it, but for the lateness of the load', () => {
  expect(judged([answer(1, null)])).toMatchObject({ pending: 1, beyondDeadline: 0, asked: 1 });
  expect(judged([answer(1, 551)])).toMatchObject({ pending: 0, beyondDeadline: 1, longestCallMs: 551 });
  const late = [answer(1, 551, { intendedMs: -9 })];
  expect(latenessOf(late)).toBe(10);
  expect(judge(late, new Map(), { ...bounds, lateMs: 10 }).beyondDeadline).toBe(0);
});

test('the gap is that of the worst shard, though the others go on', () => {
  const steady = Array.from({ length: 100 }, (_, i) => answer(i * 10, 1, { shard: 1 }));
  const broken = [100, 200, 700, 900].map((ms) => answer(ms, 0));
  expect(judged([...steady, ...broken])).toMatchObject({ gapMs: 500, goesOn: true });
});

test('a gap that does not end is told as one: it does not go on', () => {
  const late = judge([answer(1, 0)], new Map(), { ...bounds, toMs: 5000 });
  expect(late).toMatchObject({ gapMs: 4999, goesOn: false });
  expect(judge([], new Map(), bounds).goesOn).toBe(false);
});

test('endingsOf(): a failed end began and is not acknowledged; the first that was acknowledged counts', () => {
  const revoke = { act: 'revoke' as const };
  const endings = endingsOf([
    answer(10, 5, { ...revoke, outcome: 'unavailable' }),
    answer(30, 5, revoke),
    answer(50, 5, revoke),
    answer(60, 5, { ...revoke, subject: 7, outcome: 'unavailable' }),
    answer(70, 5, { subject: 8 }),
  ]);
  expect([...endings]).toEqual([
    [0, { begunMs: 10, ackedMs: 35 }],
    [7, { begunMs: 60, ackedMs: null }],
  ]);
});

test('firstOf(): of a revocation and the end of its time, whichever comes first', () => {
  const over: Ending = { begunMs: 90, ackedMs: 100, exact: true };
  expect(firstOf(undefined, over)).toBe(over);
  expect(firstOf({ begunMs: 10, ackedMs: 20 }, over)).toEqual({ begunMs: 10, ackedMs: 20 });
  expect(firstOf({ begunMs: 10, ackedMs: null }, over)).toEqual({ begunMs: 10, ackedMs: 100, exact: true });
  expect(firstOf({ begunMs: 110, ackedMs: 120 }, over)).toEqual(over);
});
