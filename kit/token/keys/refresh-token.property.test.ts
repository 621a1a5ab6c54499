import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUser } from '../claims.ts';
import { refreshSeal } from './refresh-token.ts';

const secret = (text: string): string => text.repeat(32);
const claims = fc.record({
  user: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter(isUser),
  family: fc.stringMatching(/^[\w-]{22}$/),
  turn: fc.integer({ min: 1, max: 2 ** 40 }),
});

test('what is sealed opens to the same, always as the same text, and by an older secret too', () => {
  const old = refreshSeal([{ id: 'a', secret: secret('a') }]);
  const now = refreshSeal([
    { id: 'b', secret: secret('b') },
    { id: 'a', secret: secret('a') },
  ]);
  fc.assert(
    fc.property(claims, (one) => {
      expect(old.seal(one)).toBe(old.seal({ ...one }));
      expect(now.open(old.seal(one))).toEqual(one);
      expect(now.open(now.seal(one))).toEqual(one);
      expect(old.open(now.seal(one))).toBeUndefined();
    }),
  );
});

test('one character changed, or one secret another, and it does not open', () => {
  const seal = refreshSeal([{ id: 'a', secret: secret('a') }]);
  const other = refreshSeal([{ id: 'a', secret: secret('b') }]);
  fc.assert(
    fc.property(claims, fc.nat(), fc.constantFrom(...'aZ0-_.'), (one, at, sign) => {
      const token = seal.seal(one);
      const changed = token.slice(0, at % token.length) + sign + token.slice((at % token.length) + 1);
      expect(seal.open(changed)).toEqual(changed === token ? one : undefined);
      expect(other.open(token)).toBeUndefined();
      expect(seal.open(token.slice(0, at % token.length))).toBeUndefined();
    }),
  );
});
