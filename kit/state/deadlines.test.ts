import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualTime } from '@palier/testkit/clock';
import { Deadlines } from './deadlines.ts';

test('each call ends at its deadline, at most two ticks late and never early, unless it was removed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ atMs: fc.nat(500), timeoutMs: fc.integer({ min: 1, max: 2000 }), removed: fc.boolean() }), {
        maxLength: 30,
      }),
      async (calls) => {
        const time = virtualTime();
        const deadlines = new Deadlines(time.clock, time.timers);
        const lateness: number[] = [];
        for (const { atMs, timeoutMs, removed } of calls) {
          time.timers.after(Math.max(1, atMs), () => {
            const dueMs = time.clock.monotonicMs() + timeoutMs;
            const timed = { tick: undefined, place: 0, expire: () => lateness.push(time.clock.monotonicMs() - dueMs) };
            deadlines.add(timed, timeoutMs);
            if (removed) deadlines.remove(timed);
          });
        }
        await time.advance(3000);
        expect(lateness).toHaveLength(calls.filter(({ removed }) => !removed).length);
        for (const lateMs of lateness) {
          expect(lateMs).toBeGreaterThanOrEqual(0);
          expect(lateMs).toBeLessThanOrEqual(20);
        }
        // The one timer rests when there is nothing to wait for.
        expect(time.pending).toBe(0);
      },
    ),
  );
});

test('an answer that is there when the deadline falls is read first', async () => {
  const time = virtualTime();
  const deadlines = new Deadlines(time.clock, time.timers);
  let expired = 0;
  const timed = { tick: undefined, place: 0, expire: () => expired++ };
  // What a process finds when it goes on: the answer to be read, and a timer that is due.
  time.timers.after(100, () => time.timers.soon(() => deadlines.remove(timed)));
  deadlines.add(timed, 100);
  await time.advance(1000);
  expect(expired).toBe(0);
  deadlines.add(timed, 100);
  await time.advance(1000);
  expect(expired).toBe(1);
});
