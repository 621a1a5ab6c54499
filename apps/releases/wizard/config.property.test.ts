import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPacking, periodicals, readPacking, sources, tags, volumeSizesMb } from '../packing/options.ts';
import { changeMetadata, readConfig, readMetadata, wordsOf, writeConfig } from './config.ts';

const text = fc.option(fc.stringMatching(/^[a-z]{1,20}( [a-z]{1,20}){0,3}$/));
const metadata = fc.record({
  title: text,
  creators: fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { maxLength: 20 }),
  language: text,
  publisher: text,
  date: text,
  identifier: text,
  description: text,
  subjects: fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { maxLength: 50 }),
});

test('What is stored is read again as it was', () => {
  const packing = fc.record({
    source: fc.constantFrom(...sources),
    tag: fc.option(fc.constantFrom(...tags)),
    kind: fc.option(fc.constantFrom(...periodicals)),
    volumeMb: fc.option(fc.constantFrom(...volumeSizesMb)),
    link: fc.constantFrom(null, 'https://books.example/1'),
    issue: fc.option(fc.stringMatching(/^[a-z0-9]{1,40}$/)),
  });
  fc.assert(
    fc.property(packing, fc.stringMatching(/^.{1,50}$/), metadata, (packing, template, metadata) => {
      const config = { packing, template, ruleId: null, analyzed: 'abc' };
      expect(readConfig(writeConfig(config))).toEqual(config);
      expect(readPacking(wordsOf(packing) as Record<string, unknown>)).toEqual(packing);
      expect(readMetadata(JSON.stringify(metadata))).toEqual(metadata);
    }),
  );
});

test('Whatever somebody has written there, it is read: what is of another form is as if it were not there', () => {
  const foreign = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom('title', 'creators', 'packing', 'template', 'analyzed', '__proto__'), fc.jsonValue()),
    fc.constant({ title: 'x'.repeat(501), creators: Array.from({ length: 21 }, () => 'x'), date: '2024' }),
  );
  fc.assert(
    fc.property(foreign, (value) => {
      const json = JSON.stringify(value);
      const read = readMetadata(json);
      expect(changeMetadata(read, { ...read })).toEqual(read);
      expect(readConfig(json).template.length).toBeGreaterThan(0);
    }),
  );
  expect(readMetadata('{"title":5,"date":"2024"}')).toMatchObject({ title: null, date: '2024' });
  expect(readConfig('{"packing":{"source":"STOLEN"}}').packing).toEqual(defaultPacking);
});
