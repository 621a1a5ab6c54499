import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualTime } from './clock.ts';

test('nothing happens until the time is moved, then calls come in order of due time, then of planning', async () => {
  const { timers, clock, advance } = virtualTime();
  const seen: string[] = [];
  timers.after(20, () => seen.push(`b@${clock.monotonicMs()}`));
  timers.after(10, () => seen.push(`a@${clock.monotonicMs()}`));
  timers.after(20, () => seen.push(`c@${clock.monotonicMs()}`));
  expect(seen).toEqual([]);
  await advance(19);
  expect(seen).toEqual(['a@10']);
  await advance(1);
  expect(seen).toEqual(['a@10', 'b@20', 'c@20']);
});

test('code that awaits sleeps goes on within one advance', async () => {
  const { timers, clock, advance } = virtualTime();
  const seen: number[] = [];
  const walk = (async () => {
    for (let i = 0; i < 3; i++) {
      await timers.sleep(100);
      seen.push(clock.monotonicMs());
    }
  })();
  await advance(300);
  await walk;
  expect(seen).toEqual([100, 200, 300]);
});

test('every() keeps its beat, and a call that is called off (even by itself) does not come', async () => {
  const { timers, advance, clock } = virtualTime();
  const seen: number[] = [];
  const stop = timers.every(30, () => {
    seen.push(clock.monotonicMs());
    if (seen.length === 3) stop();
  });
  timers.after(5, () => seen.push(-1))();
  await advance(1000);
  expect(seen).toEqual([30, 60, 90]);
});

test('sleep rejects with the reason of an aborted signal', async () => {
  const { timers, advance } = virtualTime();
  const controller = new AbortController();
  const asleep = timers.sleep(1000, controller.signal);
  controller.abort(new Error('enough'));
  await expect(asleep).rejects.toThrow('enough');
  await advance(2000);
});

test('the wall clock may jump without the monotonic one noticing', async () => {
  const time = virtualTime(1_000_000);
  await time.advance(5);
  time.jumpWallClock(-500);
  expect([time.clock.epochMs(), time.clock.monotonicMs()]).toEqual([999_505, 5]);
});

test('property: any set of delays runs in order, once each, and the time never goes back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 50 })),
      fc.array(fc.integer({ min: 1, max: 30 })),
      (delays, steps) => {
        const time = virtualTime();
        const seen: number[] = [];
        for (const delay of delays) time.timers.after(delay, () => seen.push(time.clock.monotonicMs()));
        for (const step of [...steps, 60]) time.advanceAtOnce(step);
        expect(seen).toEqual(delays.map((delay) => Math.max(1, delay)).toSorted((a, b) => a - b));
        expect(time.pending).toBe(0);
      },
    ),
  );
});
