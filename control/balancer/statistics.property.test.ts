import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QueueStatistics } from './statistics.ts';

test('the time that all waited is the sum of what each waited, however often it is asked for', () => {
  // Arrivals and departures in the order of time; who leaves is the one that waits longest.
  const step = fc.record({ afterMs: fc.integer({ min: 0, max: 500 }), comes: fc.boolean(), asks: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new QueueStatistics();
      const since: number[] = [];
      let [nowMs, waitedMs, queued, told, toldQueued] = [0, 0, 0, 0, 0];
      for (const { afterMs, comes, asks } of steps) {
        nowMs += afterMs;
        if (comes) {
          since.push(nowMs);
          queued++;
        } else if (since.length > 0) waitedMs += nowMs - (since.shift() as number);
        queue.set(since.length, nowMs);
        if (!asks) continue;
        const sample = queue.take(nowMs);
        told += sample.waitedMs;
        toldQueued += sample.queued;
        expect(sample.mostWaiting).toBeGreaterThanOrEqual(since.length);
      }
      const last = queue.take(nowMs);
      expect(told + last.waitedMs).toBe(waitedMs + since.reduce((sum, fromMs) => sum + nowMs - fromMs, 0));
      expect(toldQueued + last.queued).toBe(queued);
    }),
  );
});

test('who still waits counts as the most of the next second too', () => {
  const queue = new QueueStatistics();
  queue.set(3, 100);
  queue.set(2, 200);
  expect(queue.take(1000)).toEqual({ mostWaiting: 3, queued: 3, waitedMs: 300 + 1600 });
  expect(queue.take(2000)).toEqual({ mostWaiting: 2, queued: 0, waitedMs: 2000 });
});
