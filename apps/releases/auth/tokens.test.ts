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

test('What was checked once is known by the whole token: another token of the same user is another, and a forged one stays forged', async () => {
  const time = virtualTime();
  const tokens = createTokens(secret, time.clock);
  const ada = await tokens.sign(caller);
  const bob = await tokens.sign({ id: '01HK153X009ZBF2BE8KJHJDRZN', login: 'bob' });
  for (let i = 0; i < 3; i++) {
    expect((await tokens.verify(ada)).login).toBe('ada');
    expect((await tokens.verify(bob)).login).toBe('bob');
    const mixed = [...bob.split('.').slice(0, 2), ada.split('.')[2]].join('.');
    await expect(tokens.verify(mixed)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  }
});

test('More tokens than are remembered are checked anew and come back as who they were signed for', async () => {
  const { clock } = virtualTime();
  const tokens = createTokens(secret, clock, 2);
  const names = ['ada', 'bob', 'eve', 'ada', 'bob', 'eve'];
  const signed = await Promise.all(names.map((login) => tokens.sign({ id: caller.id, login })));
  const seen: string[] = [];
  for (const token of [...signed, ...signed]) seen.push((await tokens.verify(token)).login);
  expect(seen).toEqual([...names, ...names]);
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
