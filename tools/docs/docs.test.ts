import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTree, root } from '../tidy/disk.ts';
import { checkErrors, collectErrors, errorsDocument, errorTypeProof } from './errors.ts';
import { findExamples } from './examples.ts';
import { findBrokenLinks } from './links.ts';

const entry = { message: 'The door is shut; it should be open.', hint: 'Open it.', retry: 'later' } as const;

describe('the error catalogue', () => {
  it('has one owner a code, and each entry says what is, what should be and what to do', async () => {
    expect(checkErrors(await collectErrors(root))).toEqual([]);
  });

  it('is what docs/reference/errors.md says (npm run docs)', async () => {
    expect(readFileSync(join(root, 'docs/reference/errors.md'), 'utf8')).toBe(
      errorsDocument(await collectErrors(root)),
    );
  });

  it('is refused with a second owner, a strange code, half a message, no hint', () => {
    const products = [
      { product: 'base', catalogue: { PALIER_DOOR: entry, door: entry } },
      { product: 'cli', catalogue: { PALIER_DOOR: { ...entry, message: 'The door is shut.', hint: '' } } },
    ];
    expect(checkErrors(products).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'base/errors.ts: door',
      'cli/errors.ts: PALIER_DOOR',
      'cli/errors.ts: PALIER_DOOR',
      'cli/errors.ts: PALIER_DOOR',
    ]);
  });

  it('is proved to be the type ErrorCode by a record that names each code once', () => {
    expect(errorTypeProof([{ product: 'base', catalogue: { PALIER_DOOR: entry } }])).toContain(
      'codes: Record<ErrorCode, true> = {\n  PALIER_DOOR: true,\n};',
    );
  });
});

describe('findBrokenLinks()', () => {
  it('finds every link of our documents whole', () => {
    const documents = new Map(Object.entries(readTree()).filter(([path]) => path.endsWith('.md')));
    expect(findBrokenLinks(documents, (path) => existsSync(join(root, path)))).toEqual([]);
  });

  it('reports a missing file, a way out of the repository and a missing heading', () => {
    const documents = new Map([
      [
        'docs/a.md',
        '# A b: `c`\n[x](b.md)\n[x](../../c.md)\n[x](#a)\n[x](#a-b-c) [x](../src/d.ts "D") [x](https://x.org/y)\n',
      ],
    ]);
    const exists = (path: string): boolean => ['docs/a.md', 'src/d.ts'].includes(path);
    expect(findBrokenLinks(documents, exists).map((line) => line.split(' ')[0])).toEqual([
      'docs/a.md:2',
      'docs/a.md:3',
      'docs/a.md:4',
    ]);
  });

  it('passes over links in code', () => {
    const text = '```md\n[x](missing.md)\n```\nas `[x](missing.md)` shows\n';
    expect(findBrokenLinks(new Map([['a.md', text]]), () => false)).toEqual([]);
  });
});

describe('findExamples()', () => {
  it('takes each ts block with the line of its code; fragments and other languages are only shown', () => {
    const text = '# A\n```ts\na();\n```\n~~~ts types\nb();\n~~~\n```ts fragment\nc\n```\n```sh\nd\n```\n';
    expect(findExamples('a.md', text)).toEqual([
      { document: 'a.md', line: 3, runs: true, code: 'a();' },
      { document: 'a.md', line: 6, runs: false, code: 'b();' },
    ]);
  });

  it('refuses a mark that nobody knows', () => {
    expect(() => findExamples('a.md', '```ts runn\n```\n')).toThrow('a.md:1');
  });
});
