/** One successor for a refresh token, in both forms of the procedures: for tabs, for lost answers, and for whoever was killed in between. */
import { fileURLToPath } from 'node:url';
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { redisServer, startRedis } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { startProcess } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, openKv } from '../state/index.ts';
import { createTokens, type Tokens } from './index.ts';
import { names, refreshSecrets, tokenKey } from './testing/setup.ts';

const around = systemSurroundings(silentLog);
const secrets = { accessKeys: [await tokenKey('EdDSA')], refreshSecrets };
/** Longer than the test: whoever is late is late by a turn. */
const options = { ...names, refreshGraceMs: 300_000 };
const main = fileURLToPath(new URL('./testing/main.ts', import.meta.url));

type Engine = { readonly url: string } & AsyncDisposable;

/** The uses of one turn: each by a replica, some of whose answers never arrive; at once, or one after the other. */
const turn = fc.record({
  uses: fc.array(fc.record({ at: fc.nat(1), lost: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  together: fc.boolean(),
});
type Turn = typeof turn extends fc.Arbitrary<infer One> ? One : never;

/** Plays the turns of one login: of each token that was used, all that any use was answered. */
async function play(
  replicas: readonly Tokens[],
  first: string,
  turns: readonly Turn[],
): Promise<Map<string, Set<string>>> {
  const successors = new Map<string, Set<string>>();
  let held = first;
  for (const { uses, together } of turns) {
    const asked = held;
    const use = async ({ at }: { readonly at: number }): Promise<string> =>
      (await (replicas[at] as Tokens).refresh(asked)).refreshToken;
    const got: string[] = [];
    if (together) got.push(...(await Promise.all(uses.map(use))));
    else for (const one of uses) got.push(await use(one));
    successors.set(asked, new Set([...(successors.get(asked) ?? []), ...got]));
    // When every answer was lost, the same token is used again.
    held = got.find((_, at) => uses[at]?.lost === false) ?? held;
  }
  return successors;
}

function holds(name: string, start: () => Promise<Engine>, skips: object): void {
  describe(`a refresh token on ${name}`, skips, () => {
    let engine: Engine;
    let kvs: readonly Kv[];
    let replicas: readonly Tokens[];
    let serial = 0;
    const newUsers = (count: number): string[] => Array.from({ length: count }, () => `user ${++serial}`);
    beforeAll(async () => {
      engine = await start();
      kvs = await Promise.all([openKv(engine.url, around), openKv(engine.url, around)]);
      replicas = kvs.map((kv) => createTokens(kv, secrets, around, options));
    });
    afterAll(async () => {
      await Promise.all(kvs.map((kv) => kv.close()));
      await engine[Symbol.asyncDispose]();
    });

    test('has one successor for all tabs and all lost answers, turn after turn, at any replica', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 6 }), async (turns) => {
          const [user = ''] = newUsers(1);
          const opened = await (replicas[0] as Tokens).open(user);
          const successors = await play(replicas, opened.refreshToken, turns);
          for (const got of successors.values()) expect(got.size).toBe(1);
          // Each turn is a token of its own.
          const all = new Set([opened.refreshToken]);
          for (const got of successors.values()) for (const token of got) all.add(token);
          expect(all.size).toBe(successors.size + 1);
        }),
        { numRuns: 40 },
      );
    });

    test('whose replica was killed with kill -9 in between gets one successor all the same, and stays logged in', async () => {
      const pairs = await Promise.all(newUsers(60).map((user) => (replicas[0] as Tokens).open(user)));
      const used = pairs.map(({ refreshToken }) => refreshToken);
      const words = [engine.url, JSON.stringify(secrets), JSON.stringify(used), JSON.stringify(options)];
      await using replica = await startProcess({ command: [main, ...words] });
      expect((await replica.ended).signal).toBe('SIGKILL');
      const has = replica.lines.filter((line) => line.startsWith('has')).length;
      // It was in between: some were answered, some were not.
      expect(has).toBeGreaterThan(0);
      expect(has).toBeLessThan(used.length);
      for (const token of used) {
        const tabs = await Promise.all([...replicas, ...replicas].map((at) => at.refresh(token)));
        expect(new Set(tabs.map(({ refreshToken }) => refreshToken)).size).toBe(1);
        const [{ accessToken = '', refreshToken = '' } = {}] = tabs;
        await (replicas[1] as Tokens).validate(accessToken);
        expect((await (replicas[1] as Tokens).refresh(refreshToken)).refreshToken).not.toBe(refreshToken);
      }
    });
  });
}

async function sqliteFile(): Promise<Engine> {
  const folder = await temporaryFolder('token-refresh');
  return Object.assign(folder, { url: `sqlite:${folder.file('state.sqlite')}` });
}

holds('a SQLite file (the TypeScript form)', sqliteFile, {});
holds('a Redis server (the Lua form)', startRedis, redisServer().options);

test(
  'used before a kill -9 of the Redis server gets the same successor after it, when the server writes before it answers',
  redisServer().options,
  async () => {
    await using server = await startRedis({ settings: { appendfsync: 'always' } });
    await using kv = await openKv(server.url, around, { timeoutMs: 3000 });
    const tokens = createTokens(kv, secrets, around, options);
    const pairs = await Promise.all(Array.from({ length: 20 }, (_, i) => tokens.open(`user ${i}`)));
    const refreshed = (one: { refreshToken: string }): Promise<string | undefined> =>
      tokens.refresh(one.refreshToken).then(
        (next) => next.refreshToken,
        () => undefined,
      );
    const firsts = await until('ten are refreshed', async () => {
      const list = await Promise.all(pairs.slice(0, 10).map(refreshed));
      return list.includes(undefined) ? undefined : list;
    });
    // Under way when it dies: done or not.
    const halves = pairs.slice(10).map(refreshed);
    await server.kill();
    const between = await Promise.all(halves);
    await server.start();
    const again = await until('refreshing goes again', async () => {
      const list = await Promise.all(pairs.map(refreshed));
      return list.includes(undefined) ? undefined : list;
    });
    expect(again.slice(0, 10)).toEqual(firsts);
    expect(again.slice(10)).toEqual(between.map((one, at) => one ?? again[10 + at]));
    expect(await Promise.all(pairs.map(refreshed))).toEqual(again);
  },
);
