/** The Lua and the TypeScript form of each procedure of sessions are one: the same random calls get the same answers and leave the same behind. */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisServer, startRedis } from '@palier/testkit/engines';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertSameForms, type FormCall, formsBeginMs } from '../../state/conformance/index.ts';
import { openKv, type Procedure } from '../../state/index.ts';
import { encodeBody, encodeChanges, encodeRecord, type FieldChange } from '../stored/record.ts';
import { create, leave, save, touch } from './change.ts';
import { end, members, tally } from './list.ts';
import { rewrite } from './rewrite.ts';

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
const body = (of: string | undefined, values: Readonly<Record<string, Buffer>>): Buffer =>
  encodeBody(
    of,
    new Map(Object.entries(values).map(([field, bytes]) => [field, { version: 1, value: bytes }] as const)),
  );
const created: Call = fc
  .tuple(handle, fc.option(handle, { nil: undefined }), user, fc.nat(3), permit, fields)
  .map(([one, old, of, most, permitted, values]) => ({
    procedure: create,
    keys: [one, old ?? one, ...homes(of)],
    args: [long, long, 5000, most, one, old ?? '', of === undefined ? '' : permitted, body(of, values)],
  }));
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

/** Were none of them done, or all, nothing would have been tried. */
const rewritings = { done: 0, refused: 0 };
const counted: Procedure<boolean> = {
  ...rewrite,
  read(reply) {
    const done = rewrite.read(reply);
    rewritings[done ? 'done' : 'refused']++;
    return done;
  },
};
/** What it is to find is put before it when that is known (`seenAs`): as the session is, or with one byte of it another. */
const rewrote: Call = fc
  .tuple(handle, user, fc.constantFrom(0, 0, 1, 6, 14, -1), fields)
  .map(([one, of, off, values]) => ({ procedure: counted, keys: [one], args: [off, body(of, values)] }));

const laterMs = fc.constantFrom(0, 0, 1, 5000, 299_999, long);
const later = (call: Call): fc.Arbitrary<FormCall> =>
  fc.tuple(call, laterMs).map(([one, ms]): FormCall => Object.assign({}, one, { laterMs: ms }));
const any = later(fc.oneof(created, saved, saved, rewrote, touched, left, ended, seen, tallied));
/** One that is surely made, and what becomes of it. */
const begun: Call = fc.tuple(handle, user, fields).map(([one, of, values]) => ({
  procedure: create,
  keys: [one, one, ...homes(of)],
  args: [long, long, 5000, 9, one, '', '', body(of, values)],
}));
const beginning = fc
  .tuple(later(begun), fc.array(later(rewrote), { maxLength: 3 }))
  .map(([one, more]): readonly FormCall[] => [[one], more].flat());
const calls = fc
  .array(
    fc.oneof(
      any.map((one) => [one]),
      any.map((one) => [one]),
      beginning,
    ),
    { maxLength: 15 },
  )
  .map((lists) => seenAs(lists.flat()));

/** Rewritings find what was made right before; after any other change they are to be refused. */
function seenAs(list: readonly FormCall[]): FormCall[] {
  const stored = new Map<string, Live>();
  let nowMs = formsBeginMs;
  return list.map((call) => {
    nowMs += call.laterMs ?? 0;
    const key = call.keys[0] as string;
    if (call.procedure === create) stored.set(key, live(1, nowMs, call.args.at(-1) as Buffer));
    if (call.procedure !== counted) return call;
    const [off, rest] = call.args as [number, Buffer];
    const was = stored.get(key) ?? live(1, nowMs, rest);
    const next = live(was.version + 1, was.createdMs, rest);
    const seen = Buffer.from(was.bytes);
    if (off === 0) stored.set(key, next);
    else seen.writeUInt8((seen.at(off) as number) ^ 1, off < 0 ? seen.length + off : off);
    return { ...call, args: [seen.length, Buffer.concat([seen, next.bytes])] };
  });
}

interface Live {
  readonly version: number;
  readonly createdMs: number;
  readonly bytes: Buffer;
}

function live(version: number, createdMs: number, rest: Buffer): Live {
  const times = { createdMs, seenMs: createdMs };
  const head = encodeRecord({ phase: 'live', version, ...times, user: undefined, fields: new Map() });
  return { version, createdMs, bytes: Buffer.concat([head.subarray(0, -1), rest]) };
}

describe('the forms of the procedures of sessions', redisServer().options, () => {
  test('answer the same to the same calls, in any order', async () => {
    const around = systemSurroundings(silentLog);
    await using server = await startRedis();
    await using redis = await openKv(server.url, around);
    await using sqlite = await openKv('sqlite::memory:', around);
    const same = fc.asyncProperty(calls, (list) => assertSameForms([sqlite, redis], list));
    await expect(fc.assert(same, { numRuns: 1000 })).resolves.toBeUndefined();
    expect(rewritings.done).toBeGreaterThan(100);
    expect(rewritings.refused).toBeGreaterThan(100);
  });
});
