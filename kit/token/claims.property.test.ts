import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AccessClaims, checkClaims, isUser, payloadOf } from './claims.ts';

const expected = { issuer: 'i', audience: 'a', accessLifeMs: 600_000, toleranceMs: 5000 };
const id = fc.stringMatching(/^[\w-]{22}$/);
const number = fc.nat({ max: 2 ** 52 });
const issuedAtMs = fc.integer({ min: 10, max: 2 ** 31 }).map((s) => s * 1000);
const claims: fc.Arbitrary<AccessClaims> = fc
  .record({
    user: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter(isUser),
    family: id,
    id,
    issuedAtMs,
    lifeS: fc.integer({ min: 1, max: 600 }),
    generation: fc.record({ user: number, everyone: number }),
    extra: fc.dictionary(fc.constantFrom('role', 'name', 'x'), fc.jsonValue()),
  })
  .map(({ lifeS, ...rest }) => Object.assign(rest, { expiresAtMs: rest.issuedAtMs + lifeS * 1000 }));
const wire = (payload: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(payload));

test('what was issued is read back the same, from toleranceMs before it was issued until its exp and not at it', () => {
  fc.assert(
    fc.property(claims, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (one, part) => {
      const payload = wire(payloadOf(one, expected));
      const fromMs = one.issuedAtMs - expected.toleranceMs;
      const nowMs = Math.min(Math.floor(fromMs + part * (one.expiresAtMs - fromMs)), one.expiresAtMs - 1);
      expect(checkClaims(payload, expected, nowMs)).toEqual(wire(one));
      expect(checkClaims(payload, expected, one.expiresAtMs)).toBe('expired');
      expect(checkClaims(payload, expected, one.expiresAtMs - 1)).toEqual(wire(one));
      expect(checkClaims(payload, expected, fromMs - 1)).toBe('early');
    }),
  );
});

test('one claim left out or of another kind is enough to be refused', () => {
  const names = ['iss', 'aud', 'sub', 'exp', 'nbf', 'iat', 'jti', 'fam', 'gen'];
  fc.assert(
    fc.property(claims, fc.constantFrom(...names), fc.jsonValue(), (one, name, value) => {
      const payload = wire(payloadOf(one, expected));
      const { [name]: held, ...without } = payload;
      expect(typeof checkClaims(without, expected, one.issuedAtMs)).toBe('string');
      const kinds = (json: unknown): string => (Array.isArray(json) ? 'array' : typeof json);
      fc.pre(kinds(value) !== kinds(held));
      expect(typeof checkClaims({ ...payload, [name]: value }, expected, one.issuedAtMs)).toBe('string');
    }),
  );
});

test('nothing that a stranger can sign for another audience, or for longer, is taken, whatever it looks like', () => {
  fc.assert(
    fc.property(claims, fc.integer({ min: 1201, max: 2 ** 33 }), fc.jsonValue(), (one, lifeS, aud) => {
      const payload = wire(payloadOf(one, expected));
      expect(typeof checkClaims({ ...payload, exp: Number(payload['iat']) + lifeS }, expected, one.issuedAtMs)).toBe(
        'string',
      );
      fc.pre(aud !== expected.audience);
      expect(checkClaims({ ...payload, aud }, expected, one.issuedAtMs)).toBe('audience');
    }),
  );
});
