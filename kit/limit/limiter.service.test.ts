/** The promises of the room on every engine that can be had here, and over four processes. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisServer, startCluster, startRedis, startSentinels } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, openKv } from '../state/index.ts';
import { openLimiter } from './index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
let serial = 0;
const unique = (): string => `id ${++serial}`;
/** So slow that none comes back while a test runs. */
const hour = { permits: 20, windowMs: 72_000_000 };

type Engine = { readonly url: string } & AsyncDisposable;

async function sqliteFile(): Promise<Engine> {
  const folder = await temporaryFolder('limit');
  return Object.assign(folder, { url: `sqlite:${folder.file('state.sqlite')}` });
}

function holds(name: string, start: () => Promise<Engine>, options: object): void {
  describe(`limits on ${name}`, options, () => {
    let engine: Engine;
    let one: Kv;
    let other: Kv;
    const more = { timeoutMs: 10_000 };
    beforeAll(async () => {
      engine = await start();
      [one, other] = await Promise.all([openKv(engine.url, around), openKv(engine.url, around)]);
    });
    afterAll(async () => {
      await Promise.all([one.close(), other.close()]);
      await engine[Symbol.asyncDispose]();
    });

    test('two replicas together admit exactly the burst', async () => {
      const limiters = [one, other].map((kv) => openLimiter(kv, around, { limits: { account: hour }, ...more }));
      const account = unique();
      const all = await Promise.all(Array.from({ length: 60 }, (_, n) => limiters[n % 2]?.take({ account })));
      expect(all.filter((decision) => decision?.outcome === 'admitted')).toHaveLength(20);
      expect(all.filter((decision) => decision?.outcome === 'limited')).toHaveLength(40);
    });

    test('limits on different nodes are taken all or none: what was taken before a refusal is there again', async () => {
      const limits = { account: hour, address: { ...hour, permits: 5, windowMs: 18_000_000 } };
      const limiters = [one, other].map((kv) => openLimiter(kv, around, { limits, ...more }));
      const ids = { account: unique(), address: unique() };
      const all = await Promise.all(Array.from({ length: 30 }, (_, n) => limiters[n % 2]?.take(ids)));
      const admitted = all.filter((decision) => decision?.outcome === 'admitted').length;
      expect(admitted).toBe(5);
      const [account] = (await limiters[0]?.peek({ account: ids.account }))?.limits ?? [];
      expect(account?.remaining).toBe(15);
    });

    test('what is given back by one replica can be taken by another; a peek takes nothing', async () => {
      const [first, second] = [one, other].map((kv) =>
        openLimiter(kv, around, { limits: { account: hour }, repeatRefusalMs: 0, ...more }),
      );
      const account = unique();
      const taken = await first?.take({ account }, { cost: 20 });
      expect((await second?.take({ account }))?.outcome).toBe('limited');
      if (taken !== undefined) await first?.refund(taken);
      expect((await second?.peek({ account }))?.limits[0]?.remaining).toBe(20);
      expect((await second?.take({ account }, { cost: 20 }))?.outcome).toBe('admitted');
    });

    test('leases give out no more than was taken', async () => {
      const limits = { api: { permits: 200, windowMs: 720_000_000, lease: { permits: 10, forMs: 60_000 } } };
      const limiters = [one, other].map((kv) => openLimiter(kv, around, { limits, ...more }));
      const api = unique();
      const outcomes: string[] = [];
      for (let n = 0; n < 400; n++) outcomes.push((await limiters[n % 2]?.take({ api }))?.outcome ?? '');
      expect(outcomes.filter((outcome) => outcome === 'admitted')).toHaveLength(200);
    });

    test('a turn that is waited for comes after the time that the state told', async () => {
      const limits = { api: { permits: 20, windowMs: 1000, burst: 1, maxWaitMs: 5000 } };
      const limiter = openLimiter(one, around, { limits, ...more });
      const api = unique();
      const startedMs = around.clock.monotonicMs();
      const all = await Promise.all(Array.from({ length: 5 }, () => limiter.take({ api }, { maxWaitMs: 5000 })));
      expect(all.every(({ outcome }) => outcome === 'admitted')).toBe(true);
      // The engine's clock ticks in milliseconds.
      expect(around.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(4 * 50 - 2);
    });
  });
}

holds('a SQLite file', sqliteFile, {});
holds('a Redis server', startRedis, redisServer().options);
holds('a primary watched by Sentinels', startSentinels, redisServer().options);
holds('a Redis Cluster', startCluster, redisServer().options);
