import { createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto';
import { type JWK, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { keysOf } from './copies.ts';
import { names, refreshSecrets, setup, tokenKey } from './testing/setup.ts';

const refusedAs = (kind: 'access' | 'refresh'): unknown =>
  expect.objectContaining({ code: 'PALIER_TOKEN_REFUSED', facts: expect.objectContaining({ kind }) });
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of ours, its parts, and a way to sign others with the same key. */
async function stolen(algorithm: 'ES256' | 'RS256' | 'EdDSA' = 'RS256') {
  const bench = await setup(algorithm);
  const tokens = bench.replica();
  const { accessToken } = await tokens.open('ann');
  await tokens.validate(accessToken);
  const [head, payload, signature] = accessToken.split('.') as [string, string, string];
  const { jwk } = bench.secrets.accessKeys[0] as { jwk: JWK };
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const sign = (changed: object, header: object = {}): Promise<string> =>
    new SignJWT({ ...claims, ...changed })
      .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: 'a', ...header })
      .sign(createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' }));
  /** What was not refused by a fresh replica, or by one that knows the good token. */
  const leaks: unknown[] = [];
  const refuses = async (token: unknown): Promise<void> => {
    for (const at of [bench.replica(), tokens]) {
      const answer = await at.validate(token as string).catch((error: { code?: string }) => error.code);
      if (answer !== 'PALIER_TOKEN_REFUSED') leaks.push({ token, answer });
    }
  };
  return { ...bench, accessToken, head, payload, signature, jwk, sign, claims, refuses, leaks };
}

describe('refused, and no shard is asked:', () => {
  test('the token that the attacks start from is good', async () => {
    const { sign, replica } = await stolen();
    expect((await replica().validate(await sign({}))).user).toBe('ann');
  });

  test('alg: none', async () => {
    const { payload, signature, refuses, leaks } = await stolen();
    for (const alg of ['none', 'None', 'NONE', '']) {
      const head = base64({ alg, typ: 'at+jwt', kid: 'a' });
      for (const end of ['', signature]) await refuses(`${head}.${payload}.${end}`);
    }
    expect(leaks).toEqual([]);
  });

  test('RS/HS confusion: our public key as the secret of an HMAC', async () => {
    const { payload, jwk, refuses, leaks, head } = await stolen();
    const open = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const secrets = [
      open.export({ type: 'spki', format: 'pem' }),
      open.export({ type: 'spki', format: 'der' }),
      JSON.stringify(open.export({ format: 'jwk' })),
    ];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    for (const secret of secrets) {
      const forged = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'a' })
        .sign(Buffer.from(secret));
      await refuses(forged);
      // The same signature under the head that we write.
      await refuses([head, ...forged.split('.').slice(1)].join('.'));
    }
    expect(leaks).toEqual([]);
  });

  test('kid injection: a path, a query, another key, a key in the header', async () => {
    const { claims, refuses, leaks, replica, secrets, sign } = await stolen();
    const evil = await tokenKey('RS256', 'evil');
    const own = createPrivateKey({ key: evil.jwk as JsonWebKey, format: 'jwk' });
    const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...open } = evil.jwk;
    for (const kid of [
      'evil',
      '../../dev/null',
      "a' OR 1=1 --",
      'a\u0000',
      '__proto__',
      'constructor',
      '',
      'https://evil/',
    ]) {
      await refuses(await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid }).sign(own));
    }
    for (const header of [{ jwk: open }, { jku: 'https://evil.test/jwks' }, { x5u: 'https://evil.test' }]) {
      await refuses(
        await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'a', ...header }).sign(own),
      );
    }
    await refuses(await sign({}, { kid: 'b' }));
    // A key that another service of ours has is no key here.
    const other = replica();
    other.replaceKeys([evil]);
    await expect(other.validate(await sign({}))).rejects.toEqual(refusedAs('access'));
    expect(secrets.accessKeys).toHaveLength(1);
    expect(leaks).toEqual([]);
  });

  test('wrong issuer or audience, another type, claims that are missing or of another kind, a life that is too long', async () => {
    const { sign, refuses, leaks, claims } = await stolen('EdDSA');
    const later = Number(claims['exp']);
    const changes: object[] = [
      { iss: 'https://evil.test' },
      { iss: undefined },
      { aud: 'admin' },
      { aud: ['api', 'admin'] },
      { aud: [names.audience] },
      { aud: undefined },
      { sub: undefined },
      { sub: 7 },
      { sub: '' },
      { exp: undefined },
      { exp: `${later}` },
      { exp: later + 601 },
      { exp: later + 1e9 },
      { nbf: later - 10 },
      { nbf: undefined },
      { iat: undefined },
      { iat: later - 10, nbf: later - 10 },
      { jti: undefined },
      { fam: 'x' },
      { gen: undefined },
      { gen: [0] },
      { gen: ['9', '9'] },
      { gen: [Number.MAX_VALUE, 0] },
    ];
    for (const change of changes) await refuses(await sign(change));
    await refuses(await sign({}, { typ: 'JWT' }));
    await refuses(await sign({}, { typ: undefined }));
    expect(leaks).toEqual([]);
  });

  test('a changed payload, a changed signature, parts too many or too few, what is no token at all', async () => {
    const { accessToken, head, payload, signature, claims, refuses, leaks } = await stolen('ES256');
    await refuses([head, base64({ ...claims, sub: 'bob' }), signature].join('.'));
    await refuses([head, payload, `${signature.slice(0, -4)}AAAA`].join('.'));
    await refuses([head, payload].join('.'));
    await refuses(`${accessToken}.${payload}`);
    for (const nothing of ['', '.', '..', head, `${head}.`, 'x'.repeat(5000), undefined, null, 7, {}, ['a']])
      await refuses(nothing);
    expect(leaks).toEqual([]);
  });
});

test('the shard is never chosen from an unverified claim', async () => {
  const { replica, kv, secrets } = await setup();
  const tokens = replica();
  const pair = await tokens.open('ann');
  await tokens.validate(pair.accessToken);
  const known = [...kv.keysSeen].toSorted();
  const counted = { reads: kv.reads, runs: kv.runs };
  const [head, payload, signature] = pair.accessToken.split('.') as [string, string, string];
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  for (let i = 0; i < 50; i++) {
    const forged = [head, base64({ ...claims, sub: `victim ${i}` }), signature].join('.');
    await expect(tokens.validate(forged)).rejects.toEqual(refusedAs('access'));
    const [id, , family, , mac] = pair.refreshToken.split('.');
    const user = Buffer.from(`victim ${i}`).toString('base64url');
    await expect(tokens.refresh([id, user, family, 1, mac].join('.'))).rejects.toEqual(refusedAs('refresh'));
    await tokens.revokeRefresh([id, user, family, 1, mac].join('.'));
  }
  expect([...kv.keysSeen].toSorted()).toEqual(known);
  expect({ reads: kv.reads, runs: kv.runs }).toEqual(counted);
  expect(secrets.refreshSecrets).toBe(refreshSecrets);
});

test('"ab" and "ba" do not collide', async () => {
  const { replica } = await setup();
  const tokens = replica();
  // Of one partition, so that only the id tells them apart.
  const [one = '', other = ''] = anagramsOfOnePartition();
  expect([...one].toSorted()).toEqual([...other].toSorted());
  const users = ['ab', one, other, 'ba', 'a', 'b', 'a:b', 'a{b}', '{ab}', 'a%3Ab', 'AB', 'é', 'e\u0301'];
  const keys = users.flatMap((user) => [keysOf(user).revocations, keysOf(user).families]);
  expect(new Set(keys).size).toBe(keys.length);
  const pairs = await Promise.all(users.map((user) => tokens.open(user)));
  await tokens.revokeUser('ab');
  await tokens.revokeUser(one);
  const [ab, first, ...others] = pairs;
  await expect(tokens.validate(ab?.accessToken as string)).rejects.toEqual(refusedAs('access'));
  await expect(tokens.validate(first?.accessToken as string)).rejects.toEqual(refusedAs('access'));
  for (const { user, accessToken, refreshToken } of others) {
    expect([(await tokens.validate(accessToken)).user, (await tokens.refresh(refreshToken)).user]).toEqual([
      user,
      user,
    ]);
  }
});

test('key injection through ids: no id of a user or a login reaches another key, and what is no id is refused', async () => {
  const { replica, kv } = await setup();
  const tokens = replica();
  const tricks = ['x}:y', '{1}:everyone', 'a:revoked:b', 'a\r\nDEL b', 'a\u0000', '*', '%', 'a b=9 f:c'];
  for (const user of tricks) {
    const { accessToken } = await tokens.open(user);
    expect((await tokens.validate(accessToken)).user).toBe(user);
  }
  for (const key of kv.keysSeen) expect(key).toMatch(/^token:\{\d{1,3}\}:(everyone|(revoked|families):[^:{}]+)$/);
  const none = expect.objectContaining({ code: 'PALIER_TOKEN_USER' });
  for (const user of ['', '\ud800', 'a\udc00', 'x'.repeat(129), '漢'.repeat(43)]) {
    await expect(tokens.open(user)).rejects.toEqual(none);
    await expect(tokens.revokeUser(user)).rejects.toEqual(none);
  }
  for (const id of ['', 'a b=1', 'x'.repeat(23), '=99999999999999']) {
    expect(() => tokens.revokeToken({ user: 'ann', id })).toThrow(none);
    expect(() => tokens.revokeFamily({ user: 'ann', family: id })).toThrow(none);
  }
});

test('a replayed refresh token ends its family, and a forged one asks nobody', async () => {
  const { replica, kv } = await setup();
  const tokens = replica();
  const first = await tokens.open('ann');
  const second = await tokens.refresh(first.refreshToken);
  const third = await tokens.refresh(second.refreshToken);
  await expect(tokens.refresh(first.refreshToken)).rejects.toEqual(refusedAs('refresh'));
  await expect(tokens.refresh(third.refreshToken)).rejects.toEqual(refusedAs('refresh'));
  await expect(tokens.validate(third.accessToken)).rejects.toEqual(refusedAs('access'));
  const { runs } = kv;
  const [id, user, family, turn, mac] = first.refreshToken.split('.') as [string, string, string, string, string];
  const forged = [
    [id, user, family, Number(turn) + 5, mac],
    [id, user, family, turn, mac.slice(1)],
    [id, user, family, turn, `${mac.slice(0, -2)}AA`],
    ['other', user, family, turn, mac],
    [id, user, family, turn],
    [first.accessToken],
  ];
  for (const parts of forged) await expect(tokens.refresh(parts.join('.'))).rejects.toEqual(refusedAs('refresh'));
  for (const none of [undefined, null, 7, '', 'x'.repeat(2000)]) {
    await expect(tokens.refresh(none as unknown as string)).rejects.toEqual(refusedAs('refresh'));
  }
  // A refresh token is no access token.
  await expect(tokens.validate(first.refreshToken)).rejects.toEqual(refusedAs('access'));
  expect(kv.runs).toBe(runs);
});

test('a flood of forged tokens asks the state nothing, fills nothing, and is told to come later beyond maxVerifying', async () => {
  const { replica, kv } = await setup();
  const tokens = replica({ maxVerifying: 20 });
  const { accessToken } = await tokens.open('ann');
  await tokens.validate(accessToken);
  const [reads, runs] = [kv.reads, kv.runs];
  const end = accessToken.lastIndexOf('.');
  const forged = Array.from(
    { length: 100 },
    (_, i) => `${accessToken.slice(0, end)}.${Buffer.alloc(64, i).toString('base64url')}`,
  );
  const answers = await Promise.allSettled(forged.map((token) => tokens.validate(token)));
  const codes = answers.map((answer) => (answer as PromiseRejectedResult).reason.code as string);
  expect(codes.filter((code) => code === 'PALIER_TOKEN_REFUSED')).toHaveLength(20);
  expect(codes.filter((code) => code === 'PALIER_TOKEN_BUSY')).toHaveLength(80);
  expect([kv.reads, kv.runs]).toEqual([reads, runs]);
  expect((await tokens.validate(accessToken)).user).toBe('ann');
});

function anagramsOfOnePartition(): readonly string[] {
  const byPartition = new Map<string, string>();
  for (let i = 1; i < 20; i++) {
    for (let j = 1; j < 20; j++) {
      const user = `${'a'.repeat(i)}b${'a'.repeat(j)}${'b'.repeat(20)}${'a'.repeat(40 - i - j)}`;
      const partition = keysOf(user).everyone;
      const met = byPartition.get(partition);
      if (met !== undefined && met !== user) return [met, user];
      byPartition.set(partition, user);
    }
  }
  return [];
}
