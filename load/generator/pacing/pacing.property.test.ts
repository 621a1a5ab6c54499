import type { Stage } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agenda } from './agenda.ts';
import { Deadlines, type Waiting } from './deadlines.ts';
import { lengthOf, type Move, movesOf, peakOf } from './pacer.ts';

const stages = fc
  .array(fc.record({ hold: fc.boolean(), users: fc.nat(40), durationMs: fc.nat(5000) }), { minLength: 1, maxLength: 8 })
  .map((list) => {
    let users = 0;
    return list.map(({ hold, users: to, durationMs }): Stage => {
      const fromLevel = users;
      if (!hold) users = to;
      return { kind: hold ? 'hold' : 'ramp', fromLevel, toLevel: users, durationMs };
    });
  });
const whole = { index: 0, of: 1 };
const moves = (list: readonly Stage[], share = whole): Move[] => [...movesOf(list, share)];

describe('movesOf', () => {
  it('goes forward in time, and a place is never taken twice nor left empty-handed', () => {
    fc.assert(
      fc.property(stages, (list) => {
        const there = new Set<number>();
        let at = 0;
        for (const { atMs, place, comes } of moves(list)) {
          expect(atMs).toBeGreaterThanOrEqual(at);
          at = atMs;
          expect(there.has(place)).toBe(!comes);
          if (comes) there.add(place);
          else there.delete(place);
          expect(place).toBeLessThan(peakOf(list));
        }
        expect(at).toBeLessThanOrEqual(lengthOf(list) + 1e-6);
        expect(there.size).toBe(list.at(-1)?.toLevel);
      }),
    );
  });

  it('has within a ramp at most one user more or less than the straight line', () => {
    fc.assert(
      fc.property(stages, fc.double({ min: 0, max: 1, noNaN: true }), (list, part) => {
        let start = 0;
        for (const { fromLevel, toLevel, durationMs } of list) {
          const at = start + part * durationMs;
          start += durationMs;
          // In stages without length nothing can be said of their middle.
          if (durationMs === 0 || at >= start) continue;
          const present = moves(list).reduce((sum, move) => sum + (move.atMs <= at ? (move.comes ? 1 : -1) : 0), 0);
          const line = fromLevel + (toLevel - fromLevel) * part;
          expect(Math.abs(present - line)).toBeLessThanOrEqual(1 + 1e-6);
        }
      }),
    );
  });

  it('gives several generators together exactly the moves of one', () => {
    fc.assert(
      fc.property(stages, fc.integer({ min: 1, max: 5 }), (list, of) => {
        const key = ({ atMs, place, comes }: Move): string => `${atMs} ${place} ${comes}`;
        const shared = Array.from({ length: of }, (_, index) => moves(list, { index, of })).flat();
        expect(shared.map(key).sort()).toEqual(moves(list).map(key).sort());
      }),
    );
  });
});

describe('Agenda', () => {
  it('hands out everything once, in order of its time', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(100), fc.constant(null)), { maxLength: 200 }), (steps) => {
        const agenda = new Agenda<number>();
        const model: number[] = [];
        for (const step of steps) {
          model.sort((a, b) => a - b);
          expect(agenda.nextDue).toBe(model[0] ?? Number.POSITIVE_INFINITY);
          const [taken, expected] = step === null ? [agenda.take(), model.shift()] : [0, 0];
          expect(taken).toBe(expected);
          if (step !== null) {
            agenda.add(step, step);
            model.push(step);
          }
          expect(agenda.size).toBe(model.length);
        }
      }),
    );
  });
});

describe('Deadlines', () => {
  it('always knows who has waited longest, whoever leaves', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 100 }), (steps) => {
        const list = new Deadlines<Waiting>();
        const model: Waiting[] = [];
        for (const [now, step] of steps.entries()) {
          const leaving = model[step];
          if (leaving === undefined) {
            const entry: Waiting = { earlier: null, later: null, sinceMs: 0 };
            list.add(entry, now);
            model.push(entry);
          } else {
            list.remove(leaving);
            model.splice(step, 1);
          }
          expect(list.size).toBe(model.length);
          expect(list.any).toBe(model[0] ?? null);
          expect(list.overdue(now - 5)).toBe(model[0] !== undefined && model[0].sinceMs <= now - 5 ? model[0] : null);
        }
      }),
    );
  });
});
