/** What becomes of validations when the engine stands still, dies and comes back. */

import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisServer, type RedisServer, startRedis, startSentinels } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { openKv } from '../state/index.ts';
import { createTokens, type TokenOptions, type Tokens } from './index.ts';
import { names, refreshSecrets, tokenKey } from './testing/setup.ts';

const around = systemSurroundings(silentLog);
const keys = { accessKeys: [await tokenKey('EdDSA')], refreshSecrets };

interface Replica extends AsyncDisposable {
  readonly tokens: Tokens;
}

async function replica(url: string, options: Partial<TokenOptions> = {}): Promise<Replica> {
  const kv = await openKv(url, around, { timeoutMs: 500 });
  const tokens = createTokens(kv, keys, around, { ...names, ...options });
  return {
    tokens,
    async [Symbol.asyncDispose]() {
      await tokens.close();
      await kv.close();
    },
  };
}

/** The first reads may come before the connection that tells of changes stands. */
async function keeps(tokens: Tokens, accessTokens: readonly string[]): Promise<void> {
  await until('the copies are kept', async () => {
    await Promise.all(accessTokens.map((token) => tokens.validate(token)));
    return tokens.counts.copies.entries > accessTokens.length;
  });
}

/** How each of many validations ended. */
async function outcomes(tokens: Tokens, accessTokens: readonly string[], forMs: number): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  const endMs = around.clock.monotonicMs() + forMs;
  while (around.clock.monotonicMs() < endMs) {
    const codes = await Promise.all(
      accessTokens.map((token) =>
        tokens.validate(token).then(
          () => 'good',
          (error: { code: string }) => error.code,
        ),
      ),
    );
    for (const code of codes) seen.set(code, (seen.get(code) ?? 0) + 1);
    await around.timers.sleep(20);
  }
  return seen;
}

describe('validations when things break', redisServer().options, () => {
  test.each([
    [
      'stands still',
      (server: RedisServer) => Promise.resolve(server.freeze()),
      (server: RedisServer) => Promise.resolve(server.thaw()),
    ],
    ['dies', (server: RedisServer) => server.kill(), (server: RedisServer) => server.start()],
  ] as const)(
    'a server that %s refuses nobody: unavailable by default, good with staleMs, and all is well again after',
    async (_, hurt, heal) => {
      await using server = await startRedis({ settings: { appendfsync: 'always' } });
      await using strictReplica = await replica(server.url);
      const strict = strictReplica.tokens;
      await using patientReplica = await replica(server.url, { staleMs: 60_000 });
      const patient = patientReplica.tokens;
      const pairs = await Promise.all(['ann', 'bob', 'carl'].map((user) => strict.open(user)));
      const mine = pairs.map(({ accessToken }) => accessToken);
      await Promise.all([strict, patient].map((tokens) => keeps(tokens, mine)));
      await hurt(server);
      await around.timers.sleep(200);
      const [closed, open] = await Promise.all([outcomes(strict, mine, 1500), outcomes(patient, mine, 1500)]);
      expect([...open.keys()]).toEqual(['good']);
      expect([...closed.keys()]).toEqual(['PALIER_TOKEN_UNAVAILABLE']);
      await heal(server);
      await until('revoking goes again', () =>
        strict.revokeUser('ann').then(
          () => true,
          () => false,
        ),
      );
      await until('the revocation is seen', () =>
        patient.validate(mine[0] as string).then(
          () => false,
          () => true,
        ),
      );
      await until('who was not revoked is good', () =>
        strict.validate(mine[1] as string).then(
          () => true,
          () => false,
        ),
      );
      await expect(strict.validate(mine[0] as string)).rejects.toMatchObject({ code: 'PALIER_TOKEN_REFUSED' });
    },
  );

  test('a failover refuses nobody wrongly and accepts nobody who was revoked and copied', async () => {
    await using set = await startSentinels();
    await using strictReplica = await replica(set.url);
    const strict = strictReplica.tokens;
    await using patientReplica = await replica(set.url, { staleMs: 60_000 });
    const patient = patientReplica.tokens;
    const pairs = await Promise.all(['ann', 'bob', 'carl'].map((user) => strict.open(user)));
    const mine = pairs.map(({ accessToken }) => accessToken);
    await strict.revokeUser('ann');
    await keeps(patient, mine.slice(1));
    await expect(patient.validate(mine[0] as string)).rejects.toMatchObject({ code: 'PALIER_TOKEN_REFUSED' });
    await set.caughtUp();
    const failover = set.failover();
    const [revoked, others] = await Promise.all([
      outcomes(strict, mine.slice(0, 1), 2000),
      outcomes(patient, mine.slice(1), 2000),
      failover,
    ]);
    expect(revoked.get('good')).toBeUndefined();
    expect([...others.keys()]).toEqual(['good']);
    await until('the new primary takes refreshes', () =>
      strict.refresh(pairs[1]?.refreshToken as string).then(
        () => true,
        () => false,
      ),
    );
  });
});
