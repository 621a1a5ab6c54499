import fc from 'fast-check';
import { expect, test } from 'vitest';
import { divided, nextQuestion } from './group.ts';

const write = fc.record({ replicas: fc.integer({ min: 1, max: 5 }), deadlineMs: fc.nat(1000) });
const writes = fc.array(write, { maxLength: 20 });

test('a question is for the fewest replicas that anybody still waits for, and never waits for ever or beyond a slice', () => {
  fc.assert(
    fc.property(writes, fc.nat(1000), fc.integer({ min: 1, max: 500 }), (open, nowMs, sliceMs) => {
      const question = nextQuestion(open, nowMs, sliceMs);
      const waiting = open.filter(({ deadlineMs }) => deadlineMs > nowMs);
      const fewest = waiting.map(({ replicas }) => replicas).toSorted((a, b) => a - b)[0];
      expect(question?.replicas).toBe(fewest);
      const last = Math.max(...waiting.map(({ deadlineMs }) => deadlineMs));
      expect(question?.timeoutMs ?? 1).toBeGreaterThanOrEqual(1);
      expect(question?.timeoutMs ?? 0).toBeLessThanOrEqual(Math.max(0, Math.min(sliceMs, last - nowMs)));
    }),
  );
});

test('an answer lets go exactly those who asked for no more copies than there are', () => {
  fc.assert(
    fc.property(writes, fc.nat(6), (open, copies) => {
      const { kept, left } = divided(open, copies);
      expect(kept.every(({ replicas }) => replicas <= copies) && left.every(({ replicas }) => replicas > copies)).toBe(
        true,
      );
      expect(new Set([...kept, ...left])).toEqual(new Set(open));
      expect(kept.length + left.length).toBe(open.length);
    }),
  );
});
