import { createHmac, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { virtualTime } from '@palier/testkit/clock';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createTokens } from './tokens.ts';

const secret = 'a secret of at least 32 characters';
const caller = { id: '01HK153X009ZBF2BE8KJHJDRZM', login: 'ada' };

test('A token comes back as who it was signed for, on every replica with the same secret', async () => {
  const { clock } = virtualTime();
  const token = await createTokens(secret, clock).sign(caller);
  expect(await createTokens(secret, clock).verify(token)).toEqual(caller);
});

test('A token is good for a day and not a second longer', async () => {
  const time = virtualTime();
  const tokens = createTokens(secret, time.clock);
  const token = await tokens.sign(caller);
  await time.advance((24 * 60 * 60 - 1) * 1000);
  expect(await tokens.verify(token)).toEqual(caller);
  await time.advance(1000);
  await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID', facts: { reason: 'expired' } });
});

test('alg none, another secret, another algorithm, another issuer and a changed payload are refused', async () => {
  const { clock } = virtualTime();
  const tokens = createTokens(secret, clock);
  const now = Math.floor(clock.epochMs() / 1000);
  const claims = { sub: caller.id, login: caller.login, iss: 'palier-releases', iat: now, exp: now + 1000 };
  const unsigned = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
  const sign = (alg: string, key: Parameters<SignJWT['sign']>[0], change = {}): Promise<string> =>
    new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg }).sign(key);
  const key = createSecretKey(Buffer.from(secret));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const good = await sign('HS256', key);
  expect(await tokens.verify(good)).toEqual(caller);
  const [head, , signature] = good.split('.');
  const hs512 = `${part({ alg: 'HS512' })}.${part(claims)}`;
  const forged = [
    unsigned,
    await sign('HS256', createSecretKey(Buffer.from('another secret of 32 characters!!'))),
    `${hs512}.${createHmac('sha512', secret).update(hs512).digest('base64url')}`,
    await sign('RS256', rsa),
    await sign('HS256', key, { iss: 'someone-else' }),
    await sign('HS256', key, { exp: undefined }),
    `${head}.${part({ ...claims, sub: 'someone else' })}.${signature}`,
    'no token at all',
    '..',
    '',
  ];
  for (const token of forged) await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
});

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
