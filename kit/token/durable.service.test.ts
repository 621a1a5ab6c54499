/** What `durable` means for tokens: a login, a refresh and a revocation are acknowledged only with their copies. */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisServer, startRedis, startSentinels } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { openKv } from '../state/index.ts';
import { createTokens } from './index.ts';
import { names, refreshSecrets, tokenKey } from './testing/setup.ts';

const around = systemSurroundings(silentLog);
const keys = { accessKeys: [await tokenKey('EdDSA')], refreshSecrets };

describe('durable tokens', redisServer().options, () => {
  test('on a server without replicas nobody logs in, refreshes or is revoked, and nothing is half done', async () => {
    await using server = await startRedis();
    await using kv = await openKv(server.url, around, { timeoutMs: 5000 });
    await using plain = createTokens(kv, keys, around, names);
    await using durable = createTokens(kv, keys, around, { ...names, durable: { replicas: 1 } });
    const refused = expect.objectContaining({ code: 'PALIER_STATE_DURABLE' });
    await expect(durable.open('ann')).rejects.toEqual(refused);
    const pair = await plain.open('ann');
    const claims = await durable.validate(pair.accessToken);
    await expect(durable.refresh(pair.refreshToken)).rejects.toEqual(refused);
    await expect(durable.revokeToken(claims)).rejects.toEqual(refused);
    await expect(durable.revokeFamily(claims)).rejects.toEqual(refused);
    await expect(durable.revokeUser('ann')).rejects.toEqual(refused);
    await expect(durable.revokeEveryone()).rejects.toEqual(refused);
    expect((await plain.validate(pair.accessToken)).user).toBe('ann');
    expect((await plain.refresh(pair.refreshToken)).user).toBe('ann');
  });

  test('users who were revoked stay so when the primary is killed at that moment, used refresh tokens stay used', async () => {
    await using set = await startSentinels();
    await using kv = await openKv(set.url, around, { timeoutMs: 5000 });
    const options = { ...names, durable: { replicas: 2 }, refreshGraceMs: 0 };
    await using tokens = createTokens(kv, keys, around, options);
    const users = Array.from({ length: 50 }, (_, i) => `user ${i}`);
    const pairs = await Promise.all(users.map((user) => tokens.open(user)));
    const used = await Promise.all(users.map((user) => tokens.open(`used ${user}`)));
    await Promise.all(used.map(({ refreshToken }) => tokens.refresh(refreshToken)));
    await Promise.all(users.map((user) => tokens.revokeUser(user)));
    const before = await set.primary();
    await before.kill();
    await until('another one is primary', async () => (await set.primary()) !== before, { withinMs: 90_000 });
    await before.start();
    // A replica of its own, which remembers nothing.
    await using other = createTokens(kv, keys, around, options);
    const code = (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => 'good',
        (error: { code: string }) => error.code,
      );
    const unavailable = /^PALIER_STATE_|UNAVAILABLE$/;
    const settled = (calls: () => Promise<unknown>[]): Promise<string[]> =>
      until(
        'it answers',
        async () => {
          const codes = await Promise.all(calls().map(code));
          return codes.some((one) => unavailable.test(one)) ? undefined : codes;
        },
        { withinMs: 90_000 },
      );
    const validated = await settled(() => pairs.map(({ accessToken }) => other.validate(accessToken)));
    expect(new Set(validated)).toEqual(new Set(['PALIER_TOKEN_REFUSED']));
    const refreshed = await settled(() => used.map(({ refreshToken }) => other.refresh(refreshToken)));
    expect(new Set(refreshed)).toEqual(new Set(['PALIER_TOKEN_REFUSED']));
  });
});
