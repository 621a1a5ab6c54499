import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterGoodAnswer, judgeStandings, newStanding, type Seen, type Standing } from './ejection.ts';
import { defaultStandingOptions as options } from './limits.ts';
import { shareOf, takingPart } from './slow-start.ts';

const standing: fc.Arbitrary<Standing> = fc.record({
  ejectedUntilMs: fc.option(fc.nat(20_000), { nil: null }),
  ejections: fc.nat(12),
  trialLeft: fc.nat(5),
  backMs: fc.nat(10_000),
  slowSeconds: fc.nat(4),
});
const seen: fc.Arbitrary<Seen> = fc
  .record({
    standing,
    mayServe: fc.boolean(),
    failuresInRow: fc.nat(8),
    failingSinceMs: fc.nat(10_000),
    answeredMs: fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.nat(10_000)),
    requests: fc.oneof(fc.constant(0), fc.nat(100)),
    failedShare: fc.double({ min: 0, max: 1, noNaN: true }),
    meanMs: fc.nat(2000),
  })
  .map(({ failedShare, ...one }) => Object.assign(one, { failures: Math.round(one.requests * failedShare) }));
const all = fc.array(seen, { maxLength: 7 });
const nowMs = 10_000;
const out = (list: readonly { readonly standing: Standing }[]): number =>
  list.filter((one) => one.standing.ejectedUntilMs !== null).length;

const good: Seen = {
  standing: newStanding(0),
  mayServe: true,
  failuresInRow: 0,
  failingSinceMs: Number.NEGATIVE_INFINITY,
  answeredMs: nowMs,
  requests: 100,
  failures: 0,
  meanMs: 10,
};

describe('ejection', () => {
  test('leaves out no more than its share, and never the last one that can answer', () => {
    fc.assert(
      fc.property(all, fc.boolean(), (list, secondIsOver) => {
        const verdicts = judgeStandings(list, nowMs, options, secondIsOver);
        const before = list.filter(
          ({ standing: one }) => one.ejectedUntilMs !== null && one.ejectedUntilMs > nowMs,
        ).length;
        expect(out(verdicts)).toBeLessThanOrEqual(Math.max(before, Math.floor(list.length / 2)));
        const left = (of: readonly { readonly standing: Standing }[]): number =>
          list.filter((one, at) => one.mayServe && of[at]?.standing.ejectedUntilMs === null).length;
        expect(left(verdicts)).toBeGreaterThanOrEqual(Math.min(1, left(list)));
      }),
    );
  });

  test('lets everybody back in when the time is over, and nobody before', () => {
    fc.assert(
      fc.property(all, fc.boolean(), (list, secondIsOver) => {
        for (const [at, verdict] of judgeStandings(list, nowMs, options, secondIsOver).entries()) {
          const until = list[at]?.standing.ejectedUntilMs ?? null;
          const stays = until !== null && until > nowMs;
          expect([null, until]).toContain(until === null ? null : verdict.standing.ejectedUntilMs);
          expect(stays && verdict.standing.ejectedUntilMs === null).toBe(false);
          expect(until !== null && !stays && verdict.standing.ejectedUntilMs !== null).toBe(false);
        }
      }),
    );
  });

  test('leaves out nobody when all fail alike, or there is nobody else', () => {
    fc.assert(
      fc.property(seen, fc.integer({ min: 1, max: 6 }), (one, count) => {
        const failing = { ...one, answeredMs: Number.NEGATIVE_INFINITY, standing: newStanding(0) };
        const list = Array.from({ length: count }, () => failing);
        expect(out(judgeStandings(list, nowMs, options, true))).toBe(0);
      }),
    );
  });

  test('leaves out who fails in a row while others answer, who fails far more often, and who is far slower for long', () => {
    const eject = (bad: Partial<Seen>) =>
      judgeStandings([{ ...good, ...bad }, good, good], nowMs, options, true)[0]?.reason;
    const row = { failuresInRow: 5, failingSinceMs: nowMs - 10, answeredMs: nowMs - 20 };
    expect(eject(row)).toBe("5 answers in a row failed, and others' did not");
    expect(eject({ ...row, failuresInRow: 4 })).toBeUndefined();
    expect(eject({ failures: 30 })).toBe("30 % of its answers failed, 0 % of the others'");
    expect(eject({ failures: 29 })).toBeUndefined();
    const slow = { meanMs: 100, standing: { ...newStanding(0), slowSeconds: 2 } };
    expect(eject(slow)).toBe('it was 5 times as slow as the others for 3 seconds');
    expect(eject({ ...slow, meanMs: 99 })).toBeUndefined();
    expect(eject({ ...slow, standing: newStanding(0) })).toBeUndefined();
    expect(
      judgeStandings([{ ...good, failures: 50 }, good], nowMs, { ...options, ejectAfterFailures: 0 }, true)[0]?.reason,
    ).toBeUndefined();
  });

  test('is for twice as long each time, up to its most, until it is forgiven; a failure on trial is enough', () => {
    let own = newStanding(0);
    const times: number[] = [];
    let atMs = 0;
    for (let n = 0; n < 9; n++) {
      const bad = { ...good, standing: own, failuresInRow: n === 0 ? 5 : 1, failingSinceMs: atMs, answeredMs: -1 };
      own = judgeStandings([bad, { ...good, answeredMs: atMs }], atMs, options, false)[0]?.standing as Standing;
      const untilMs = own.ejectedUntilMs as number;
      times.push(untilMs - atMs);
      atMs = untilMs;
      own = judgeStandings([{ ...good, standing: own }, good], atMs, options, false)[0]?.standing as Standing;
      expect([own.ejectedUntilMs, own.trialLeft, own.backMs]).toEqual([null, 5, atMs]);
    }
    expect(times).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
    for (let n = 0; n < 5; n++) own = afterGoodAnswer(own);
    expect(own.trialLeft).toBe(0);
    const later = atMs + options.forgiveMs;
    const bad = { ...good, standing: own, failuresInRow: 5, failingSinceMs: later };
    const again = judgeStandings([bad, { ...good, answeredMs: later }], later, options, false)[0]?.standing;
    expect((again?.ejectedUntilMs as number) - later).toBe(5000);
  });
});

describe('slow start', () => {
  test('grows from its least to the whole, never back', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(20_000), (a, b) => {
        const [young, old] = [Math.min(a, b), Math.max(a, b)];
        expect(shareOf(young, options)).toBeLessThanOrEqual(shareOf(old, options));
        expect(shareOf(young, options)).toBeGreaterThanOrEqual(options.slowStartLeast);
        expect(shareOf(old + options.slowStartMs, options)).toBe(1);
      }),
    );
    expect(shareOf(0, { ...options, slowStartMs: 0 })).toBe(1);
  });

  test('a replica of share s takes part in s of the turns, to one; somebody always does', () => {
    const share = fc.double({ min: 0.1, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(share, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        (shares, turns) => {
          const list = [...shares, 1].map((one, id) => ({ share: one, id }));
          const counts = list.map(() => 0);
          for (let turn = 0; turn < turns; turn++) {
            const part = takingPart(list, turn);
            expect(part.length).toBeGreaterThan(0);
            for (const { id } of part) counts[id] = (counts[id] as number) + 1;
          }
          for (const { share: one, id } of list)
            expect(Math.abs((counts[id] as number) - one * turns)).toBeLessThan(1.001);
        },
      ),
    );
  });

  test('replicas that start together share alike', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(100),
        (one, n, turn) => {
          const list = Array.from({ length: n }, () => ({ share: one }));
          expect(takingPart(list, turn)).toHaveLength(n);
        },
      ),
    );
  });
});
