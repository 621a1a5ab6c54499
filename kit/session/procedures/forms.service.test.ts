/** The Lua and the TypeScript form of each procedure of sessions are one: the same random calls get the same answers and leave the same behind. */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisServer, startRedis } from '@palier/testkit/engines';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertSameForms, type FormCall } from '../../state/conformance/index.ts';
import { openKv } from '../../state/index.ts';
import { encodeBody, encodeChanges, type FieldChange } from '../stored/record.ts';
import { create, leave, save, touch } from './change.ts';
import { end, members, tally } from './list.ts';

type Call = fc.Arbitrary<Omit<FormCall, 'laterMs'>>;

const long = 600_000;
const handle = fc.constantFrom('a', 'b', 'c');
const name = fc.constantFrom('x', 'y', 'é', '');
const value = fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes));
const user = fc.constantFrom('u', undefined);
const life = fc.constantFrom([long, long], [long, 300_000], [-1, long]) as fc.Arbitrary<[number, number]>;

const changes = fc
  .array(fc.tuple(name, fc.nat(3), fc.option(value, { nil: undefined })), { maxLength: 4 })
  .map((list) => new Map<string, FieldChange>(list.map(([field, base, bytes]) => [field, { base, value: bytes }])));

const listed = (of: string | undefined): string[] => (of === undefined ? [] : [`list ${of}`]);
const homes = (of: string | undefined): string[] => (of === undefined ? [] : [`list ${of}`, 'generation']);

const fields = fc.dictionary(name, value);
const permit = fc.constantFrom('', '0');
const created: Call = fc
  .tuple(handle, fc.option(handle, { nil: undefined }), user, fc.nat(3), permit, fields)
  .map(([one, old, of, most, permitted, values]) => {
    const versions = Object.entries(values).map(([field, bytes]) => [field, { version: 1, value: bytes }] as const);
    const body = encodeBody(of, new Map(versions));
    return {
      procedure: create,
      keys: [one, old ?? one, ...homes(of)],
      args: [long, long, 5000, most, one, old ?? '', of === undefined ? '' : permitted, body],
    };
  });
const saved: Call = fc
  .tuple(handle, user, life, fc.constantFrom(40, 1000), fc.nat(4), fc.constantFrom('last', 'tell'), changes)
  .map(([one, of, lives, bytes, most, conflict, list]) => ({
    procedure: save,
    keys: [one, ...listed(of)],
    args: [...lives, bytes, most, conflict, one, encodeChanges(list)],
  }));
const touched: Call = fc
  .tuple(handle, user, life)
  .map(([one, of, lives]) => ({ procedure: touch, keys: [one, ...listed(of)], args: [...lives, one] }));
const left: Call = fc
  .tuple(handle, user, fc.constantFrom(0, 5000))
  .map(([one, of, graceMs]) => ({ procedure: leave, keys: [one, ...listed(of)], args: [graceMs, one] }));
const ended: Call = fc
  .tuple(fc.uniqueArray(handle, { maxLength: 2 }), fc.constantFrom('any', 'listed'), fc.constantFrom(0, long))
  .map(([ones, which, keepMs]) => ({
    procedure: end,
    keys: [...homes('u'), ...ones],
    args: [which, keepMs, ...ones],
  }));
const seen: Call = fc.constantFrom(1, 9).map((limit) => ({ procedure: members, keys: listed('u'), args: [limit] }));
const tallied: Call = fc
  .tuple(fc.constantFrom('', 'a', 'b'), fc.constantFrom(0, long))
  .map(([one, ms]) => ({ procedure: tally, keys: ['label'], args: [ms, one] }));

const laterMs = fc.constantFrom(0, 0, 1, 5000, 299_999, long);
const calls = fc.array(
  fc
    .tuple(fc.oneof(created, created, saved, saved, touched, left, ended, seen, tallied), laterMs)
    .map(([call, ms]): FormCall => Object.assign({}, call, { laterMs: ms })),
  { maxLength: 30 },
);

describe('the forms of the procedures of sessions', redisServer().options, () => {
  test('answer the same to the same calls, in any order', async () => {
    const around = systemSurroundings(silentLog);
    await using server = await startRedis();
    await using redis = await openKv(server.url, around);
    await using sqlite = await openKv('sqlite::memory:', around);
    const same = fc.asyncProperty(calls, (list) => assertSameForms([sqlite, redis], list));
    await expect(fc.assert(same, { numRuns: 1000 })).resolves.toBeUndefined();
  });
});
