import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  familyName,
  nothingRevoked,
  readRevocations,
  refuses,
  type Revocations,
  revocationsText,
  revoked,
  tokenName,
} from './revocation.ts';

const lifeMs = 100;
const keep = { keepMs: 2 * lifeMs, maxRevoked: 4 };
const name = fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F');
const act = fc.oneof(
  fc.record({ act: fc.constantFrom('issue' as const, 'revoke' as const), family: name, id: name }),
  fc.record({ act: fc.constant('all' as const), family: name, id: name }),
);

interface Token {
  readonly generation: { user: number; everyone: number };
  readonly family: string;
  readonly id: string;
  readonly expiresAtMs: number;
  gone: boolean;
}

test('a token is refused from its revocation to its exp, and no other is unless there were too many', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(act, fc.constantFrom(0, 0, 1, 20, 40), fc.boolean()), { maxLength: 60 }), (list) => {
      let nowMs = 1000;
      let held: Revocations = nothingRevoked;
      let expiresAtMs = 0;
      const tokens: Token[] = [];
      for (const [{ act: what, family, id }, waitMs, single] of list) {
        nowMs += waitMs;
        // As the engine does: a record whose time is over is not there.
        if (nowMs >= expiresAtMs) held = nothingRevoked;
        held = readRevocations(Buffer.from(revocationsText(held)));
        if (what === 'issue') {
          const generation = { user: held.generation, everyone: 0 };
          const born: Token = {
            generation,
            family,
            id: `${tokens.length}${id}`,
            expiresAtMs: nowMs + lifeMs,
            gone: false,
          };
          // A revoked family issues no more.
          if (!held.gone.has(familyName(family))) tokens.push(born);
        } else {
          const target = tokens.find((token) => token.family === family);
          const one = single && target !== undefined ? tokenName(target.id) : familyName(family);
          const { next, all } = revoked(held, what === 'all' ? 'all' : one, nowMs, keep);
          held = next;
          expiresAtMs = nowMs + keep.keepMs;
          for (const token of tokens) {
            if (all || one === familyName(token.family) || one === tokenName(token.id)) token.gone = true;
          }
        }
        expect(held.gone.size).toBeLessThanOrEqual(keep.maxRevoked);
        const living = tokens.filter(({ expiresAtMs: endsMs }) => nowMs < endsMs);
        expect(living.map((token) => refuses(held, 0, token))).toEqual(living.map(({ gone }) => gone));
      }
    }),
  );
});

test("a generation is above every one before it, whatever the engine's clock does", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 2 }), (times) => {
      let held: Revocations = nothingRevoked;
      for (const nowMs of times) {
        const { next } = revoked(held, 'all', nowMs, keep);
        expect(next.generation).toBeGreaterThan(held.generation);
        expect(next.generation).toBeGreaterThanOrEqual(nowMs);
        held = next;
      }
    }),
  );
});

test('what does not read as a record refuses everything', () => {
  const token = { generation: { user: 2 ** 52, everyone: 0 }, family: 'A', id: 'A' };
  for (const text of ['x', 'NaN', '1.5', '9'.repeat(30)])
    expect(refuses(readRevocations(Buffer.from(text)), 0, token)).toBe(true);
  expect(refuses(readRevocations(undefined), 0, token)).toBe(false);
});
