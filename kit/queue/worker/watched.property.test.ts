/** Who is taken for lost. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Watched } from './watched.ts';

test('a worker is lost when its beat has not moved for a lease, and never before; itself never', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.boolean()), { maxLength: 60 }), (looks) => {
      const watched = new Watched(1000);
      let nowMs = 0;
      let beat = 1;
      let movedMs: number | undefined;
      for (const [afterMs, moves] of looks) {
        nowMs += afterMs;
        if (moves) beat++;
        if (moves || movedMs === undefined) movedMs = nowMs;
        const lost = watched.see(
          [
            { id: 1, beat: 1 },
            { id: 2, beat },
          ],
          1,
          nowMs,
        );
        expect(lost).toEqual(nowMs - movedMs >= 1000 ? [{ id: 2, beat }] : []);
      }
    }),
  );
});

test('who left the register is forgotten: a number that comes again is seen as new', () => {
  const watched = new Watched(1000);
  watched.see([{ id: 2, beat: 1 }], 1, 0);
  watched.see([], 1, 500);
  expect(watched.see([{ id: 2, beat: 1 }], 1, 1500)).toEqual([]);
});
