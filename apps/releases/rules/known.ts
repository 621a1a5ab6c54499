/**
 * Rules that come with the service, in our own words: for sections whose rules are public. To be taken over and then changed as one's own.
 */
import type { RulesTable } from '../database/schema.ts';

export type KnownRule = Pick<RulesTable, 'name' | 'section' | 'scene' | 'year' | 'content'>;

export const knownRules: readonly KnownRule[] = [
  {
    name: 'eBOOK rules 2022, in short',
    section: 'EBOOK',
    scene: 'eBOOK',
    year: 2022,
    content: [
      '1. A release is a directory: ZIP volumes, and an NFO. Each ZIP holds the NFO and a FILE_ID.DIZ.',
      '2. ZIP names are 8.3. A directory has at most 243 characters, an archive at most 140; none has a space.',
      '3. ZIP sizes are 5, 10, 50, 100, 150, 200 or 250 MB (of 1 000 000 bytes), at most 99 of them. No SFV inside.',
      '4. Formats: PDF, EPUB, CBZ, AZW, KF8, PRC, MOBI.',
      '5. The NFO tells release date (ISO), publication date, language, type (RETAiL, SCAN, HYBRiD), author or publisher, issue, and a link to the source.',
      '6. Directory: Author.Title.Year.LANGUAGE.SOURCE.FORMAT.eBOOK-GRP; the language is left out when it is English.',
      '7. RETAiL goes before HYBRiD, HYBRiD before SCAN. A PROPER is against the rules of what it replaces, within 24 hours.',
    ].join('\n'),
  },
  {
    name: 'NFO and DIZ, in short',
    section: 'DOCS',
    scene: 'all',
    year: 2022,
    content: [
      '1. An NFO is text of at most 80 columns.',
      '2. A FILE_ID.DIZ has at most 44 columns and 30 lines, and counts the volumes as [xx/yy].',
      '3. An SFV has one line for each file: its name and its CRC32 in hex.',
    ].join('\n'),
  },
  {
    name: 'Music releases, in short',
    section: 'AUDIOBOOK',
    scene: 'music',
    year: 2022,
    content: ['1. Artist-Title-Year-Group.', '2. An SFV and an NFO are needed.'].join('\n'),
  },
];
