import fc from 'fast-check';
import { virtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { betterReading, EngineTime, type Reading } from './engine-time.ts';

const trip = fc.record({ waitMs: fc.nat(20_000), thereMs: fc.nat(300), backMs: fc.nat(300) });

test('the reckoned time is never behind the engine, and ahead by no more than the way there of some answer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(trip, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: -1e9, max: 1e9 }),
      async (trips, offMs) => {
        const machine = virtualTime();
        const engineMs = (): number => machine.clock.epochMs() + offMs;
        const time = new EngineTime(machine.clock, () => Promise.reject(new Error('seen by hand')));
        let most = 0;
        for (const { waitMs, thereMs, backMs } of trips) {
          machine.advanceAtOnce(waitMs);
          const sentMs = machine.clock.monotonicMs();
          machine.advanceAtOnce(thereMs);
          const answer = engineMs();
          machine.advanceAtOnce(backMs);
          time.see(answer, sentMs);
          most = Math.max(most, thereMs);
          expect(time.nowMs() - engineMs()).toBeGreaterThanOrEqual(0);
          expect(time.nowMs() - engineMs()).toBeLessThanOrEqual(most);
        }
      },
    ),
  );
});

test('a quicker answer is kept for ten seconds, then any is newer', () => {
  const reading = (atMs: number, tookMs: number): Reading => ({ aheadMs: atMs, tookMs, atMs });
  const quick = reading(0, 1);
  expect(betterReading(undefined, quick)).toBe(quick);
  expect(betterReading(quick, reading(9999, 2))).toBe(quick);
  expect(betterReading(quick, reading(9999, 1)).atMs).toBe(9999);
  expect(betterReading(quick, reading(10_000, 500)).atMs).toBe(10_000);
});

test('while the engine does not answer it is asked once a second, and the wall clock has to do', async () => {
  const machine = virtualTime();
  let asked = 0;
  const time = new EngineTime(machine.clock, async () => {
    asked++;
    throw new Error('away');
  });
  await Promise.all([time.learn(), time.learn()]);
  expect([asked, time.known, time.nowMs()]).toEqual([1, false, machine.clock.epochMs()]);
  for (let i = 0; i < 50; i++) {
    await machine.advance(100);
    time.nowMs();
  }
  expect(asked).toBe(6);
});
