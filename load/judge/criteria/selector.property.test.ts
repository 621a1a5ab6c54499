import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesSelector, parseSelector } from './selector.ts';

const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
const labels = fc.dictionary(name, fc.string(), { maxKeys: 4 });

function written(metric: string, pairs: Readonly<Record<string, string>>): string {
  const escape = (text: string): string => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
  const list = Object.entries(pairs).map(([label, value]) => `${label}="${escape(value)}"`);
  return list.length === 0 ? metric : `${metric}{${list.join(',')}}`;
}

describe('matchesSelector()', () => {
  it('finds a series by any part of its labels, in any order', () => {
    fc.assert(
      fc.property(name, labels, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (metric, pairs, kept) => {
        const part = Object.entries(pairs)
          .filter((_, i) => kept[i])
          .toReversed();
        expect(matchesSelector(written(metric, pairs), parseSelector(written(metric, Object.fromEntries(part))))).toBe(
          true,
        );
      }),
    );
  });

  it('finds no series of another name, another value or without the label', () => {
    expect(matchesSelector('hits_total', parseSelector('hits'))).toBe(false);
    expect(matchesSelector('hits{a="1"}', parseSelector('hits{a="2"}'))).toBe(false);
    expect(matchesSelector('hits', parseSelector('hits{a="1"}'))).toBe(false);
    expect(matchesSelector('hits{a="}",b="\\""}', parseSelector('hits{b="\\""}'))).toBe(true);
  });

  it('never fails', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(typeof matchesSelector(a, parseSelector(b))).toBe('boolean');
      }),
    );
  });
});
