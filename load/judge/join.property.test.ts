import type { ScenarioEvidence } from './evidence.ts';
import { judgedWindows } from './evidence.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinWindows } from './join.ts';
import { simulateEvidence } from './testing/evidence.ts';

const evidence = simulateEvidence({ users: 30, holdMs: 30_000 });
const withoutEarly = (one: ScenarioEvidence): ScenarioEvidence['result']['windows'] =>
  one.result.windows.filter(({ window }) => window.judged && window.early !== true);

describe('joinWindows()', () => {
  it('makes of a hold in parts what the hold by itself would have been', () => {
    const [joined] = judgedWindows(evidence);
    const whole = simulateEvidence({
      users: 30,
      holdMs: 30_000,
      windows: [
        { name: 'before', startMs: 0, endMs: 8000, judged: false },
        { name: 'hold at 30', startMs: 8000, endMs: 33_000, judged: true },
      ],
    });
    const [one] = withoutEarly(whole);
    expect(joined?.result.window).toEqual(one?.window);
    expect(joined?.result.routes).toEqual(one?.routes);
    expect(joined?.result.total).toEqual(one?.total);
    expect(joined?.result.generator.lag).toEqual(one?.generator.lag);
    for (const sum of ['userMs', 'waitMs', 'thinkMs', 'sendsDue', 'sendsMade'] as const) {
      expect(joined?.result[sum]).toBeCloseTo(one?.[sum] ?? Number.NaN, 3);
    }
  });

  it('is the same in whatever order parts are joined into larger ones', () => {
    const parts = evidence.result.windows.filter(({ window }) => window.judged);
    expect(parts.length).toBeGreaterThan(5);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: parts.length - 1 }), (at) => {
        const twice = joinWindows([joinWindows(parts.slice(0, at)), joinWindows(parts.slice(at))]);
        const once = joinWindows(parts);
        expect(twice.total).toEqual(once.total);
        expect(twice.routes).toEqual(once.routes);
        expect(twice.window).toEqual(once.window);
        expect(twice.userMs).toBeCloseTo(once.userMs, 3);
        expect(twice.generator.loopUtilisation).toBeCloseTo(once.generator.loopUtilisation, 9);
      }),
      { numRuns: 10 },
    );
  });
});
