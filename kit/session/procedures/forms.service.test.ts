/** The Lua and the TypeScript form of each procedure of sessions are one: the same random calls get the same answers. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisServer, type RedisServer, startRedis } from '@palier/testkit/engines';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, keyOf, openKv, type Procedure } from '../../state/index.ts';
import { end, members, tally } from './list.ts';
import { type Answer, create, leave, save, touch } from './change.ts';
import { decodeRecord, encodeBody, encodeChanges, type FieldChange } from '../record.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };

/** What is told of a call without the clock's part. */
type Told = unknown;
type Call = (kv: Kv, tag: string) => Promise<Told>;

const long = 600_000;
const handle = fc.constantFrom('a', 'b', 'c');
const name = fc.constantFrom('x', 'y', 'é', '');
const value = fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes));
const user = fc.constantFrom('u', undefined);
const at = (tag: string, part: string): string => keyOf('session', tag, part);
/** Who would end first is a matter of milliseconds when a user has too many. */
const told = ({ word, number, names }: Answer): Told => [word, number, word === 'full' ? names.length : names];
const life = fc.constantFrom([long, long], [long, 300_000], [-1, long]);

const run = <T>(kv: Kv, procedure: Procedure<T>, keys: string[], args: (string | number | Buffer)[]): Promise<T> =>
  kv.run(procedure, keys, args);

const changes = fc
  .array(fc.tuple(name, fc.nat(3), fc.option(value, { nil: undefined })), { maxLength: 4 })
  .map((list) => new Map<string, FieldChange>(list.map(([field, base, bytes]) => [field, { base, value: bytes }])));

const listed = (tag: string, of: string | undefined): string[] => (of === undefined ? [] : [at(tag, `list ${of}`)]);
const homes = (tag: string, of: string | undefined): string[] =>
  of === undefined ? [] : [at(tag, `list ${of}`), at(tag, 'generation')];

const created: fc.Arbitrary<Call> = fc
  .tuple(
    handle,
    fc.option(handle, { nil: undefined }),
    user,
    fc.nat(3),
    fc.constantFrom('', '0'),
    fc.dictionary(name, value),
  )
  .map(([one, old, of, most, permit, fields]) => (kv, tag) => {
    const body = encodeBody(
      of,
      new Map(Object.entries(fields).map(([field, bytes]) => [field, { version: 1, value: bytes }])),
    );
    const keys = [at(tag, one), at(tag, old ?? one), ...homes(tag, of)];
    const args = [long, long, 5000, most, one, old ?? '', of === undefined ? '' : permit, body];
    return run(kv, create, keys, args).then(told);
  });
const saved: fc.Arbitrary<Call> = fc
  .tuple(handle, user, life, fc.constantFrom(40, 1000), fc.nat(4), fc.constantFrom('last', 'tell'), changes)
  .map(([one, of, [absolute, idle], bytes, fields, conflict, list]) => (kv, tag) => {
    const args = [absolute as number, idle as number, bytes, fields, conflict, one, encodeChanges(list)];
    return run(kv, save, [at(tag, one), ...listed(tag, of)], args).then(told);
  });
const touched: fc.Arbitrary<Call> = fc.tuple(handle, user, life).map(
  ([one, of, [absolute, idle]]) =>
    (kv, tag) =>
      run(kv, touch, [at(tag, one), ...listed(tag, of)], [absolute as number, idle as number, one]).then(told),
);
const left: fc.Arbitrary<Call> = fc.tuple(handle, user, fc.constantFrom(0, 5000)).map(
  ([one, of, grace]) =>
    (kv, tag) =>
      run(kv, leave, [at(tag, one), ...listed(tag, of)], [grace, one]).then(told),
);
const ended: fc.Arbitrary<Call> = fc
  .tuple(fc.uniqueArray(handle, { maxLength: 2 }), fc.constantFrom('any', 'listed'), fc.constantFrom(0, long))
  .map(
    ([ones, which, keep]) =>
      (kv, tag) =>
        run(kv, end, [...homes(tag, 'u'), ...ones.map((one) => at(tag, one))], [which, keep, ...ones]),
  );
const seen: fc.Arbitrary<Call> = fc.constantFrom(1, 9).map(
  (limit) => async (kv, tag) =>
    // The order is of when they end: the same to the millisecond, or not.
    (await run(kv, members, listed(tag, 'u'), [limit])).length,
);
const tallied: fc.Arbitrary<Call> = fc.tuple(fc.constantFrom('', 'a', 'b'), fc.constantFrom(0, long)).map(
  ([one, ms]) =>
    (kv, tag) =>
      run(kv, tally, [at(tag, 'label')], [ms, one]),
);
const stored: fc.Arbitrary<Call> = handle.map((one) => async (kv, tag) => {
  const bytes = await kv.get(at(tag, one));
  return bytes === undefined ? undefined : { ...decodeRecord(bytes), createdMs: 0, seenMs: 0 };
});

const calls = fc.array(fc.oneof(created, created, saved, saved, touched, left, ended, seen, tallied, stored), {
  maxLength: 30,
});

describe('the forms of the procedures of sessions', redisServer().options, () => {
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
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(calls, async (list: readonly Call[]) => {
        const tag = `run ${++serial}`;
        const play = (kv: Kv): Promise<Told[]> => Promise.all(list.map((call) => call(kv, tag)));
        expect(await play(sqlite)).toEqual(await play(redis));
      }),
      { numRuns: 1000 },
    );
  });
});
