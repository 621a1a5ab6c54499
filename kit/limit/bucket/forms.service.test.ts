/** The Lua and the TypeScript forms are one: the same random calls leave both engines with the same answers. */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisServer, startRedis } from '@palier/testkit/engines';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertSameForms, type FormCall } from '../../state/conformance/index.ts';
import { openKv, type Procedure } from '../../state/index.ts';
import type { Terms } from './gcra.ts';
import { maxActs } from './ledger.ts';
import {
  beatProcedure,
  holdProcedure,
  peekProcedure,
  refundProcedure,
  type Run,
  takeArgs,
  takeProcedure,
} from './procedures.ts';

/** Where the time of `assertSameForms` begins, so that what is given back was taken about then. */
const baseMs = Date.UTC(2100, 0, 1);
const intervalUs = fc.constantFrom(1, 333_334, 1_000_000, 75_000, 2_592_000_000_000);
const terms = fc
  .record({ intervalUs, burst: fc.integer({ min: 1, max: 12 }), horizonUs: fc.constantFrom(0, 5_000_000) })
  .map((one) => [one.intervalUs, one.intervalUs * one.burst, one.horizonUs]);
const key = fc.constantFrom('a', 'b');
const amount = fc.integer({ min: 1, max: 4 });
const laterMs = fc.oneof(fc.constant(0), fc.constant(500), fc.nat(2000));
const call = (
  procedure: Procedure<unknown>,
  keys: fc.Arbitrary<string[]>,
  args: fc.Arbitrary<(string | number)[]>,
): fc.Arbitrary<FormCall> => fc.record({ procedure: fc.constant(procedure), keys, args, laterMs });
const two: fc.Arbitrary<string[]> = fc.constant(['a', 'b']);
const ask = fc.record({ cost: amount, extra: fc.nat(5), maxWaitUs: fc.constantFrom(0, 1_000_000, 5_000_000) });
const runKeys: fc.Arbitrary<Run['keys']> = fc.constantFrom(
  [0],
  [1],
  [0, 1],
  [1, 0],
  { from: 0, to: 1 },
  { from: 1, to: 1 },
);
const runs = fc.array(fc.record({ keys: runKeys, count: fc.integer({ min: 1, max: 4 }), ask }), { maxLength: 4 });
const termOf = fc.constantFrom(0, 1);
const batch = fc
  .tuple(terms, terms, termOf, termOf, runs)
  .map(([a, b, first, second, list]) => takeArgs([a, b].map(termsOf), [first, second], list));
const termsOf = ([interval, capacity, horizon]: readonly number[]): Terms =>
  ({ intervalUs: interval, capacityUs: capacity, horizonUs: horizon }) as Terms;
/** Mostly of a moment at which something was taken. */
const back = fc
  .tuple(
    terms,
    amount,
    fc.oneof(
      fc.nat(9).map((n) => n * 500_000),
      fc.integer({ min: -3_000_000, max: 9_000_000 }),
    ),
  )
  .map(([t, units, actUs]) => t.concat(units, baseMs * 1000 + actUs));
const calls = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: call(takeProcedure, two, batch) },
    call(peekProcedure, two, batch),
    call(
      refundProcedure,
      key.map((one) => [one]),
      back,
    ),
    call(
      holdProcedure,
      key.map((one) => [one]),
      fc.tuple(terms, fc.nat(9_000_000)).map(([t, wait]) => t.concat(wait)),
    ),
    call(beatProcedure, fc.constant(['beats']), fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.constant(3000))),
  ),
  { maxLength: 30, size: 'max' },
);

/** One bucket that is never at rest, of more takings than are listed; every third step gives back one of some moment before. */
const busy = fc
  .array(fc.nat(3 * maxActs), { minLength: 2 * maxActs, maxLength: 3 * maxActs, size: 'max' })
  .map((backs) => {
    const slow = [60_000_000, 60_000_000 * 1000, 0];
    const taken = takeArgs([termsOf(slow)], [0], [{ keys: [0], count: 1, ask: { cost: 1, extra: 0, maxWaitUs: 0 } }]);
    return backs.map((n, index): FormCall => {
      const given = [...slow, 1, (baseMs + 10 * (n % (index + 1))) * 1000];
      const of = { keys: ['a'], laterMs: 10 };
      return index % 3 === 2
        ? { ...of, procedure: refundProcedure, args: given }
        : { ...of, procedure: takeProcedure, args: taken };
    });
  });

describe('the forms of the procedures', redisServer().options, () => {
  test.each([
    ['to the same calls, in any order, to the last microsecond', calls, 300],
    ['when a bucket is never at rest, whose oldest takings are one sum', busy, 5],
  ])('answer the same %s', async (_, lists, numRuns) => {
    const around = systemSurroundings(silentLog);
    await using server = await startRedis();
    await using redis = await openKv(server.url, around);
    await using sqlite = await openKv('sqlite::memory:', around);
    const same = fc.asyncProperty(lists, (list) => assertSameForms([sqlite, redis], list));
    await expect(fc.assert(same, { numRuns })).resolves.toBeUndefined();
  });
});
