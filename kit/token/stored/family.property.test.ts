import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Family, familyText, openedFamily, readFamily, rotation } from './family.ts';

const options = { refreshGraceMs: 30, refreshIdleMs: 500 };
const lives = { refreshLifeMs: 2000, refreshIdleMs: 500 };

/** Several holders of one family: who got which turn, and what happens when they use it, at any time and in any order. */
const uses = fc.array(fc.record({ waitMs: fc.nat(60), back: fc.nat(4) }), { maxLength: 60 });

interface Use {
  readonly turn: number;
  readonly newest: number;
  readonly nowMs: number;
  readonly untilMs: number;
}

function wanted(held: Family | undefined, { turn, newest, nowMs, untilMs }: Use): [string, number | undefined] {
  if (held === undefined) return ['unknown', undefined];
  if (nowMs >= Math.min(held.idleUntilMs, untilMs)) return ['expired', undefined];
  if (turn === newest) return ['rotated', newest + 1];
  if (turn === newest - 1 && nowMs - held.turnedAtMs <= options.refreshGraceMs) return ['repeated', newest];
  return ['reused', undefined];
}

test('of a family at most one turn is good, its successor is one, and a turn used late ends it for ever', () => {
  fc.assert(
    fc.property(uses, (list) => {
      let nowMs = 1000;
      let family: Family | undefined = openedFamily(0, nowMs, lives);
      const opened = family;
      let newest = 1;
      for (const { waitMs, back } of list) {
        nowMs += waitMs;
        const turn = Math.max(1, newest - back);
        const held: Family | undefined = family;
        const { outcome, family: next } = rotation(held, { turn, everyone: 0 }, nowMs, options);
        family = next;
        expect([outcome, next?.turn]).toEqual(wanted(held, { turn, newest, nowMs, untilMs: opened.untilMs }));
        newest = next?.turn ?? newest;
        expect(next?.untilMs ?? opened.untilMs).toBe(opened.untilMs);
        expect(next?.idleUntilMs ?? 0).toBeLessThanOrEqual(opened.untilMs);
        expect(readFamily(next && Buffer.from(familyText(next)))).toEqual(next);
      }
    }),
  );
});

test('a thief and his victim cannot both go on: within two turns of each, one of them is refused', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ thief: fc.boolean(), waitMs: fc.nat(40) }), { minLength: 40, maxLength: 60 }),
      (list) => {
        let nowMs = 0;
        let family: Family | undefined = openedFamily(0, nowMs, { refreshLifeMs: 1e9, refreshIdleMs: 1e9 });
        const held = { thief: 1, victim: 1 };
        const turns = { thief: 0, victim: 0 };
        for (const { thief, waitMs } of list) {
          nowMs += waitMs + options.refreshGraceMs + 1;
          const who = thief ? 'thief' : 'victim';
          const result = rotation(family, { turn: held[who], everyone: 0 }, nowMs, options);
          family = result.family;
          if (family === undefined) break;
          held[who] = family.turn;
          turns[who]++;
        }
        expect(Math.min(turns.thief, turns.victim)).toBe(0);
      },
    ),
  );
});

test('everyone revoked ends it, and a turn that the state lost in a failover goes on', () => {
  const family = openedFamily(7, 0, lives);
  expect(rotation(family, { turn: 1, everyone: 8 }, 1, options)).toEqual({ outcome: 'revoked', family: undefined });
  expect(rotation(family, { turn: 4, everyone: 7 }, 1, options)).toMatchObject({
    outcome: 'rotated',
    family: { turn: 5 },
  });
});
