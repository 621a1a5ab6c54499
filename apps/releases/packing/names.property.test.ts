import fc from 'fast-check';
import { expect, test } from 'vitest';
import { directoryName, type Naming, payloadName, shortName, volumeName } from './names.ts';
import { sources, tags } from './options.ts';

const naming = (
  title: string | null,
  more: Partial<Naming['metadata']> = {},
  options: Partial<Naming['options']> = {},
): Naming => ({
  metadata: { title, creators: ['Ada Lovelace'], date: '2024-05-06', language: 'en', ...more },
  group: 'PALIER',
  options: { source: 'RETAiL', tag: null, ...options },
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 600, size: 'max' }),
  fc.string({ maxLength: 600, size: 'max' }),
);
const namings: fc.Arbitrary<Naming> = fc.record({
  metadata: fc.record({
    title: fc.option(text),
    creators: fc.array(text, { maxLength: 3 }),
    date: fc.option(fc.oneof(text, fc.constant('1999'), fc.constant('2024-01-02T00:00:00Z'))),
    language: fc.option(fc.oneof(text, fc.constantFrom('fr', 'de-CH', 'zh-Hant', 'pt_BR', 'FRA'))),
  }),
  group: fc.stringMatching(/^[A-Z0-9]{2,100}$/),
  options: fc.record({ source: fc.constantFrom(...sources), tag: fc.option(fc.constantFrom(...tags)) }),
});

test('A directory is Author.Title.Year.LANGUAGE.SOURCE.TAG.FORMAT.eBOOK-GROUP', () => {
  expect(directoryName(naming('The Story: of "it"'))).toBe(
    'Ada.Lovelace.The.Story.of.it.2024.RETAiL.EPUB.eBOOK-PALIER',
  );
  expect(directoryName(naming("L'été à Łódź", { language: 'fr-CH' }, { source: 'SCAN', tag: 'NFOFiX' }))).toBe(
    'Ada.Lovelace.Lete.a.Lodz.2024.FRENCH.SCAN.NFOFiX.EPUB.eBOOK-PALIER',
  );
  expect(directoryName(naming('日本', { creators: [], date: null, language: 'ja' }))).toBe(
    'Untitled.JAPANESE.RETAiL.EPUB.eBOOK-PALIER',
  );
  expect(shortName(naming('The Palier Handbook'))).toBe('paltph');
  expect(volumeName('paltph', 7)).toBe('paltph07.zip');
});

test('Whatever the book says, the names are safe, within their lengths, and end as the grammar wants', () => {
  fc.assert(
    fc.property(namings, (naming) => {
      const directory = directoryName(naming);
      expect(directory).toMatch(/^[A-Za-z0-9]([A-Za-z0-9-]|\.(?!\.))*$/);
      expect(directory.length).toBeLessThanOrEqual(243);
      const { source, tag } = naming.options;
      expect(directory.endsWith(`.${source}.${tag === null ? '' : `${tag}.`}EPUB.eBOOK-${naming.group}`)).toBe(true);
      const payload = payloadName(naming);
      expect(payload).toMatch(/^[A-Za-z0-9]([A-Za-z0-9-]|\.(?!\.))*\.epub$/);
      expect(payload.length + 4).toBeLessThanOrEqual(140);
      expect(volumeName(shortName(naming), 99)).toMatch(/^[a-z0-9]{4,8}\.zip$/);
    }),
  );
});
