/** The Lua and the TypeScript forms are one: the same random calls leave both engines with the same answers. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisServer, type RedisServer, startRedis } from '@palier/testkit/engines';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, keyOf, openKv, type Procedure, type Reply, type View } from '../state/index.ts';
import type { Terms } from './gcra.ts';
import {
  beatProcedure,
  holdProcedure,
  peekProcedure,
  refundProcedure,
  type Run,
  takeArgs,
  takeProcedure,
} from './procedures.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };

/**
 * The two engines' clocks are not one, so both forms are told the time, by the last argument. It lies far ahead of theirs, so that no entry
 * ends by itself. What is compared is what ships, but for its clock.
 */
function at(procedure: Pick<Procedure<unknown>, 'name' | 'lua' | 'apply'>): Procedure<Reply> {
  return {
    apply: (view, keys, args) => procedure.apply(viewAt(view, Number(args.at(-1))), keys, args.slice(0, -1)),
    name: `${procedure.name}.at`,
    lua: `local told = tonumber(table.remove(ARGV))\nlocal now = function() return told end\n${procedure.lua}`,
    read: (reply) => reply,
  };
}

function viewAt(view: View, nowMs: number): View {
  return {
    nowMs,
    get: (key) => view.get(key),
    set: (key, value, expiresAtMs) => view.set(key, value, expiresAtMs),
    delete: (key) => view.delete(key),
    expiresAtMs: (key) => view.expiresAtMs(key),
    expireAt: (key, expiresAtMs) => view.expireAt(key, expiresAtMs),
    hash: view.hash,
    sorted: view.sorted,
  };
}

const takes = at(takeProcedure);
const peeks = at(peekProcedure);
const refunds = at(refundProcedure);
const holds = at(holdProcedure);
const beats = at(beatProcedure);

interface Call {
  readonly procedure: Procedure<Reply>;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  readonly laterMs: number;
}

const intervalUs = fc.constantFrom(1, 333_334, 1_000_000, 75_000, 2_592_000_000_000);
const terms = fc
  .record({ intervalUs, burst: fc.integer({ min: 1, max: 12 }), horizonUs: fc.constantFrom(0, 5_000_000) })
  .map((one) => [one.intervalUs, one.intervalUs * one.burst, one.horizonUs]);
const key = fc.constantFrom('a', 'b');
const amount = fc.integer({ min: 1, max: 4 });
const laterMs = fc.oneof(fc.constant(0), fc.nat(2000));
const baseMs = Date.UTC(2100, 0, 1);
const call = (procedure: Procedure<Reply>, keys: fc.Arbitrary<string[]>, args: fc.Arbitrary<(string | number)[]>) =>
  fc.record({ procedure: fc.constant(procedure), keys, args, laterMs });
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
const back = fc
  .tuple(
    terms,
    amount,
    fc.integer({ min: -3_000_000, max: 9_000_000 }),
    fc.integer({ min: -1_000_000, max: 9_000_000 }),
  )
  .map(([t, units, taken, ahead]) => t.concat(units, baseMs * 1000 + taken, baseMs * 1000 + ahead));
const calls = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: call(takes, two, batch) },
    call(peeks, two, batch),
    call(
      refunds,
      key.map((one) => [one]),
      back,
    ),
    call(
      holds,
      key.map((one) => [one]),
      fc.tuple(terms, fc.nat(9_000_000)).map(([t, wait]) => t.concat(wait)),
    ),
    call(beats, fc.constant(['beats']), fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.constant(3000))),
  ),
  { maxLength: 30, size: 'max' },
);

describe('the forms of the procedures', redisServer().options, () => {
  let server: RedisServer;
  let redis: Kv;
  let sqlite: Kv;
  beforeAll(async () => {
    server = await startRedis();
    redis = await openKv(server.url, around);
    sqlite = await openKv('sqlite::memory:', around);
  });
  afterAll(async () => {
    await redis.close();
    await sqlite.close();
    await server[Symbol.asyncDispose]();
  });

  test('answer the same to the same calls, in any order, to the last microsecond', { timeout: 120_000 }, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(calls, async (list: readonly Call[]) => {
        const tag = `run ${++run}`;
        const play = async (kv: Kv): Promise<unknown[]> => {
          const answers: unknown[] = [];
          let nowMs = baseMs;
          for (const { procedure, keys, args, laterMs: passed } of list) {
            nowMs += passed;
            const at = keys.map((one) => keyOf('forms', tag, one));
            answers.push(await kv.run(procedure, at, [...args, nowMs]));
            const kept = (await kv.getMany(at.filter((one) => !one.endsWith('beats')))).map(Number);
            answers.push(kept);
          }
          return answers;
        };
        expect(await play(sqlite)).toEqual(await play(redis));
      }),
      { numRuns: 300 },
    );
  });
});
