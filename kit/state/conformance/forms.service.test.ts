/** The Lua and the TypeScript form of a procedure are one: the same random calls get the same answers. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisServer, type RedisServer, startRedis } from '@palier/testkit/engines';
import { type Kv, keyOf, openKv, type Procedure } from '../index.ts';
import { count, hash, life, move, sorted } from './procedures.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };

interface Call {
  readonly procedure: Procedure<unknown>;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

const key = fc.constantFrom('a', 'b', 'c');
const name = fc.constantFrom('x', 'y', 'z', 'é', '');
const score = fc.integer({ min: -3, max: 3 });
const call = (procedure: Procedure<unknown>, keys: fc.Arbitrary<string[]>, args: fc.Arbitrary<(string | number)[]>) =>
  fc.record({ procedure: fc.constant(procedure), keys, args });
const one = key.map((at) => [at]);

/** Kinds have keys of their own here; that a wrong kind is refused is a conformance case. */
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
    call(life, one, fc.constantFrom(['keep'], ['delete'], ['expire', 600_000], ['expire', -1])),
  ),
  { maxLength: 40 },
);

describe('the forms of a procedure', redisServer().options, () => {
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

  test('answer the same to the same calls, in any order', { timeout: 120_000 }, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(calls, async (list: readonly Call[]) => {
        const tag = `run ${++run}`;
        const play = (kv: Kv): Promise<unknown[]> =>
          Promise.all(
            list.map(({ procedure, keys, args }) =>
              kv.run(
                procedure,
                keys.map((at) => keyOf(procedure.name, tag, at)),
                args,
              ),
            ),
          );
        expect(await play(sqlite)).toEqual(await play(redis));
      }),
      { numRuns: 300 },
    );
  });
});
