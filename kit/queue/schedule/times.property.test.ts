/** When recurring jobs are due. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextAfter, patternOf, recurrenceIn } from './times.ts';

const at = (text: string) => Date.parse(text);

describe('nextAfter', () => {
  test('is the first moment after, whichever way it is asked: from just before it the same, from it the following', () => {
    const moments = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') });
    const recurrences = fc.oneof(
      fc.integer({ min: 1000, max: 86_400_000 }).map((everyMs) => ({ everyMs })),
      fc.constantFrom('* * * * *', '*/7 * * * *', '0 3 * * *', '30 2 * * 0', '0 0 1 * *').map((cron) => ({ cron })),
    );
    fc.assert(
      fc.property(moments, recurrences, (afterMs, recurrence) => {
        const next = nextAfter(recurrence, afterMs) as number;
        expect(next).toBeGreaterThan(afterMs);
        expect(nextAfter(recurrence, next - 1)).toBe(next);
        expect(nextAfter(recurrence, next)).toBeGreaterThan(next);
      }),
      { numRuns: 20 },
    );
  });

  test('a recurrence is read out of its pattern as it was put in', () => {
    const recurrences = fc.oneof(
      fc.integer({ min: 1000, max: 366 * 86_400_000 }).map((everyMs) => ({ everyMs })),
      fc.record({
        cron: fc.constantFrom('* * * * *', '*/7 1-5 * * 1', '0 0 3 * * *', '@daily'),
        timezone: fc.constantFrom('UTC', 'Europe/Paris', 'America/Argentina/Buenos_Aires'),
      }),
    );
    fc.assert(
      fc.property(recurrences, (recurrence) => {
        expect(recurrenceIn(patternOf(recurrence))).toEqual(recurrence);
      }),
    );
  });

  test('knows time zones and their summer', () => {
    const paris = { cron: '0 3 * * *', timezone: 'Europe/Paris' };
    expect(nextAfter(paris, at('2026-01-10T00:00:00Z'))).toBe(at('2026-01-10T02:00:00Z'));
    expect(nextAfter(paris, at('2026-07-10T00:00:00Z'))).toBe(at('2026-07-10T01:00:00Z'));
    expect(nextAfter({ cron: '0 3 * * *' }, at('2026-07-10T00:00:00Z'))).toBe(at('2026-07-10T03:00:00Z'));
  });

  test('a pattern that is none, a zone that is none and a time too short are told', () => {
    for (const wrong of [{ cron: 'often' }, { cron: '0 3 * * *', timezone: 'Mars/Olympus' }, { everyMs: 10 }]) {
      expect(() => patternOf(wrong)).toThrow(/schedules is/);
    }
    expect(patternOf({ cron: '0 3 * * *' })).not.toBe(patternOf({ cron: '0 3 * * *', timezone: 'Europe/Paris' }));
  });
});
