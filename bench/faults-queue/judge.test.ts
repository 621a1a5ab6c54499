import { expect, test } from 'vitest';
import { judge, type Note, noteOf, type Story, wrongs } from './judge.ts';

let clockMs = 0;
/** Their letters are in the order of their attempts. */
const note = (what: Note['what'], n: number, token: string): Note => {
  return { what, n, token, attempt: token.charCodeAt(0), atMs: ++clockMs };
};
const begun = (n: number, token: string): Note => note('begun', n, token);
const finished = (n: number, token: string): Note => note('ended', n, token);

function storyOf(story: Partial<Story>): Story {
  return {
    jobs: [],
    live: new Set(),
    ended: [],
    notes: [],
    refusals: [],
    effects: [],
    outputs: [],
    pages: 2,
    ...story,
  };
}

const kept = { id: 11, n: 1, kind: 'kept' } as const;
const done = (token: string) => ({ id: 11, result: JSON.stringify({ token }), reason: null });

test('a job that was begun again is done, if the result is that of the attempt that was begun last', () => {
  const story = storyOf({ jobs: [kept], notes: [begun(1, 'a'), begun(1, 'b')], ended: [done('b')] });
  expect(judge(story)).toMatchObject({ jobs: 1, done: 1, lost: 0, fencedAccepted: 0, begunAgain: 1 });
  expect(wrongs(judge(story))).toBe(0);
});

test('the result of an attempt after which another one was begun is that of a fenced worker', () => {
  const story = storyOf({ jobs: [kept], notes: [begun(1, 'a'), begun(1, 'b')], ended: [done('a')] });
  expect(judge(story).fencedAccepted).toBe(1);
  expect(wrongs(judge(story))).toBe(1);
});

test('who was frozen before it began, and begins when another one is done, has not taken the job from that one', () => {
  const story = storyOf({ jobs: [kept], notes: [begun(1, 'b'), begun(1, 'a')], ended: [done('b')] });
  expect(wrongs(judge(story))).toBe(0);
});

test('what is still to be done when all is over is lost, and so is what is nowhere; what is dead is dead', () => {
  const notes = [begun(1, 'a')];
  expect(judge(storyOf({ jobs: [kept], notes, live: new Set([11]) })).lost).toBe(1);
  expect(judge(storyOf({ jobs: [kept], notes })).lost).toBe(1);
  const dead = { id: 11, result: null, reason: 'its worker was lost 3 times' };
  expect(judge(storyOf({ jobs: [kept], notes, ended: [dead] }))).toMatchObject({ dead: 1, lost: 0, done: 0 });
});

test('of a job that nothing is kept of, the handler that was begun last must have come to its end', () => {
  const gone = { id: 11, n: 1, kind: 'gone' } as const;
  expect(judge(storyOf({ jobs: [gone], notes: [begun(1, 'a'), finished(1, 'a')] })).lost).toBe(0);
  expect(judge(storyOf({ jobs: [gone], notes: [begun(1, 'a'), finished(1, 'a'), begun(1, 'b')] })).lost).toBe(1);
  expect(judge(storyOf({ jobs: [gone] })).lost).toBe(1);
});

test('a row that is written with the end of its job is there once', () => {
  const effect = { id: 11, n: 1, kind: 'effect' } as const;
  const notes = [begun(1, 'a'), begun(1, 'b')];
  const of = (...tokens: string[]) =>
    storyOf({ jobs: [effect], notes, effects: tokens.map((token) => ({ n: 1, token })) });
  expect(wrongs(judge(of('b')))).toBe(0);
  expect(judge(of('a', 'b')).effectsWrong).toBe(1);
  expect(judge(of('a')).fencedAccepted).toBe(1);
  expect(judge(of()).lost).toBe(1);
});

test('pages are there once each, and none was written by an attempt after a later one had', () => {
  const paged = { id: 11, n: 1, kind: 'paged' } as const;
  const notes = [begun(1, 'a'), begun(1, 'b')];
  const of = (...rows: [page: number, token: string][]) =>
    storyOf({
      jobs: [paged],
      notes,
      ended: [done('b')],
      outputs: rows.map(([page, token]) => ({ n: 1, page, token })),
    });
  expect(wrongs(judge(of([1, 'a'], [2, 'b'])))).toBe(0);
  expect(wrongs(judge(of([2, 'b'], [1, 'b'])))).toBe(0);
  for (const wrong of [
    of([1, 'a']),
    of([1, 'a'], [2, 'b'], [2, 'b']),
    of([1, 'b'], [2, 'a']),
    of([1, 'x'], [2, 'b']),
  ]) {
    expect(judge(wrong).outputsWrong).toBe(1);
  }
});

test('a line that was cut by the end of its writer is no note', () => {
  const whole = { what: 'begun', n: 7, token: '12-3', attempt: 2, atMs: 45.678 };
  expect(noteOf('begun 7 12-3 2 45.678')).toEqual(whole);
  expect(noteOf('begun 7 12-3 2 45.6')).toBeUndefined();
  expect(noteOf('')).toBeUndefined();
});
