import fc from 'fast-check';
import { expect, test } from 'vitest';
import { releaseTypes } from '../releases/kinds.ts';
import { readForm } from './form.ts';

test('A group in either case is folded to upper', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9]{2,100}$/), fc.constantFrom(...releaseTypes), (group, release_type) => {
      expect(readForm({ group, release_type }, false)).toEqual({
        group: group.toUpperCase(),
        releaseType: release_type,
      });
    }),
  );
});

test('Anything else is refused, and the field is named', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.anything()), (group) => {
      fc.pre(typeof group !== 'string' || !/^[A-Za-z0-9]{2,100}$/.test(group));
      expect(() => readForm({ group, release_type: 'EBOOK' }, false)).toThrow(/^group is /);
    }),
  );
  // Their upper case would be letters A to Z.
  for (const group of ['ßß', 'ﬁﬁ', 'ıı', 'A', 'A'.repeat(101), 'AB\n']) {
    expect(() => readForm({ group, release_type: 'EBOOK' }, false)).toThrow(/^group is /);
  }
  for (const type of [undefined, 5, '', 'EBOOKS', ['EBOOK'], '__proto__']) {
    expect(() => readForm({ group: 'AB', release_type: type }, false)).toThrow(/^release_type is /);
  }
  expect(() => readForm({ group: 'AB', release_type: 'TV' }, true)).toThrow(/EBOOK or DOCS/);
});
