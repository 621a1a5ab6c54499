/** The Lua and the TypeScript form of each procedure are one: the same random calls get the same answers. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisServer, type RedisServer, startRedis } from '@palier/testkit/engines';
import { type Kv, keyOf, openKv, type Procedure } from '../../state/index.ts';
import { openFamily, revoke, revokeAll, rotateFamily } from './procedures.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
const hourMs = 3_600_000;
/** In the middle of nothing: lives end far away, or have ended. */
const life = fc.constantFrom(hourMs, 2 * hourMs);
const family = fc.constantFrom('A', 'B', 'C', 'D');

/** All that a user has, so that every effect is compared and not the answers alone. */
const whole: Procedure<unknown> = {
  name: 'test.whole',
  lua: `
local out = {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}
local all = redis.call('HGETALL', KEYS[3])
local list = {}
for i = 1, #all, 2 do list[#list + 1] = all[i] .. '=' .. all[i + 1] end
table.sort(list)
for _, one in ipairs(list) do out[#out + 1] = one end
for _, key in ipairs(KEYS) do out[#out + 1] = redis.call('EXISTS', key) == 1 and redis.call('PEXPIRETIME', key) or 0 end
return out`,
  apply(view, keys) {
    const [everyone, revocations, families] = keys as [string, string, string];
    const list = [...view.hash.all(families)].map(([id, bytes]) => Buffer.from(`${id}=${String(bytes)}`));
    const ends = keys.map((key) => view.expiresAtMs(key) ?? 0);
    return [view.get(everyone), view.get(revocations), ...list.toSorted(Buffer.compare), ...ends];
  },
  read: (reply) => reply,
};

interface Step {
  readonly procedure: Procedure<unknown>;
  readonly keys: readonly (0 | 1 | 2)[];
  readonly args: readonly (string | number)[];
}
const step = (procedure: Procedure<unknown>, keys: readonly (0 | 1 | 2)[], args: fc.Arbitrary<(string | number)[]>) =>
  fc.record({ procedure: fc.constant(procedure), keys: fc.constant(keys), args });

const steps = fc.array(
  fc.oneof(
    { arbitrary: step(openFamily, [0, 1, 2], fc.tuple(family, life, life, fc.constantFrom(1, 3, 100))), weight: 3 },
    {
      arbitrary: step(
        rotateFamily,
        [0, 1, 2],
        fc.tuple(
          family,
          fc.integer({ min: 1, max: 4 }),
          fc.constantFrom(-1, hourMs),
          life,
          life,
          fc.constantFrom(1, 2, 100),
        ),
      ),
      weight: 5,
    },
    step(
      revoke,
      [1, 2],
      fc.tuple(fc.constantFrom('all', 'f:A', 'f:B', 't:A', 't:x', 't:y'), life, fc.constantFrom(1, 2, 100)),
    ),
    step(revokeAll, [0], fc.tuple(life)),
  ),
  { maxLength: 30 },
);

/** Times differ by some milliseconds between the engines, or by the steps: each is replaced by its distance to the first, to the minute. */
function rounded(answer: unknown, fromMs: number): unknown {
  const about = (ms: number): number => (ms > 1e12 ? Math.round((ms - fromMs) / 60_000) : ms);
  if (typeof answer === 'number') return about(answer);
  if (Buffer.isBuffer(answer)) return String(answer).replace(/\d{13}/g, (ms) => `~${about(Number(ms))}`);
  if (Array.isArray(answer)) return answer.map((one) => rounded(one, fromMs));
  if (answer === null || typeof answer !== 'object') return answer;
  return Object.fromEntries(Object.entries(answer).map(([name, one]) => [name, rounded(one, fromMs)]));
}

describe('the forms of the procedures of tokens', redisServer().options, () => {
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

  test('answer the same to the same calls and leave the same behind, in any order', { timeout: 120_000 }, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (list: readonly Step[]) => {
        const keys = ['e', 'r', 'f'].map((part) => keyOf('token', `run ${run}`, part));
        run++;
        const fromMs = around.clock.epochMs();
        const play = async (kv: Kv): Promise<unknown> => {
          const answers: unknown[] = [];
          for (const { procedure, keys: at, args } of list) {
            const result = await kv.run(
              procedure,
              at.map((one) => keys[one] as string),
              args,
            );
            answers.push(result, await kv.run(whole, keys, []));
            // So that no two steps fall into one millisecond on one engine and into two on the other.
            await around.timers.sleep(2);
          }
          return rounded(answers, fromMs);
        };
        const [ours, theirs] = await Promise.all([play(sqlite), play(redis)]);
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 150 },
    );
  });
});
