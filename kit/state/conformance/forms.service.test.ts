/** The Lua and the TypeScript form of a procedure are one: the same random calls get the same answers and leave the same behind. */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisServer, type RedisServer, startRedis } from '@palier/testkit/engines';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, openKv, type Procedure } from '../index.ts';
import { assertSameForms, type FormCall } from './index.ts';
import { count, hash, life, move, sorted } from './procedures.ts';

const around = systemSurroundings(silentLog);

const key = fc.constantFrom('a', 'b', 'c');
const name = fc.constantFrom('x', 'y', 'z', 'é', '');
const score = fc.integer({ min: -3, max: 3 });
const one = key.map((at) => [at]);
const laterMs = fc.constantFrom(0, 0, 1, 300_000, 600_000);

function call(
  procedure: Procedure<unknown>,
  keys: fc.Arbitrary<string[]>,
  args: fc.Arbitrary<(string | number)[]>,
): fc.Arbitrary<FormCall> {
  return fc.record({ procedure: fc.constant(procedure), keys, args, laterMs });
}

/** All share three keys, so that a procedure meets values of other kinds, too. */
const calls = fc.array(
  fc.oneof(
    call(
      count,
      one,
      score.map((by) => [by, 600_000]),
    ),
    call(
      move,
      fc.tuple(key, key),
      fc.nat(3).map((amount) => [amount]),
    ),
    call(
      hash,
      one,
      fc.tuple(fc.constantFrom('set', 'get', 'delete', 'size', 'all'), name, fc.string({ maxLength: 3 })),
    ),
    call(sorted, one, fc.tuple(fc.constant('set'), name, score)),
    call(sorted, one, fc.tuple(fc.constantFrom('score', 'delete', 'size'), name)),
    call(sorted, one, fc.tuple(fc.constant('range'), score, score, fc.nat(3))),
    call(sorted, one, fc.tuple(fc.constant('deleteRange'), score, score)),
    call(life, one, fc.constantFrom(['keep'], ['delete'], ['left'], ['expire', 600_000], ['expire', -1])),
  ),
  { maxLength: 40 },
);

describe('the forms of a procedure', redisServer().options, () => {
  let server: RedisServer;
  let kvs: readonly [Kv, Kv];
  beforeAll(async () => {
    server = await startRedis();
    kvs = [await openKv('sqlite::memory:', around), await openKv(server.url, around)];
  });
  afterAll(async () => {
    for (const kv of kvs) await kv.close();
    await server[Symbol.asyncDispose]();
  });

  test('answer the same to the same calls, in any order', async () => {
    const same = fc.asyncProperty(calls, (list) => assertSameForms(kvs, list));
    await expect(fc.assert(same, { numRuns: 300 })).resolves.toBeUndefined();
  });

  test('that differ are told: in the answer, in what they leave, in its kind, in when it ends', async () => {
    const set = `redis.call('SET', KEYS[1], ARGV[1], 'PXAT', now() + 1000)`;
    const told = async (lua: string, laterMs = 0): Promise<unknown> => {
      const one: Procedure<unknown> = {
        name: 'canary.set',
        lua,
        apply(view, [at], [value]) {
          view.set(at as string, value as Buffer, view.nowMs + 1000);
          return [1];
        },
        read: ([answer]) => answer,
      };
      const twice = [0, laterMs].map((ms) => ({ procedure: one, keys: ['k'], args: ['v'], laterMs: ms }));
      return assertSameForms(kvs, twice).then(
        () => 'no difference',
        (error: unknown) => String(error),
      );
    };
    expect(await told(`${set} return {1}`, 5000)).toBe('no difference');
    expect(await told(`${set} return {2}`)).toMatch(/call 1 of 2, canary.set of \[ 'k' \] with \[ 'v' \]/);
    expect(await told(`${set} redis.call('APPEND', KEYS[1], '!') return {1}`)).toMatch(/'v!'/);
    expect(await told(`redis.call('HSET', KEYS[1], ARGV[1], '') return {1}`)).toMatch(/'hash'/);
    expect(await told(`${set} redis.call('PEXPIREAT', KEYS[1], now() + 1001) return {1}`)).toMatch(/differ at call 1/);
    const once = `if redis.call('EXISTS', KEYS[1]) == 0 then ${set} end return {1}`;
    expect(await told(once, 5)).toMatch(/differ at call 2/);
    expect(await told(once, 1000)).toBe('no difference');
  });
});
