/** What a replica believes that is cut off from the state, or whose connections are lost in the moment of a revocation. */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisCall, redisServer, startRedis } from '@palier/testkit/engines';
import { startPassage } from '@palier/testkit/passage';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { openKv } from '../state/index.ts';
import { createTokens, type Tokens } from './index.ts';
import { names, refreshSecrets, tokenKey } from './testing/setup.ts';

const around = systemSurroundings(silentLog);
const keys = { accessKeys: [await tokenKey('EdDSA')], refreshSecrets };
const freshMs = 100;

function outcome(tokens: Tokens, accessToken: string): Promise<string> {
  return tokens.validate(accessToken).then(
    () => 'good',
    (error: { code: string }) => error.code,
  );
}

async function keeps(tokens: Tokens, accessTokens: readonly string[]): Promise<void> {
  await until('the copies are kept', async () => {
    await Promise.all(accessTokens.map((token) => tokens.validate(token)));
    return tokens.counts.copies.entries > accessTokens.length;
  });
}

describe('a replica', redisServer().options, () => {
  test.each(['there', 'back', 'both'] as const)(
    'that is cut off (%s) believes nobody who was revoked longer ago than it states: closed by default, stale by choice',
    async (way) => {
      await using server = await startRedis();
      await using passage = await startPassage(server);
      const url = `redis://127.0.0.1:${passage.port}`;
      await using far = await openKv(url, around, { timeoutMs: 500 });
      await using near = await openKv(server.url, around);
      await using strict = createTokens(far, keys, around, { ...names, freshMs, readTimeoutMs: 200 });
      const staleMs = 1500;
      await using patient = createTokens(far, keys, around, { ...names, freshMs, staleMs, readTimeoutMs: 200 });
      await using other = createTokens(near, keys, around, names);
      const [ann, bob] = await Promise.all([other.open('ann'), other.open('bob')]);
      const mine = [ann.accessToken, bob.accessToken];
      await Promise.all([strict, patient].map((tokens) => keeps(tokens, mine)));
      passage.hold(way);
      await other.revokeUser('ann');
      await around.timers.sleep(freshMs + 50);
      expect(await Promise.all(mine.map((token) => outcome(strict, token)))).toEqual([
        'PALIER_TOKEN_UNAVAILABLE',
        'PALIER_TOKEN_UNAVAILABLE',
      ]);
      await around.timers.sleep(staleMs);
      // Longer than it may be stale: it does not know, and says so.
      expect(await Promise.all(mine.map((token) => outcome(patient, token)))).toEqual([
        'PALIER_TOKEN_UNAVAILABLE',
        'PALIER_TOKEN_UNAVAILABLE',
      ]);
      passage.release();
      for (const tokens of [strict, patient]) {
        await until('bob is good again', async () => (await outcome(tokens, mine[1] as string)) === 'good');
        // What was told while it was cut off was not heard: it reads again, and is never wrong in between.
        const said = await until('it knows of ann', async () => {
          const one = await outcome(tokens, mine[0] as string);
          return one !== 'PALIER_TOKEN_UNAVAILABLE' && one;
        });
        expect(said).toBe('PALIER_TOKEN_REFUSED');
      }
    },
  );

  test('that may be stale lets users stay in while it is cut off, those whom it knows', async () => {
    await using server = await startRedis();
    await using passage = await startPassage(server);
    await using far = await openKv(`redis://127.0.0.1:${passage.port}`, around, { timeoutMs: 500 });
    await using patient = createTokens(far, keys, around, {
      ...names,
      freshMs,
      staleMs: 3_600_000,
      readTimeoutMs: 200,
    });
    await using near = await openKv(server.url, around);
    await using other = createTokens(near, keys, around, names);
    const [ann, bob] = await Promise.all([other.open('ann'), other.open('bob')]);
    await keeps(patient, [ann.accessToken]);
    passage.hold('both');
    await around.timers.sleep(freshMs + 50);
    expect(await outcome(patient, ann.accessToken)).toBe('good');
    expect(await outcome(patient, bob.accessToken)).toBe('PALIER_TOKEN_UNAVAILABLE');
  });

  test('whose connections are lost in the moment of a revocation reads again: nobody is believed who was revoked', async () => {
    await using server = await startRedis();
    await using mine = await openKv(server.url, around);
    await using theirs = await openKv(server.url, around);
    // So long that only what is told, or that nothing can be told, ends a copy.
    await using one = createTokens(mine, keys, around, { ...names, freshMs: 60_000 });
    await using other = createTokens(theirs, keys, around, names);
    const believed: number[] = [];
    for (let round = 0; round < 30; round++) {
      const { accessToken } = await other.open(`user ${round}`);
      await until('its copy is kept', async () => {
        if ((await outcome(one, accessToken)) !== 'good') return false;
        const { hits } = one.counts.copies;
        await one.validate(accessToken);
        return one.counts.copies.hits >= hits + 2;
      });
      // The message of the change and the end of the connection that would have brought it, in one breath.
      const [revoked] = await Promise.allSettled([
        other.revokeUser(`user ${round}`),
        redisCall(server, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']),
        redisCall(server, ['CLIENT', 'KILL', 'TYPE', 'pubsub']),
      ]);
      if (revoked.status === 'rejected')
        await until('it is revoked', () =>
          other.revokeUser(`user ${round}`).then(
            () => true,
            () => false,
          ),
        );
      await until('it is told or the loss is seen', async () => {
        const said = await outcome(one, accessToken);
        return said === 'PALIER_TOKEN_REFUSED';
      }).catch(() => believed.push(round));
    }
    expect(believed).toEqual([]);
  });
});
