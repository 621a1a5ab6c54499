/** The Lua and the TypeScript form of each procedure are one: the same random calls get the same answers and leave the same behind. */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisServer, startRedis } from '@palier/testkit/engines';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertSameForms, type FormCall } from '../../state/conformance/index.ts';
import { openKv, type Procedure } from '../../state/index.ts';
import { openFamily, revoke, revokeAll, rotateFamily } from './procedures.ts';

const hourMs = 3_600_000;
const life = fc.constantFrom(hourMs, 2 * hourMs);
const family = fc.constantFrom('A', 'B', 'C', 'D');
const most = fc.constantFrom(1, 2, 100);
const laterMs = fc.constantFrom(0, 1, 1, 40_000, hourMs / 2, hourMs);
const [everyone, revocations, families] = ['everyone', 'revocations', 'families'];

const call = (
  procedure: Procedure<unknown>,
  keys: string[],
  args: fc.Arbitrary<(string | number)[]>,
): fc.Arbitrary<FormCall> => fc.record({ procedure: fc.constant(procedure), keys: fc.constant(keys), args, laterMs });

const turn = fc.integer({ min: 1, max: 4 });
const graceMs = fc.constantFrom(-1, 30_000, hourMs);
const opened = fc.tuple(family, life, life, fc.constantFrom(1, 3, 100));
const rotated = fc.tuple(family, turn, graceMs, life, life, most);
const ended = fc.tuple(fc.constantFrom('all', 'f:A', 'f:B', 't:A', 't:x', 't:y'), life, most);
const calls = fc.array(
  fc.oneof(
    { arbitrary: call(openFamily, [everyone, revocations, families], opened), weight: 3 },
    { arbitrary: call(rotateFamily, [everyone, revocations, families], rotated), weight: 5 },
    call(revoke, [revocations, families], ended),
    call(revokeAll, [everyone], fc.tuple(life)),
  ),
  { maxLength: 30 },
);

describe('the forms of the procedures of tokens', redisServer().options, () => {
  test('answer the same to the same calls and leave the same behind, in any order', async () => {
    const around = systemSurroundings(silentLog);
    await using server = await startRedis();
    await using redis = await openKv(server.url, around);
    await using sqlite = await openKv('sqlite::memory:', around);
    const same = fc.asyncProperty(calls, (list) => assertSameForms([sqlite, redis], list));
    await expect(fc.assert(same, { numRuns: 300 })).resolves.toBeUndefined();
  });
});
