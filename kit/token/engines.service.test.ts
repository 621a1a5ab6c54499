/** The promises of the room on every engine that can be had here, by two replicas with connections of their own. */

import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisServer, startCluster, startRedis, startSentinels } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, openKv } from '../state/index.ts';
import { createTokens, type Tokens } from './index.ts';
import { names, refreshSecrets, tokenKey } from './testing/setup.ts';

const around = systemSurroundings(silentLog);
const code = (reason: string): unknown =>
  expect.objectContaining({ code: 'PALIER_TOKEN_REFUSED', facts: expect.objectContaining({ reason }) });

type Engine = { readonly url: string } & AsyncDisposable;

async function sqliteFile(): Promise<Engine> {
  const folder = await temporaryFolder('token');
  return Object.assign(folder, { url: `sqlite:${folder.file('state.sqlite')}` });
}

function holds(name: string, start: () => Promise<Engine>, options: object): void {
  describe(`tokens on ${name}`, options, () => {
    let engine: Engine;
    let kvs: readonly Kv[];
    let one: Tokens;
    let other: Tokens;
    let serial = 0;
    /** Users of many partitions, none of them used before. */
    const users = (count: number): string[] => Array.from({ length: count }, () => `user ${++serial}`);
    const seen = (): Promise<void> => around.timers.sleep(100);
    beforeAll(async () => {
      engine = await start();
      const keys = { accessKeys: [await tokenKey('EdDSA')], refreshSecrets };
      kvs = await Promise.all([openKv(engine.url, around), openKv(engine.url, around)]);
      [one, other] = kvs.map((kv) => createTokens(kv, keys, around, names)) as [Tokens, Tokens];
    });
    afterAll(async () => {
      await Promise.all(kvs.map((kv) => kv.close()));
      await engine[Symbol.asyncDispose]();
    });

    test('what one replica issues, the other believes, refreshes and revokes', async () => {
      for (const user of users(20)) {
        const pair = await one.open(user);
        expect((await other.validate(pair.accessToken)).user).toBe(user);
        const next = await other.refresh(pair.refreshToken);
        await one.revokeFamily(await one.validate(next.accessToken));
        await expect(one.validate(next.accessToken)).rejects.toEqual(code('revoked'));
        await expect(other.refresh(next.refreshToken)).rejects.toEqual(code('unknown'));
      }
    });

    test('revoke-all refuses every token of the user at once, and at the other replica within 100 ms', async () => {
      const mine = users(10);
      const pairs = await Promise.all(mine.flatMap((user) => [one.open(user), other.open(user)]));
      for (const { accessToken } of pairs) await Promise.all([one.validate(accessToken), other.validate(accessToken)]);
      await Promise.all(mine.map((user) => one.revokeUser(user)));
      for (const { accessToken } of pairs) await expect(one.validate(accessToken)).rejects.toEqual(code('revoked'));
      await seen();
      for (const { accessToken } of pairs) await expect(other.validate(accessToken)).rejects.toEqual(code('revoked'));
    });

    test('tabs that refresh at once at two replicas get one successor', async () => {
      for (const user of users(10)) {
        const { refreshToken } = await one.open(user);
        const tabs = await Promise.all([one, other, one, other].map((at) => at.refresh(refreshToken)));
        expect(new Set(tabs.map((tab) => tab.refreshToken)).size).toBe(1);
        const next = await other.refresh(tabs[0]?.refreshToken as string);
        await expect(one.refresh(refreshToken)).rejects.toEqual(code('reused'));
        await expect(other.refresh(next.refreshToken)).rejects.toEqual(code('unknown'));
      }
    });

    test('everyone revoked is everyone, on all partitions, and new logins are good', async () => {
      const pairs = await Promise.all(users(40).map((user) => one.open(user)));
      await other.revokeEveryone();
      await seen();
      for (const { accessToken, refreshToken } of pairs) {
        await expect(one.validate(accessToken)).rejects.toEqual(code('revoked'));
        await expect(one.refresh(refreshToken)).rejects.toEqual(code('revoked'));
      }
      const again = await Promise.all(users(10).map((user) => one.open(user)));
      for (const { accessToken, user } of again) expect((await other.validate(accessToken)).user).toBe(user);
    });
  });
}

holds('a SQLite file', sqliteFile, {});
holds('a Redis server', startRedis, redisServer().options);
holds('a primary watched by Sentinels', startSentinels, redisServer().options);
holds('a Redis Cluster', startCluster, redisServer().options);
