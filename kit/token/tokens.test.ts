import { describe, expect, test } from 'vitest';
import { setup, tokenKey } from './testing/setup.ts';

const refusedFor = (reason: string): unknown =>
  expect.objectContaining({ code: 'PALIER_TOKEN_REFUSED', facts: expect.objectContaining({ reason }) });
const coded = (code: string): unknown => expect.objectContaining({ code });

test.each(['EdDSA', 'ES256', 'RS256', 'HS256'] as const)(
  'a token signed with %s is believed by every replica',
  async (alg) => {
    const { replica } = await setup(alg);
    const pair = await replica({ claims: (user) => ({ roles: ['admin'], name: `Dr ${user}` }) }).open('ann');
    const claims = await replica().validate(pair.accessToken);
    expect(claims).toMatchObject({ user: 'ann', family: pair.family, extra: { roles: ['admin'], name: 'Dr ann' } });
    expect(claims.expiresAtMs).toBe(pair.accessExpiresAtMs);
  },
);

describe('revocation', () => {
  test('revoke-all refuses every token of the user at once', async () => {
    const { replica, advance } = await setup();
    const [one, other] = [replica(), replica()];
    const pairs = [await one.open('ann'), await one.open('ann'), await other.open('ann')];
    pairs.push(await other.refresh((await other.open('ann')).refreshToken));
    const stays = await one.open('bob');
    for (const { accessToken } of pairs) await one.validate(accessToken);
    await one.revokeUser('ann');
    for (const { accessToken, refreshToken } of pairs) {
      for (const at of [one, other, one]) await expect(at.validate(accessToken)).rejects.toEqual(refusedFor('revoked'));
      await expect(other.refresh(refreshToken)).rejects.toEqual(refusedFor('unknown'));
    }
    expect((await one.validate(stays.accessToken)).user).toBe('bob');
    // In the very same millisecond a new login is good.
    const again = await other.open('ann');
    await advance(1);
    expect((await one.validate(again.accessToken)).user).toBe('ann');
  });

  test('what another replica revoked is seen at once while changes are told, else after freshMs, however often the token is used', async () => {
    const { kv, replica, advance } = await setup();
    const [one, other] = [replica({ freshMs: 100 }), replica()];
    const told = await one.open('bob');
    await one.validate(told.accessToken);
    await other.revokeUser('bob');
    await expect(one.validate(told.accessToken)).rejects.toEqual(refusedFor('revoked'));

    const { accessToken } = await one.open('ann');
    await one.validate(accessToken);
    await advance(10);
    kv.mute = true;
    await other.revokeUser('ann');
    for (let i = 0; i < 9; i++) {
      await advance(10);
      expect((await one.validate(accessToken)).user).toBe('ann');
    }
    await advance(11);
    await expect(one.validate(accessToken)).rejects.toEqual(refusedFor('revoked'));
  });

  test('one token, one login and everyone can be revoked alone', async () => {
    const { replica } = await setup();
    const [one, other] = [replica(), replica()];
    const first = await one.open('ann');
    const second = await one.refresh(first.refreshToken);
    const elsewhere = await one.open('ann');
    await one.revokeToken(await one.validate(first.accessToken));
    await expect(other.validate(first.accessToken)).rejects.toEqual(refusedFor('revoked'));
    await other.validate(second.accessToken);
    await one.revokeRefresh(second.refreshToken);
    await expect(other.validate(second.accessToken)).rejects.toEqual(refusedFor('revoked'));
    await expect(other.refresh(second.refreshToken)).rejects.toEqual(refusedFor('unknown'));
    await other.validate(elsewhere.accessToken);
    await one.revokeFamily(await one.validate(elsewhere.accessToken));
    await expect(other.validate(elsewhere.accessToken)).rejects.toEqual(refusedFor('revoked'));

    const pairs = await Promise.all(['ann', 'bob', 'carl'].map((user) => one.open(user)));
    await one.revokeEveryone();
    for (const { accessToken, refreshToken } of pairs) {
      for (const at of [one, other]) await expect(at.validate(accessToken)).rejects.toEqual(refusedFor('revoked'));
      await expect(one.refresh(refreshToken)).rejects.toEqual(refusedFor('revoked'));
    }
    await other.validate((await one.open('bob')).accessToken);
  });

  test('more single revocations than maxRevoked revoke all of the user', async () => {
    const { replica } = await setup();
    const one = replica({ maxRevoked: 2 });
    const pairs = [await one.open('ann'), await one.open('ann'), await one.open('ann'), await one.open('ann')];
    for (const pair of pairs.slice(0, 3)) await one.revokeFamily(pair);
    await expect(one.validate(pairs[3]?.accessToken as string)).rejects.toEqual(refusedFor('revoked'));
    await expect(one.refresh(pairs[3]?.refreshToken as string)).rejects.toEqual(refusedFor('unknown'));
  });
});

test('a cached "valid" outlives neither exp nor revocation', async () => {
  const { replica, advance, kv } = await setup();
  const one = replica({ accessLifeMs: 10_000, freshMs: 60_000, toleranceMs: 5000 });
  const { accessToken, accessExpiresAtMs } = await one.open('ann');
  await one.validate(accessToken);
  await advance(accessExpiresAtMs - kv.nowMs - 1);
  const { reads } = kv;
  await one.validate(accessToken);
  expect(kv.reads).toBe(reads);
  await advance(1);
  await expect(one.validate(accessToken)).rejects.toEqual(refusedFor('expired'));
  const next = await one.open('ann');
  const claims = await one.validate(next.accessToken);
  await one.revokeToken(claims);
  // Asked of the state, and then known here.
  for (let i = 0; i < 3; i++) await expect(one.validate(next.accessToken)).rejects.toEqual(refusedFor('revoked'));
  expect(one.counts.verified).toBe(2);
});

test('a replica whose wall clock is an hour off believes as the others do', async () => {
  const { replica, advance, time } = await setup();
  const one = replica({ accessLifeMs: 10_000 });
  const { accessToken } = await one.open('ann');
  for (const offMs of [3_600_000, -7_200_000]) {
    time.jumpWallClock(offMs);
    await replica().validate(accessToken);
  }
  await advance(10_000);
  await expect(replica().validate(accessToken)).rejects.toEqual(refusedFor('expired'));
});

test('a thousand validations at once of one token cost one signature and one read', async () => {
  const { replica, kv } = await setup();
  const one = replica();
  const { accessToken } = await one.open('ann');
  const all = await Promise.all(Array.from({ length: 1000 }, () => one.validate(accessToken)));
  expect(new Set(all).size).toBe(1);
  // What is revoked of the user, and of everyone.
  expect(kv.reads).toBe(2);
});

describe('while the state does not answer', () => {
  test('nothing is let in by default, and it is not called refused', async () => {
    const { replica, kv, advance } = await setup();
    const one = replica();
    const { accessToken } = await one.open('ann');
    await one.validate(accessToken);
    kv.away = true;
    await advance(101);
    await expect(one.validate(accessToken)).rejects.toEqual(coded('PALIER_TOKEN_UNAVAILABLE'));
    kv.away = false;
    await one.validate(accessToken);
  });

  test('with staleMs a known user stays in for that time, and not a moment longer', async () => {
    const { replica, kv, advance } = await setup();
    const one = replica({ staleMs: 5000 });
    const { accessToken } = await one.open('ann');
    const other = await one.open('bob');
    await one.validate(accessToken);
    kv.away = true;
    await advance(4999);
    await one.validate(accessToken);
    await expect(one.validate(other.accessToken)).rejects.toEqual(coded('PALIER_TOKEN_UNAVAILABLE'));
    await advance(2);
    await expect(one.validate(accessToken)).rejects.toEqual(coded('PALIER_TOKEN_UNAVAILABLE'));
  });
});

describe('a refresh token', () => {
  test('has one successor: two tabs, or a lost answer, get the same one', async () => {
    const { replica, advance } = await setup();
    const [one, other] = [replica(), replica()];
    const { refreshToken } = await one.open('ann');
    const tabs = await Promise.all([one, other, one, other].map((at) => at.refresh(refreshToken)));
    expect(new Set(tabs.map((tab) => tab.refreshToken)).size).toBe(1);
    await advance(30_000);
    expect((await one.refresh(refreshToken)).refreshToken).toBe(tabs[0]?.refreshToken);
    for (const tab of tabs) await other.validate(tab.accessToken);
  });

  test('used again after the grace, or after its successor, ends its family and no other', async () => {
    for (const late of [30_001, 0]) {
      const { replica, advance } = await setup();
      const one = replica();
      const stolen = await one.open('ann');
      const bystander = await one.open('ann');
      let current = await one.refresh(stolen.refreshToken);
      if (late === 0) current = await one.refresh(current.refreshToken);
      await advance(late);
      await expect(one.refresh(stolen.refreshToken)).rejects.toEqual(refusedFor('reused'));
      await expect(one.refresh(current.refreshToken)).rejects.toEqual(refusedFor('unknown'));
      await expect(one.validate(current.accessToken)).rejects.toEqual(refusedFor('revoked'));
      await one.validate(bystander.accessToken);
      await one.refresh(bystander.refreshToken);
    }
  });

  test('is over when it was not used for refreshIdleMs, and at refreshLifeMs whatever happens', async () => {
    const { replica, advance } = await setup();
    const one = replica({ refreshIdleMs: 60_000, refreshLifeMs: 150_000, accessLifeMs: 100_000 });
    let pair = await one.open('ann');
    await advance(60_000);
    await expect(one.refresh(pair.refreshToken)).rejects.toEqual(refusedFor('expired'));
    pair = await one.open('ann');
    const { refreshExpiresAtMs } = pair;
    for (let i = 0; i < 2; i++) {
      await advance(59_000);
      pair = await one.refresh(pair.refreshToken);
    }
    expect(pair.refreshExpiresAtMs).toBe(refreshExpiresAtMs);
    expect(pair.accessExpiresAtMs).toBeLessThanOrEqual(refreshExpiresAtMs);
    await advance(32_000);
    await expect(one.refresh(pair.refreshToken)).rejects.toEqual(coded('PALIER_TOKEN_REFUSED'));
  });

  test('is not lost when the service cannot tell its claims', async () => {
    const { replica } = await setup();
    let broken = false;
    const one = replica({ claims: () => (broken ? Promise.reject(new Error('no database')) : {}) });
    const { refreshToken } = await one.open('ann');
    broken = true;
    await expect(one.refresh(refreshToken)).rejects.toThrow('no database');
    broken = false;
    await one.refresh(refreshToken);
  });

  test('of the login that was refreshed longest ago ends when there are more than maxFamilies', async () => {
    const { replica, advance } = await setup();
    const one = replica({ maxFamilies: 2 });
    const [first, second] = [await one.open('ann'), (await advance(1), await one.open('ann'))];
    await advance(1);
    const kept = await one.refresh(first.refreshToken);
    await one.open('ann');
    await one.refresh(kept.refreshToken);
    await expect(one.refresh(second.refreshToken)).rejects.toEqual(refusedFor('unknown'));
  });
});

describe('keys', () => {
  test('a new key signs from its time on, and the old one is believed until its last token is over', async () => {
    const { replica, secrets, kv, advance } = await setup();
    const old = replica({ accessLifeMs: 60_000 });
    const next = { ...(await tokenKey('EdDSA', 'b')), signsFromMs: kv.nowMs + 10_000 };
    const [first] = secrets.accessKeys;
    const keys = [...secrets.accessKeys, next];
    const one = replica({ accessLifeMs: 60_000 });
    one.replaceKeys(keys);
    expect(one.jwks().keys.map(({ kid }) => kid)).toEqual(['a', 'b']);
    expect(one.jwks().keys.some((key) => 'd' in key)).toBe(false);
    const before = await one.open('ann');
    await advance(10_000);
    const after = await one.open('ann');
    const late = await old.open('ann');
    expect(headOf(before.accessToken)).toMatchObject({ kid: first?.kid, alg: 'ES256', typ: 'at+jwt' });
    expect(headOf(after.accessToken)).toMatchObject({ kid: 'b', alg: 'EdDSA' });
    for (const { accessToken } of [before, after, late]) await one.validate(accessToken);
    await advance(59_999);
    await one.validate(late.accessToken);
    await advance(120_000);
    expect(one.jwks().keys.map(({ kid }) => kid)).toEqual(['b']);
    // Whoever found the old key signs nothing with it.
    const stolen = await old.open('ann');
    await expect(one.validate(stolen.accessToken)).rejects.toEqual(refusedFor('a key that is over'));
    one.replaceKeys(secrets.accessKeys);
    await expect(one.validate(after.accessToken)).rejects.toEqual(refusedFor('not a token of ours'));
  });

  test('a key that is taken away is believed no more, not even from the cache', async () => {
    const { replica } = await setup();
    const one = replica();
    const { accessToken } = await one.open('ann');
    await one.validate(accessToken);
    one.replaceKeys([await tokenKey('ES256', 'b')]);
    await expect(one.validate(accessToken)).rejects.toEqual(refusedFor('not a token of ours'));
  });

  test('a secret is in no JWKS', async () => {
    const { replica } = await setup('HS256');
    expect(replica().jwks()).toEqual({ keys: [] });
  });
});

function headOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString());
}
