/** What becomes of a failed attempt and of a lost worker. */
import { seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideCrash, decideFailure } from './failure.ts';

const rules = fc.record({
  attempts: fc.integer({ min: 1, max: 20 }),
  backoff: fc.record({
    firstMs: fc.integer({ min: 1, max: 5000 }),
    maxMs: fc.integer({ min: 1, max: 600_000 }),
    floor: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
});

describe('decideFailure', () => {
  test('gives up exactly when as many attempts were begun as are allowed, and waits within the bounds of the back-off', () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 1, max: 30 }), fc.integer(), (rule, attempt, seed) => {
        const decision = decideFailure({ attempt, error: new Error('x') }, rule, [], seededRandom(seed));
        expect(decision.event === 'giveUp').toBe(attempt >= rule.attempts);
        const most = Math.min(rule.backoff.maxMs, rule.backoff.firstMs * 2 ** (attempt - 1));
        const delayMs = decision.event === 'againLater' ? decision.delayMs : decision.event === 'again' ? 0 : most;
        expect(delayMs).toBeLessThanOrEqual(Math.ceil(most));
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(most * rule.backoff.floor));
      }),
    );
  });

  test('takes the first class that fits, and of it what it says', () => {
    const rule = { attempts: 5, backoff: { firstMs: 100, maxMs: 100, floor: 1 } };
    const classes = [
      { when: (error: unknown) => error instanceof RangeError, attempts: 1 },
      { when: (error: unknown) => error instanceof TypeError, backoff: { firstMs: 7, maxMs: 7, floor: 1 } },
      { when: () => true, attempts: 2 },
    ];
    const decide = (error: unknown, attempt: number) =>
      decideFailure({ attempt, error }, rule, classes, seededRandom(1));
    expect(decide(new RangeError('r'), 1)).toEqual({ event: 'giveUp', reason: 'failed' });
    expect(decide(new TypeError('t'), 4)).toEqual({ event: 'againLater', delayMs: 7 });
    expect(decide(new TypeError('t'), 5)).toEqual({ event: 'giveUp', reason: 'failed 5 times' });
    expect(decide(new Error('e'), 1)).toEqual({ event: 'againLater', delayMs: 100 });
    expect(decide(new Error('e'), 2)).toEqual({ event: 'giveUp', reason: 'failed 2 times' });
  });

  test('an error that names its own wait is heeded', () => {
    const rule = { attempts: 5, backoff: { firstMs: 100, maxMs: 100, floor: 1 } };
    const decide = (afterMs: number) => decideFailure({ attempt: 1, error: 0, afterMs }, rule, [], seededRandom(1));
    expect(decide(12_345)).toEqual({ event: 'againLater', delayMs: 12_345 });
    expect(decide(0)).toEqual({ event: 'again' });
  });
});

test('a job is condemned by one crash more than it may have', () => {
  expect([1, 2, 3].map((crashes) => decideCrash(crashes, 2))).toEqual(['crash', 'crash', 'condemn']);
  expect(decideCrash(1, 0)).toBe('condemn');
});
