import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Waiting } from './deadlines.ts';
import { Patience } from './patience.ts';

interface Entry extends Waiting {
  readonly number: number;
  lengthMs: number;
}

const acts = fc.array(
  fc.record({
    do: fc.constantFrom('join', 'leave', 'look'),
    who: fc.nat(9),
    lengthMs: fc.constantFrom(5, 20, 20.5, 300),
    afterMs: fc.nat(40),
  }),
  { maxLength: 200 },
);

function takeOverdue(patience: Patience<Entry>, nowMs: number): Entry[] {
  const late: Entry[] = [];
  for (let one = patience.overdue(nowMs); one !== null; one = patience.overdue(nowMs)) {
    patience.remove(one, one.lengthMs);
    late.push(one);
  }
  return late;
}

describe('Patience', () => {
  it('tells who is due as a list of all would, in that order, whatever joins and leaves', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const patience = new Patience<Entry>();
        const entries = Array.from({ length: 10 }, (_, number): Entry => {
          return { number, lengthMs: 0, earlier: null, later: null, sinceMs: 0 };
        });
        const waiting = new Set<Entry>();
        const due = (entry: Entry): number => entry.sinceMs + entry.lengthMs;
        let nowMs = 0;
        for (const { do: act, who, lengthMs, afterMs } of list) {
          nowMs += afterMs;
          const entry = entries[who] as Entry;
          if (act === 'join' && !waiting.has(entry)) {
            entry.lengthMs = lengthMs;
            patience.add(entry, lengthMs, nowMs);
            waiting.add(entry);
          } else if (act === 'leave' && waiting.delete(entry)) patience.remove(entry, entry.lengthMs);
          const late = act === 'look' ? takeOverdue(patience, nowMs) : [];
          const expected = [...waiting]
            .filter((one) => act === 'look' && due(one) <= nowMs)
            .toSorted((a, b) => due(a) - due(b));
          expect(late.map(due)).toEqual(expected.map(due));
          expect(new Set(late)).toEqual(new Set(expected));
          for (const one of late) waiting.delete(one);
          expect(patience.size).toBe(waiting.size);
          expect(patience.any === null).toBe(waiting.size === 0);
          expect(patience.nextDue).toBe(Math.min(Number.POSITIVE_INFINITY, ...[...waiting].map(due)));
        }
      }),
    );
  });
});
