import fc from 'fast-check';
import { expect, test } from 'vitest';
import { directoryName, type Naming, payloadName, shortName, volumeName } from './names.ts';
import { periodicals, sources, tags } from './options.ts';

const naming = (
  title: string | null,
  more: Partial<Naming['metadata']> = {},
  options: Partial<Naming['options']> = {},
): Naming => ({
  metadata: { title, creators: ['Ada Lovelace'], date: '2024-05-06', language: 'en', ...more },
  group: 'PALIER',
  options: { source: 'RETAiL', tag: null, kind: null, issue: null, ...options },
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
  options: fc.record({
    source: fc.constantFrom(...sources),
    tag: fc.option(fc.constantFrom(...tags)),
    kind: fc.option(fc.constantFrom(...periodicals)),
    issue: fc.option(fc.oneof(text, fc.constantFrom('12', 'No. 3', 'March 2024'))),
  }),
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

test('A magazine, a comic and a manga are named by title and issue, and marked as what they are', () => {
  const directory = (kind: Naming['options']['kind'], issue: string | null): string =>
    directoryName(naming('The Weekly Landing', { language: 'fr' }, { kind, issue, tag: 'PROPER' }));
  expect(directory('MAGAZiNE', 'No. 12')).toBe(
    'The.Weekly.Landing.No.12.2024.FRENCH.RETAiL.PROPER.MAGAZiNE.EPUB.eBOOK-PALIER',
  );
  expect(directory('COMiC', 'Été')).toBe('The.Weekly.Landing.Ete.2024.FRENCH.RETAiL.PROPER.COMiC.EPUB.eBOOK-PALIER');
  expect(directory('MANGA', null)).toBe('The.Weekly.Landing.2024.FRENCH.RETAiL.PROPER.MANGA.EPUB.eBOOK-PALIER');
  // A book is named by its author, whatever else was sent.
  expect(directory(null, '12')).toBe('Ada.Lovelace.The.Weekly.Landing.2024.FRENCH.RETAiL.PROPER.EPUB.eBOOK-PALIER');
  expect(payloadName(naming('x', {}, { kind: 'COMiC', issue: '7' }))).toBe('x.7.2024.epub');
});

test('Two issues of one title never have one name, however long the title is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9998 }), fc.integer({ min: 0, max: 600 }), (issue, length) => {
      const of = (number: number): Naming =>
        naming('t'.repeat(length), {}, { kind: 'MAGAZiNE', issue: String(number) });
      for (const name of [directoryName, payloadName]) expect(name(of(issue))).not.toBe(name(of(issue + 1)));
    }),
  );
});

test('Whatever the book says, the names are safe, within their lengths, and end as the grammar wants', () => {
  fc.assert(
    fc.property(namings, (naming) => {
      const directory = directoryName(naming);
      expect(directory).toMatch(/^[A-Za-z0-9]([A-Za-z0-9-]|\.(?!\.))*$/);
      expect(directory.length).toBeLessThanOrEqual(243);
      const { source, tag, kind } = naming.options;
      const marks = [source, tag, kind, 'EPUB', `eBOOK-${naming.group}`].filter((mark) => mark !== null);
      expect(directory.endsWith(`.${marks.join('.')}`)).toBe(true);
      const payload = payloadName(naming);
      expect(payload).toMatch(/^[A-Za-z0-9]([A-Za-z0-9-]|\.(?!\.))*\.epub$/);
      expect(payload.length + 4).toBeLessThanOrEqual(140);
      expect(volumeName(shortName(naming), 99)).toMatch(/^[a-z0-9]{4,8}\.zip$/);
    }),
  );
});
