import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { volumeSizesMb } from './options.ts';
import { cutIntoVolumes, zipBytes } from './volumes.ts';
import { zipStream } from './zip.ts';

const cases = fc.record({
  bytes: fc.integer({ min: 1, max: 30_000_000_000 }),
  volumeMb: fc.option(fc.constantFrom(...volumeSizesMb)),
  overhead: fc.integer({ min: 100, max: 50_000 }),
});
type Case = typeof cases extends fc.Arbitrary<infer One> ? One : never;

/** The name of a slice is longer than that of the whole book. */
const numbered = 8;
const cut = ({ bytes, volumeMb, overhead }: Case) =>
  cutIntoVolumes(bytes, volumeMb, (many) => overhead + (many ? numbered : 0));
const roomOf = ({ volumeMb, overhead }: Case): number => (volumeMb ?? 250) * 1_000_000 - overhead;
const mostOf = (one: Case): number => 99 * (roomOf(one) - numbered);

test('The slices are the book: one after the other, all but the last as large as a volume has room for', () => {
  fc.assert(
    fc.property(cases, (one) => {
      fc.pre(one.bytes <= mostOf(one));
      const slices = cut(one);
      expect(slices.length).toBeLessThanOrEqual(99);
      let at = 0;
      for (const slice of slices) {
        expect(slice.from).toBe(at);
        expect(slice.bytes).toBeGreaterThan(0);
        at += slice.bytes;
      }
      expect(at).toBe(one.bytes);
      const full = new Set(slices.slice(0, -1).map(({ bytes }) => bytes + one.overhead + numbered));
      expect(full.size).toBe(slices.length > 1 ? 1 : 0);
      expect(volumeSizesMb.map((mb) => mb * 1_000_000)).toEqual(expect.arrayContaining([...full]));
      expect(slices.at(-1)?.bytes).toBeLessThanOrEqual(roomOf(one));
    }),
  );
});

test('A book beyond 99 volumes is refused', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const large = { ...one, bytes: mostOf(one) + one.bytes };
      expect(() => cut(large)).toThrow(/does not fit into 99 volumes/);
    }),
  );
});

test('The size of an archive is known before it is written', async () => {
  const entry = fc.record({
    name: fc.stringMatching(/^[A-Za-z0-9]{1,30}$/),
    content: fc.uint8Array({ maxLength: 2000 }),
    streamed: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 5 }), async (entries) => {
      const stream = zipStream(
        entries.map(({ name, content, streamed }) =>
          streamed
            ? { name, bytes: content.length, open: () => Readable.from([Buffer.from(content)]) }
            : { name, content: Buffer.from(content) },
        ),
        '2026-02-03',
      );
      const expected = zipBytes(
        entries.map(({ name, content, streamed }) => ({ name, bytes: content.length, streamed })),
      );
      expect((await buffer(stream)).length).toBe(expected);
    }),
  );
});
