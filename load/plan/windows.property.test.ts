import type { Scenario, Stage } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phasesOf, scaleStages, windowsOf } from './windows.ts';

const stages = fc
  .array(fc.record({ hold: fc.boolean(), users: fc.nat(50), durationMs: fc.nat(60_000) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((list) => {
    let users = 0;
    return list.map(({ hold, users: to, durationMs }): Stage => {
      const fromLevel = users;
      if (!hold) users = to;
      return { kind: hold ? 'hold' : 'ramp', fromLevel, toLevel: users, durationMs };
    });
  });
const timed: fc.Arbitrary<Pick<Scenario, 'stages' | 'model' | 'judge' | 'warmUpMs'>> = fc.record({
  stages,
  model: fc.constantFrom('closed' as const, 'open' as const),
  judge: fc.constantFrom('holds' as const, 'everything' as const),
  warmUpMs: fc.nat(10_000),
});
const scale = fc.double({ min: 0.001, max: 1, noNaN: true });

describe('phasesOf and windowsOf', () => {
  it('follow one another without a gap from 0 to the end, none empty, each name once', () => {
    fc.assert(
      fc.property(timed, scale, (scenario, timeScale) => {
        const phases = phasesOf(scenario, timeScale);
        const windows = windowsOf(phases, scenario.judge);
        let at = 0;
        for (const window of windows) {
          expect(window.startMs).toBe(at);
          expect(window.endMs).toBeGreaterThan(at);
          at = window.endMs;
        }
        expect(at).toBe(phases.at(-1)?.endMs);
        const whole = windows.filter(({ early }) => early !== true);
        expect(new Set(whole.map((window) => window.name)).size).toBe(whole.length);
      }),
    );
  });

  it('shorten holds only', () => {
    fc.assert(
      fc.property(timed, scale, (scenario, timeScale) => {
        for (const [i, stage] of scaleStages(scenario.stages, timeScale).entries()) {
          const { kind, durationMs } = scenario.stages[i] as Stage;
          expect(stage.durationMs).toBe(kind === 'hold' ? durationMs * timeScale : durationMs);
        }
      }),
    );
  });

  it('judge the holds after their warm-up and at least half of each, never a ramp and never an empty house', () => {
    fc.assert(
      fc.property(timed, scale, (scenario, timeScale) => {
        const phases = phasesOf({ ...scenario, judge: 'holds' }, timeScale);
        for (const { kind, toLevel, startMs, endMs, judged } of phases) {
          const judgeable = kind === 'hold' && toLevel > 0 && endMs > startMs;
          expect(judged !== null).toBe(judgeable);
          if (judged === null) continue;
          expect(judged.endMs).toBe(endMs);
          expect(judged.endMs - judged.startMs).toBeGreaterThanOrEqual((endMs - startMs) / 2 - 1e-6);
          expect(judged.startMs - startMs).toBeLessThanOrEqual(scenario.warmUpMs + 1e-6);
        }
        const parts = phases.flatMap(({ judged }) => (judged === null ? [] : [judged]));
        const windows = windowsOf(phases, 'holds').filter((window) => window.judged);
        const begins = windows.filter((_, i) => windows[i - 1]?.early !== true);
        const ends = windows.filter((window) => window.early !== true);
        expect(begins.map(({ startMs }, i) => ({ startMs, endMs: ends[i]?.endMs }))).toEqual(parts);
      }),
    );
  });

  it('account for the first half of a hold in parts of a second or more, the last of which ends at its middle', () => {
    fc.assert(
      fc.property(timed, scale, (scenario, timeScale) => {
        const phases = phasesOf({ ...scenario, judge: 'holds' }, timeScale);
        const windows = windowsOf(phases, 'holds');
        for (const { startMs, endMs, judged } of phases) {
          if (judged === null) continue;
          const middleMs = (startMs + endMs) / 2;
          const early = windows.filter((one) => one.early === true && one.startMs >= startMs && one.endMs <= endMs);
          expect(early.length).toBeLessThanOrEqual(10);
          expect(early.every((one) => one.judged)).toBe(true);
          const shortest = Math.min(...early.map((one) => one.endMs - one.startMs));
          expect(shortest).toBeGreaterThan(early.length > 1 ? 999 : 0);
          const isLong = endMs - startMs >= 15_000 && judged.startMs < middleMs;
          expect(early.at(-1)?.endMs ?? null).toBe(isLong ? middleMs : null);
        }
      }),
    );
  });

  it('name the level of an open model as a rate', () => {
    const stages = [
      { kind: 'ramp' as const, fromLevel: 0, toLevel: 200, durationMs: 10 },
      { kind: 'hold' as const, fromLevel: 200, toLevel: 200, durationMs: 20 },
    ];
    const phases = phasesOf({ stages, model: 'open', judge: 'holds', warmUpMs: 5 });
    const names = windowsOf(phases, 'holds').map(({ name }) => name);
    expect(names).toEqual(['ramp to 200/s', 'warm-up at 200/s', 'hold at 200/s']);
  });

  it('judge everything in one window when the scenario says so', () => {
    const phases = phasesOf({
      stages: [{ kind: 'ramp', fromLevel: 0, toLevel: 5, durationMs: 10 }],
      model: 'closed',
      judge: 'everything',
      warmUpMs: 5,
    });
    expect(windowsOf(phases, 'everything')).toEqual([{ name: 'everything', startMs: 0, endMs: 10, judged: true }]);
    expect(phases[0]?.judged).toEqual({ startMs: 0, endMs: 10 });
  });
});
