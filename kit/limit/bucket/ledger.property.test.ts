/** Giving back is exact: a bucket decides as one would that had never admitted what was given back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { take, type Terms } from './gcra.ts';
import { bytesOf, entered, type Ledger, ledgerOf, maxActs, struck } from './ledger.ts';

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
const step = fc.record({
  /** In tenths of an interval. */
  after: fc.oneof(fc.constant(0), fc.nat(6), fc.nat(40)),
  cost: fc.integer({ min: 1, max: 4 }),
  extra: fc.oneof(fc.constant(0), fc.nat(4)),
  places: fc.oneof(fc.constant(0), fc.nat(5)),
  /** Gives back the n-th last that is not given back yet, instead. */
  back: fc.option(fc.nat(8), { nil: undefined, freq: 2 }),
});
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface Stands {
  readonly atUs: number;
  readonly units: number;
}

/** The model: all that stands, in its order, each counted from the moment at which it might act. Nothing is forgotten. */
class Model {
  readonly #all: { readonly atUs: number; units: number }[] = [];

  enter(one: Stands): void {
    this.#all.push({ ...one });
  }

  /** Those of one moment are alike. */
  strike({ atUs, units }: Stands): void {
    let left = units;
    for (const one of this.#all.toReversed()) {
      if (one.atUs !== atUs) continue;
      const back = Math.min(left, one.units);
      one.units -= back;
      left -= back;
    }
  }

  tatUs({ intervalUs }: Terms): number {
    let tatUs = 0;
    for (const { atUs, units } of this.#all) if (units > 0) tatUs = Math.max(tatUs, atUs) + units * intervalUs;
    return tatUs;
  }
}

/** Plays the steps on a ledger; `check` sees it beside the model before each. Answers what was not given back. */
function play(
  limit: Terms,
  steps: readonly Step[],
  check: (ledger: Ledger | undefined, modelUs: number, nowUs: number) => void,
): readonly Stands[] {
  const model = new Model();
  const stands: Stands[] = [];
  let ledger: Ledger | undefined;
  let nowUs = startUs;
  for (const { after, cost, extra, places, back } of steps) {
    nowUs += Math.round((after * limit.intervalUs) / 10);
    // An entry goes by itself when its bucket is full again.
    if (ledger !== undefined && ledger.tatUs <= nowUs) ledger = undefined;
    check(ledger, model.tatUs(limit), nowUs);
    if (back !== undefined) {
      const [given] = back < stands.length ? stands.splice(-1 - back, 1) : [];
      if (given === undefined) continue;
      model.strike(given);
      if (ledger !== undefined) ledger = ledgerOf(bytesOf(struck(ledger, nowUs, limit, given)));
      continue;
    }
    const ask = {
      cost: Math.min(cost, limit.capacityUs / limit.intervalUs),
      extra,
      maxWaitUs: Math.min(places * limit.intervalUs, limit.horizonUs),
    };
    const { admitted, waitUs, units, tatUs } = take(ledger?.tatUs, nowUs, limit, ask);
    if (!admitted) continue;
    const one = { atUs: nowUs + waitUs, units };
    stands.push(one);
    model.enter(one);
    ledger = ledgerOf(bytesOf(entered(ledger, nowUs, limit, tatUs, [one.atUs, units * limit.intervalUs])));
  }
  return stands;
}

function mostOver(stands: readonly Stands[], { intervalUs, capacityUs }: Terms): number {
  let over = 0;
  for (const first of stands) {
    for (const last of stands.filter(({ atUs }) => atUs >= first.atUs)) {
      const inside = stands.filter(({ atUs }) => atUs >= first.atUs && atUs <= last.atUs);
      const units = inside.reduce((sum, one) => sum + one.units, 0);
      over = Math.max(over, units * intervalUs - capacityUs - (last.atUs - first.atUs));
    }
  }
  return over;
}

describe('giving back', () => {
  test('is exact: in any interleaving each taking is answered as by a bucket that never admitted what was given back', () => {
    fc.assert(
      fc.property(terms, fc.array(step, { maxLength: maxActs, size: 'max' }), (limit, steps) => {
        play(limit, steps, (ledger, modelUs, nowUs) => {
          expect(Math.max(ledger?.tatUs ?? nowUs, nowUs)).toBe(Math.max(modelUs, nowUs));
        });
      }),
      { numRuns: 2000 },
    );
  });

  test('never admits more than burst + rate × t of what stands, however much lies between a taking and its giving back', () => {
    const many = fc.array(fc.record({ ...steps(), after: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 3 * maxActs,
      maxLength: 6 * maxActs,
      size: 'max',
    });
    // So slow that hardly anything comes back, so that the list is longer than what is kept.
    const slow = { intervalUs: 1_000_000, capacityUs: 300_000_000, horizonUs: 5_000_000 };
    fc.assert(
      fc.property(many, (list) => {
        const stands = play(slow, list, (ledger, modelUs, nowUs) => {
          expect(Math.max(ledger?.tatUs ?? nowUs, nowUs)).toBeGreaterThanOrEqual(Math.max(modelUs, nowUs));
          expect(ledger?.acts.length ?? 0).toBeLessThanOrEqual(2 * maxActs);
        });
        expect(mostOver(stands, slow)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 40 },
    );
  });

  test('never makes more than was taken, nor more than there is, whatever is said to have been taken', () => {
    const atUs = fc.integer({ min: -10_000_000, max: 100_000_000 }).map((away) => startUs + away);
    fc.assert(
      fc.property(terms, fc.array(step, { maxLength: 20 }), atUs, fc.nat(1000), (limit, steps, taken, units) => {
        play(limit, steps, (ledger, _, nowUs) => {
          if (ledger === undefined) return;
          const after = struck(ledger, nowUs, limit, { units, atUs: taken });
          expect(after.tatUs).toBeLessThanOrEqual(ledger.tatUs);
          expect(after.tatUs).toBeGreaterThanOrEqual(ledger.tatUs - units * limit.intervalUs);
        });
      }),
    );
  });

  test('what is older than the list gives back its time less the time until the last that is not listed', () => {
    const limit = { intervalUs: 1_000_000, capacityUs: 200_000_000, horizonUs: 0 };
    let ledger: Ledger | undefined;
    for (let n = 0; n < maxActs + 10; n++) {
      const nowUs = startUs + n * 10_000;
      const { tatUs } = take(ledger?.tatUs, nowUs, limit, { cost: 1, extra: 0, maxWaitUs: 0 });
      ledger = entered(ledger, nowUs, limit, tatUs, [nowUs, limit.intervalUs]);
    }
    const full = ledger as Ledger;
    expect(full.tatUs - startUs).toBe((maxActs + 10) * limit.intervalUs);
    const first = struck(full, startUs + 1_000_000, limit, { units: 1, atUs: startUs });
    expect(full.tatUs - first.tatUs).toBe(limit.intervalUs - 9 * 10_000);
    const listed = struck(full, startUs + 1_000_000, limit, { units: 1, atUs: startUs + 20 * 10_000 });
    expect(full.tatUs - listed.tatUs).toBe(limit.intervalUs);
  });
});

/** The parts of a step but its time. */
function steps() {
  return {
    cost: fc.integer({ min: 1, max: 4 }),
    extra: fc.constant(0),
    places: fc.oneof(fc.constant(0), fc.nat(5)),
    back: fc.option(fc.nat(200), { nil: undefined, freq: 3 }),
  };
}
