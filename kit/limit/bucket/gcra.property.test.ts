import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answer, hold, remaining, take, type Terms } from './gcra.ts';
import { entered, type Ledger, struck } from './ledger.ts';

const startUs = 1_800_000_000_000_000;
const terms: fc.Arbitrary<Terms> = fc
  .record({
    intervalUs: fc.integer({ min: 1, max: 5_000_000 }),
    burst: fc.integer({ min: 1, max: 12 }),
    places: fc.nat(5),
  })
  .map(({ intervalUs, burst, places }) => ({
    intervalUs,
    capacityUs: burst * intervalUs,
    horizonUs: places * intervalUs,
  }));

interface Step {
  /** In tenths of an interval, so that steps fall between the permissions. */
  readonly after: number;
  readonly cost: number;
  readonly extra: number;
  readonly places: number;
  /** Gives back the n-th last taking instead. */
  readonly back: number | undefined;
}

const step: fc.Arbitrary<Step> = fc.record({
  after: fc.oneof(fc.constant(0), fc.nat(40)),
  cost: fc.integer({ min: 1, max: 4 }),
  extra: fc.oneof(fc.constant(0), fc.nat(4)),
  places: fc.oneof(fc.constant(0), fc.nat(5)),
  back: fc.option(fc.nat(5), { nil: undefined, freq: 3 }),
});

interface Taken {
  readonly answer: Answer;
  /** When what was taken may be used. */
  readonly atUs: number;
  refunded: boolean;
}

/** Plays the steps on one bucket, and answers everything that was ever taken. */
function play(limit: Terms, steps: readonly Step[]): Taken[] {
  const all: Taken[] = [];
  let nowUs = startUs;
  let ledger: Ledger | undefined;
  for (const { after, cost, extra, places, back } of steps) {
    nowUs += Math.round((after * limit.intervalUs) / 10);
    if (back !== undefined) {
      const given = all.filter((one) => !one.refunded).at(-1 - back);
      if (given === undefined) continue;
      given.refunded = true;
      if (ledger !== undefined) ledger = struck(ledger, nowUs, limit, { units: given.answer.units, atUs: given.atUs });
      continue;
    }
    const ask = {
      cost: Math.min(cost, limit.capacityUs / limit.intervalUs),
      extra,
      maxWaitUs: Math.min(places * limit.intervalUs, limit.horizonUs),
    };
    const answer = take(ledger?.tatUs, nowUs, limit, ask);
    if (!answer.admitted) continue;
    const atUs = nowUs + answer.waitUs;
    ledger = entered(ledger, nowUs, limit, answer.tatUs, [atUs, answer.units * limit.intervalUs]);
    all.push({ answer, atUs, refunded: false });
  }
  return all;
}

describe('GCRA', () => {
  test('never admits more than burst + rate × t in any window of t, whatever was waited for or given back', () => {
    fc.assert(
      fc.property(terms, fc.array(step, { maxLength: 40, size: 'max' }), (limit, steps) => {
        const kept = play(limit, steps).filter((one) => !one.refunded);
        for (const first of kept) {
          for (const last of kept.filter(({ atUs }) => atUs >= first.atUs)) {
            const inside = kept.filter(({ atUs }) => atUs >= first.atUs && atUs <= last.atUs);
            const units = inside.reduce((sum, { answer }) => sum + answer.units, 0);
            expect(units * limit.intervalUs).toBeLessThanOrEqual(limit.capacityUs + last.atUs - first.atUs);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('admits what the bucket has: who is refused with no wait would have been the one too many', () => {
    fc.assert(
      fc.property(terms, fc.array(step, { maxLength: 20 }), (limit, steps) => {
        const tatUs = play(limit, steps).at(-1)?.answer.tatUs;
        const nowUs = tatUs ?? startUs;
        const free = remaining(nowUs, nowUs, limit);
        expect(free).toBe(limit.capacityUs / limit.intervalUs);
        expect(take(tatUs, nowUs, limit, { cost: free, extra: 0, maxWaitUs: 0 }).admitted).toBe(true);
        const one = take(tatUs, nowUs, limit, { cost: 1, extra: 0, maxWaitUs: 0 });
        expect(remaining(one.tatUs, nowUs, limit)).toBe(free - 1);
      }),
    );
  });

  test('who comes back after the wait that a refusal told is admitted, and not a microsecond earlier', () => {
    fc.assert(
      fc.property(
        terms,
        fc.array(step, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 12 }),
        (limit, steps, n) => {
          const tatUs = play(limit, steps).at(-1)?.answer.tatUs;
          const ask = { cost: Math.min(n, limit.capacityUs / limit.intervalUs), extra: 0, maxWaitUs: 0 };
          const nowUs = (tatUs ?? startUs) - limit.capacityUs;
          const { waitUs, admitted } = take(tatUs, nowUs, limit, ask);
          if (admitted) return;
          expect(take(tatUs, nowUs + waitUs, limit, ask).admitted).toBe(true);
          expect(take(tatUs, nowUs + waitUs - 1, limit, ask).admitted).toBe(false);
        },
      ),
    );
  });

  test('a hold moves the arrival time ahead, within the horizon, and never back', () => {
    const ahead = fc.nat(60_000_000);
    fc.assert(
      fc.property(terms, fc.option(ahead, { nil: undefined }), ahead, (limit, before, aheadUs) => {
        const mostUs = limit.capacityUs + limit.horizonUs;
        const held = hold(before === undefined ? undefined : startUs + before, startUs, limit, aheadUs);
        expect(held - startUs).toBe(Math.min(mostUs, Math.max(before ?? 0, aheadUs)));
      }),
    );
  });

  test('an engine whose clock was set back locks nobody out for longer than a full bucket and the longest wait', () => {
    fc.assert(
      fc.property(terms, fc.nat(10_000_000_000), (limit, backUs) => {
        const { waitUs } = take(startUs + backUs, startUs, limit, { cost: 1, extra: 0, maxWaitUs: 0 });
        expect(waitUs).toBeLessThanOrEqual(limit.intervalUs + limit.horizonUs);
      }),
    );
  });
});
