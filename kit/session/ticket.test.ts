import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foreignTicket, generationKey, hmac, listKey, newTicket, signingKey, tagOf, verifiedTicket } from './ticket.ts';

const key = signingKey('a secret of more than thirty-two bytes');
const other = signingKey('another secret of more than thirty-two bytes');

test('the signature is HMAC-SHA256 (RFC 2104), for secrets of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.string({ minLength: 1, maxLength: 200 }), (message, secret) => {
      const expected = createHmac('sha256', secret).update(message).digest('base64url');
      expect(hmac(signingKey(secret), Buffer.from(message))).toEqual(expected);
    }),
  );
});

test('an id holds 176 bits of chance, and the place of its user', () => {
  const asked: number[] = [];
  const ticket = newTicket(
    (bytes) => {
      asked.push(bytes);
      return Buffer.alloc(bytes, 7);
    },
    key,
    tagOf('ada'),
  );
  expect(asked).toEqual([24]);
  expect(ticket.tag).toBe(tagOf('ada'));
  expect(Buffer.from(ticket.value, 'base64url').subarray(2, 24)).toEqual(Buffer.alloc(22, 7));
});

test('attack, tampering: a cookie with any one character changed is refused', () => {
  const { value } = newTicket(randomBytes, key, undefined);
  expect(verifiedTicket(value, [key])?.value).toBe(value);
  for (let i = 0; i < value.length; i++) {
    for (const sign of 'A_9') {
      if (sign === value[i]) continue;
      expect(verifiedTicket(value.slice(0, i) + sign + value.slice(i + 1), [key])).toBeUndefined();
    }
  }
});

test('attack, tampering: nothing but 64 characters of base64url is looked at', () => {
  const { value } = newTicket(randomBytes, key, undefined);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(verifiedTicket(text, [key])).toBeUndefined();
    }),
  );
  for (const text of [`${value}=`, ` ${value}`, value.slice(1), `${value}\n`])
    expect(verifiedTicket(text, [key])).toBeUndefined();
});

test('the first secret signs, all verify', () => {
  const old = newTicket(randomBytes, other, undefined);
  expect(verifiedTicket(old.value, [key, other])).toEqual(old);
  expect(verifiedTicket(old.value, [key])).toBeUndefined();
});

test('attack, key injection: no user and no id gets out of its own key', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
      expect(listKey(a)).toMatch(/^session:\{[0-9a-f]{4}\}:of:[\w-]{32}$/);
      expect(foreignTicket(a).key).toMatch(/^session:\{[0-9a-f]{4}\}:is:[\w-]{32}$/);
      expect(generationKey(a)).toMatch(/^session:\{[0-9a-f]{4}\}:of:[\w-]{32}:generation$/);
      // Nobody's list or generation is another's, and both of a user live at one place.
      const all = new Set([a, b].flatMap((user) => [listKey(user), generationKey(user)]));
      expect(all.size).toBe(a === b ? 2 : 4);
      expect(generationKey(a).slice(0, 14)).toBe(`session:{${tagOf(a)}}`);
      expect(listKey(a).slice(0, 14)).toBe(`session:{${tagOf(a)}}`);
    }),
  );
});

test('what is stored does not hold the id', () => {
  const ticket = newTicket(randomBytes, key, undefined);
  const id = Buffer.from(ticket.value, 'base64url').subarray(0, 24);
  expect(ticket.key).not.toContain(id.toString('base64url').slice(3, 20));
  expect(Buffer.from(ticket.handle, 'base64url')).not.toEqual(id);
});
