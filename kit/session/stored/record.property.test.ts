import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeChanges,
  decodeRecord,
  encodeChanges,
  encodeRecord,
  type FieldChange,
  merged,
  rewritten,
  type SessionRecord,
} from './record.ts';

const name = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('é', 'éa', 'aé'),
);
const value = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const version = fc.integer({ min: 1, max: 0xffff_fff0 });
const timeMs = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const record: fc.Arbitrary<SessionRecord> = fc.record({
  phase: fc.constantFrom('live', 'leaving'),
  version,
  createdMs: timeMs,
  seenMs: timeMs,
  user: fc.option(fc.string({ minLength: 1, maxLength: 60 }), { nil: undefined }),
  fields: fc.array(fc.tuple(name, fc.record({ version, value }))).map((list) => new Map(list)),
});
const changes = fc
  .array(fc.tuple(name, fc.record({ base: fc.nat(), value: fc.option(value, { nil: undefined }) })))
  .map((list): ReadonlyMap<string, FieldChange> => new Map(list));
/** Names that meet. */
const few = fc.constantFrom('a', 'b', 'c');
const fewChanges = fc
  .uniqueArray(fc.tuple(few, fc.option(value, { nil: undefined })), { selector: ([field]) => field })
  .map((list) => new Map(list));
const fewFields = fc
  .uniqueArray(fc.tuple(few, value), { selector: ([field]) => field })
  .map((list) => new Map(list.map(([field, bytes], i) => [field, { version: 1 + i, value: bytes }])));
const fewRecord = fc
  .tuple(record, fewFields)
  .map(([one, fields]): SessionRecord => Object.assign({}, one, { version: 5, fields }));

/** What a request that read `from` hands in. */
const seenBy = (from: SessionRecord, list: ReadonlyMap<string, Buffer | undefined>): ReadonlyMap<string, FieldChange> =>
  new Map([...list].map(([field, bytes]) => [field, { base: from.fields.get(field)?.version ?? 0, value: bytes }]));

test('what was encoded is decoded, whatever the names and the values hold', () => {
  fc.assert(
    fc.property(record, (one) => {
      const decoded = decodeRecord(encodeRecord(one));
      // One at a time, before and after all of them.
      const each = [...one.fields].map(([field]) => [field, decoded.fields.get(field)]);
      expect(each).toEqual([...one.fields]);
      expect({ ...decoded, fields: new Map(decoded.fields) }).toEqual(one);
      expect([...one.fields.keys()].map((field) => decoded.fields.get(field))).toEqual(
        each.map(([, stored]) => stored),
      );
    }),
  );
  fc.assert(
    fc.property(changes, (list) => {
      expect(decodeChanges(encodeChanges(list))).toEqual(list);
    }),
  );
});

test('a field that is not there is not found, however its name resembles another', () => {
  fc.assert(
    fc.property(record, name, (one, field) => {
      const decoded = decodeRecord(encodeRecord(one));
      expect(decoded.fields.has(field)).toBe(one.fields.has(field));
      for (const [other] of one.fields) {
        for (const like of [`${other}a`, other.slice(0, -1), `\u0000${other}`])
          expect(decoded.fields.get(like)).toEqual(one.fields.get(like));
      }
    }),
  );
});

test('a format that is not known is refused, never guessed', () => {
  fc.assert(
    fc.property(record, fc.integer({ min: 0, max: 255 }), (one, format) => {
      fc.pre(format !== 1);
      const bytes = encodeRecord(one);
      bytes[0] = format;
      expect(() => decodeRecord(bytes)).toThrow('this version knows');
    }),
  );
});

test('a session that was read and is rewritten is, byte for byte, what merging the changes makes of it, behind what it was read as', () => {
  fc.assert(
    fc.property(record, changes, few, value, (one, list, other, bytes) => {
      // Of fields that it has, and of others.
      const seen = [...one.fields.keys()].filter((_, i) => i % 2 === 0).map((field) => [field, bytes] as const);
      const all = new Map([...list, ...seenBy(one, new Map([...seen, [other, bytes]]))]);
      const stored = { ...one, phase: 'live' } as const;
      const read = decodeRecord(encodeRecord(stored));
      const next = rewritten(read, all);
      const expected = merged(stored, all).record;
      expect(next?.bytes).toEqual(Buffer.concat([encodeRecord(stored), encodeRecord(expected)]));
      expect(next?.seen).toBe(encodeRecord(stored).length);
      expect(next?.fields).toBe(expected.fields.size);
      // Its use was written down since: nothing that was read says so.
      const used = { ...read, seenMs: 7 };
      expect(rewritten(used, all)?.bytes.subarray(next?.seen)).toEqual(encodeRecord({ ...expected, seenMs: 7 }));
      expect(rewritten({ ...read, phase: 'leaving' }, all)).toBe(undefined);
    }),
  );
});

test('two requests that change different fields lose nothing, in either order', () => {
  fc.assert(
    fc.property(fewRecord, fewChanges, fewChanges, (start, first, second) => {
      fc.pre([...first.keys()].every((field) => !second.has(field)));
      const after = merged(merged(start, seenBy(start, first)).record, seenBy(start, second));
      const other = merged(merged(start, seenBy(start, second)).record, seenBy(start, first));
      expect([...after.conflicts, ...other.conflicts]).toEqual([]);
      const values = ({ record: { fields } }: typeof after) =>
        Object.fromEntries([...fields].map(([field, stored]) => [field, stored.value.toString('hex')]).toSorted());
      expect(values(after)).toEqual(values(other));
      for (const [field, bytes] of [...first, ...second]) expect(after.record.fields.get(field)?.value).toEqual(bytes);
    }),
  );
});

test('a field that both changed is told, and the later save wins', () => {
  fc.assert(
    fc.property(fewRecord, few, value, value, (start, field, mine, theirs) => {
      const between = merged(start, seenBy(start, new Map([[field, theirs]]))).record;
      const after = merged(between, seenBy(start, new Map([[field, mine]])));
      expect(after.conflicts).toEqual([field]);
      expect(after.record.fields.get(field)?.value).toEqual(mine);
    }),
  );
});

test('a field written again after it was taken away is another one than it was', () => {
  fc.assert(
    fc.property(fewRecord, few, value, value, (start, field, mine, theirs) => {
      fc.pre(start.fields.has(field));
      const gone = merged(start, seenBy(start, new Map([[field, undefined]]))).record;
      const again = merged(gone, seenBy(gone, new Map([[field, theirs]]))).record;
      expect(merged(again, seenBy(start, new Map([[field, mine]]))).conflicts).toEqual([field]);
    }),
  );
});
