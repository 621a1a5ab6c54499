import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Answer, Outcome } from '../load/answers.ts';
import { packed, unpacked } from '../load/answers.ts';
import { type Bounds, judge } from './judge.ts';

const bounds: Bounds = { fromMs: 0, toMs: 200, deadlineMs: 50, lateMs: 0, believedForMs: 10 };

const answers = fc.array(
  fc
    .record({
      subject: fc.nat(5),
      shard: fc.nat(2),
      sentMs: fc.nat(250),
      tookMs: fc.option(fc.nat(120)),
      outcome: fc.constantFrom<Outcome>('good', 'refused', 'unavailable', 'failed'),
    })
    .map(
      ({ subject, shard, sentMs, tookMs, outcome }): Answer => ({
        act: 'validate',
        subject,
        shard,
        intendedMs: sentMs,
        sentMs,
        endedMs: tookMs === null ? null : sentMs + tookMs,
        outcome: tookMs === null ? null : outcome,
      }),
    ),
  { maxLength: 40 },
);
const endings = fc
  .array(fc.record({ begunMs: fc.nat(200), tookMs: fc.option(fc.nat(50)) }), { maxLength: 6 })
  .map(
    (list) =>
      new Map(
        list.map(({ begunMs, tookMs }, i) => [i, { begunMs, ackedMs: tookMs === null ? null : begunMs + tookMs }]),
      ),
  );

test('every call is told once: done, refused, unavailable, failed or pending', () => {
  fc.assert(
    fc.property(answers, endings, (list, ends) => {
      const { asked, good, unavailable, failed, pending } = judge(list, ends, bounds);
      const refused = list.filter(({ outcome }) => outcome === 'refused').length;
      expect(good + refused + unavailable + failed + pending).toBe(asked);
    }),
  );
});

test('the gap is the longest stretch of some shard in which no millisecond has a good answer', () => {
  fc.assert(
    fc.property(answers, (list) => {
      const shards = new Set(list.map(({ shard }) => shard));
      const stretches = [...shards].flatMap((shard) => {
        const good = new Set(
          list.filter((one) => one.shard === shard && one.outcome === 'good').map(({ endedMs }) => endedMs),
        );
        let [longest, run] = [0, 0];
        for (let ms = bounds.fromMs + 1; ms <= bounds.toMs; ms++) {
          run++;
          longest = Math.max(longest, run);
          if (good.has(ms)) run = 0;
        }
        return longest;
      });
      expect(judge(list, new Map(), bounds).gapMs).toBe(Math.max(0, ...stretches));
    }),
  );
});

test('no answer is both wrongly refused and wrongly accepted, and without an end none is accepted wrongly', () => {
  fc.assert(
    fc.property(answers, endings, (list, ends) => {
      for (const one of list) {
        const { refusedWrongly, acceptedAfterEnd } = judge([one], ends, bounds);
        expect(refusedWrongly + acceptedAfterEnd).toBeLessThanOrEqual(1);
      }
      expect(judge(list, new Map(), bounds).acceptedAfterEnd).toBe(0);
    }),
  );
});

test('a log comes back from its file as it was', () => {
  fc.assert(
    fc.property(answers, (list) => {
      const told = { answers: list, errors: { A: 1 }, kept: [[1, 'cookie']] as const };
      expect(unpacked(packed(told))).toEqual(told);
    }),
  );
});
