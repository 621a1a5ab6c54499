import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widening } from './widening.ts';

const values = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 6 });

describe('widening()', () => {
  it('never narrows, and neither the height of all nor their order matters', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 6 }), fc.integer({ min: -5, max: 5 }), (groups, height) => {
        const by = widening(groups);
        expect(by).toBeGreaterThanOrEqual(1);
        expect(widening(groups.toReversed())).toBeCloseTo(by, 6);
        expect(widening(groups.map((group) => group.map((value) => value + height)))).toBeCloseTo(by, 3);
      }),
    );
  });

  it('is none for one group or for groups that do not differ, and all of it where each group is one value', () => {
    expect(widening([[1, 2, 3]])).toBe(1);
    expect(
      widening([
        [1, 2, 3],
        [2, 1, 3],
        [3, 2, 1],
      ]),
    ).toBe(1);
    // Two values a group that say the same: the root of 2; three groups: Student's 4.30 for 1.96.
    expect(
      widening([
        [1, 1.0001],
        [2, 2.0001],
        [3, 3.0001],
      ]),
    ).toBeCloseTo(Math.SQRT2 * (4.303 / 1.96), 2);
  });
});
