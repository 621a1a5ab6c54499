import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endsAtMs, touchDue } from './lifetime.ts';

const lifetimes = fc
  .tuple(fc.integer({ min: 1, max: 1e8 }), fc.integer({ min: 1, max: 1e8 }))
  .map(([a, b]) => ({ absoluteMs: Math.max(a, b), idleMs: Math.min(a, b) }));

test('no session outlives its longest life, however it is used', () => {
  fc.assert(
    fc.property(lifetimes, fc.nat(1e9), fc.array(fc.nat(1e8)), (lifetime, createdMs, uses) => {
      let seenMs = createdMs;
      for (const laterMs of uses) seenMs += laterMs;
      expect(endsAtMs(createdMs, seenMs, lifetime)).toBeLessThanOrEqual(createdMs + lifetime.absoluteMs);
    }),
  );
});

test('a session that is used goes on for the idle time less one touch, at the least', () => {
  fc.assert(
    fc.property(
      lifetimes,
      fc.nat(1e9),
      fc.array(fc.nat(1e7), { minLength: 1 }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      (lifetime, createdMs, gaps, part) => {
        const touchEveryMs = Math.floor(lifetime.idleMs * part);
        let seenMs = createdMs;
        let nowMs = createdMs;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          if (nowMs >= endsAtMs(createdMs, seenMs, lifetime)) return;
          if (touchDue({ createdMs, seenMs }, nowMs, lifetime, touchEveryMs)) seenMs = nowMs;
          const least = Math.min(createdMs + lifetime.absoluteMs, nowMs + lifetime.idleMs - touchEveryMs);
          expect(endsAtMs(createdMs, seenMs, lifetime)).toBeGreaterThanOrEqual(least);
        }
      },
    ),
  );
});

test('a use is written down only after the throttle, and only while it lengthens the life', () => {
  const lifetime = { absoluteMs: 1000, idleMs: 100 };
  expect(touchDue({ createdMs: 0, seenMs: 0 }, 9, lifetime, 10)).toBe(false);
  expect(touchDue({ createdMs: 0, seenMs: 0 }, 10, lifetime, 10)).toBe(true);
  expect(touchDue({ createdMs: 0, seenMs: 950 }, 980, lifetime, 10)).toBe(false);
});
