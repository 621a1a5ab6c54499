import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merge } from './walk.ts';

describe('merge()', () => {
  it('gives each account of any number of captures once, with all captures that have it', () => {
    const capture = fc.uniqueArray(fc.integer({ min: 100, max: 160 }).map(String), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(capture, { maxLength: 5 }), fc.integer({ min: 1, max: 7 }), (captures, most) => {
        const sorted = captures.map((ids) => ids.toSorted());
        const met: [string, number[]][] = [];
        for (let after: string | null = ''; after !== null; ) {
          const from: string = after;
          const merged = merge(
            sorted.map((ids) => ids.filter((id) => id > from).slice(0, most)),
            most,
          );
          for (const [id, places] of merged.seen) met.push([id, [...places]]);
          after = merged.upTo;
        }
        const all = [...new Set(captures.flat())].toSorted();
        expect(met.map(([id]) => id).toSorted()).toEqual(all);
        for (const [id, places] of met) {
          expect(places).toEqual(captures.flatMap((ids, place) => (ids.includes(id) ? place : [])));
        }
      }),
    );
  });
});
