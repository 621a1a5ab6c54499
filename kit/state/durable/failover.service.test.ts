/**
 * What durable calls promise while a primary is killed or handed over: of what was acknowledged nothing is lost. Counts, never times; what was not durable
 * is counted too, and may be lost.
 */
import { systemClock } from '@palier/base/clock';
import { PalierError } from '@palier/base/error';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisCall, redisServer, type SentinelSet, startCluster, startSentinels } from '@palier/testkit/engines';
import { freePort } from '@palier/testkit/ports';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { type Durable, type Kv, keyOf, openKv, outcomeOf } from '../index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };

interface Stream {
  /** Keys whose set() was acknowledged. */
  readonly acknowledged: string[];
  readonly refused: { readonly key: string; readonly error: unknown }[];
  stop(): Promise<void>;
}

/** Sets new keys every few milliseconds; none waits for the one before. */
function stream(kv: Kv, name: string, options: { readonly durable?: Durable }): Stream {
  const acknowledged: string[] = [];
  const refused: { key: string; error: unknown }[] = [];
  let [made, ended] = [0, 0];
  const cancel = timers.every(4, () => {
    const key = keyOf(name, `${made++}`);
    void kv
      .set(key, 'a', options)
      .then(
        () => acknowledged.push(key),
        (error: unknown) => refused.push({ key, error }),
      )
      .finally(() => ended++);
  });
  return {
    acknowledged,
    refused,
    async stop() {
      cancel();
      await until('every call has ended', () => ended === made);
    },
  };
}

async function more(what: string, { acknowledged }: Stream, count: number): Promise<void> {
  const before = acknowledged.length;
  await until(what, () => acknowledged.length >= before + count, { withinMs: 90_000 });
}

async function there(kv: Kv, keys: readonly string[]): Promise<number> {
  const found = await kv.getMany(keys, { timeoutMs: 30_000 });
  return found.filter((value) => value !== undefined).length;
}

/** What failed with the outcome `none` is not there. */
async function expectTrue(kv: Kv, { refused }: Stream): Promise<void> {
  for (const { error } of refused) expect(error).toBeInstanceOf(PalierError);
  const nothing = refused.filter(({ error }) => outcomeOf(error) === 'none').map(({ key }) => key);
  expect(await there(kv, nothing)).toBe(0);
}

/** The replicas follow nobody: what the primary acknowledges from now on, only it has. Answers what lets the Sentinels command them again. */
async function cutOff(set: SentinelSet): Promise<() => Promise<void>> {
  const [primary, nobody] = await Promise.all([set.primary(), freePort()]);
  const replicas = set.servers.filter((server) => server !== primary);
  const all = (...args: string[]): Promise<unknown> => Promise.all(replicas.map((replica) => redisCall(replica, args)));
  await all('REPLICAOF', '127.0.0.1', String(nobody));
  // The Sentinels would set that right after some seconds.
  await all('ACL', 'SETUSER', 'default', '-replicaof', '-slaveof');
  await until('the primary has no replicas', async () => {
    const told = await redisCall(primary, ['INFO', 'replication']);
    return String(told).includes('connected_slaves:0');
  });
  return async () => void (await all('ACL', 'SETUSER', 'default', '+@all'));
}

describe('durable calls on a primary watched by Sentinels', redisServer().options, () => {
  test.each([1, 2])(
    'with %i of two replicas: nothing acknowledged is lost when the primary is killed',
    async (replicas) => {
      await using set = await startSentinels();
      await using kv = await openKv(set.url, around);
      const durable = stream(kv, 'durable', { durable: { replicas } });
      const plain = stream(kv, 'plain', {});
      await more('it works', durable, 200);
      const before = await set.primary();
      await before.kill();
      await more('another one works', plain, 50);
      // It does so before the Sentinels tell.
      await until('another one is primary', async () => (await set.primary()) !== before, { withinMs: 90_000 });
      // With one replica of two the other one is enough; with both the third server must come back.
      if (replicas === 2) await before.start();
      await more('durable calls go on', durable, 50);
      await Promise.all([durable.stop(), plain.stop()]);
      expect(await there(kv, durable.acknowledged)).toBe(durable.acknowledged.length);
      await expectTrue(kv, durable);
      // Counted, and allowed: none on one machine, where the kernel still sends what a killed process had written.
      expect(await there(kv, plain.acknowledged)).toBeLessThanOrEqual(plain.acknowledged.length);
    },
  );

  test('handed over by SENTINEL FAILOVER: nothing acknowledged is lost, also by whoever does not hear that it begins', async () => {
    await using set = await startSentinels();
    await using kv = await openKv(set.url, around);
    // The Sentinel that leads it is the first one; the others hear of it when it is done.
    const others = set.sentinels.slice(1).map(({ port }) => `127.0.0.1:${port}`);
    await using deaf = await openKv(set.url.replace(/127[^/]*/, others.join(',')), around);
    const streams = [
      stream(kv, 'one', { durable: { replicas: 1 } }),
      stream(kv, 'both', { durable: { replicas: 2 } }),
      stream(deaf, 'deaf', { durable: { replicas: 1 } }),
    ] as const;
    for (const one of streams) await more('it works', one, 100);
    const before = await set.primary();
    await set.failover();
    expect(await set.primary()).not.toBe(before);
    // With both the old primary must follow first.
    for (const one of streams) await more('durable calls go on', one, 50);
    await Promise.all(streams.map((one) => one.stop()));
    for (const one of streams) {
      expect(await there(kv, one.acknowledged)).toBe(one.acknowledged.length);
      await expectTrue(kv, one);
    }
  });

  test('cut off from its replicas, a primary acknowledges nothing durable; what was not durable is lost with it', async () => {
    // A replica that was cut off for ten times as long is not taken for a primary.
    await using set = await startSentinels({ downAfterMs: 3000 });
    await using kv = await openKv(set.url, around, { timeoutMs: 500 });
    const durable = { replicas: 1 };
    const keys = (name: string, count: number): string[] =>
      Array.from({ length: count }, (_, i) => keyOf(name, `${i}`));
    const kept = keys('kept', 200);
    await Promise.all(kept.map((key) => kv.set(key, 'a', { durable, timeoutMs: 10_000 })));
    const letCommand = await cutOff(set);
    const [lost, asked] = [keys('lost', 20), keys('asked', 20)];
    await Promise.all(lost.map((key) => kv.set(key, 'a', { timeoutMs: 10_000 })));
    const answers = await Promise.allSettled(asked.map((key) => kv.set(key, 'a', { durable })));
    for (const answer of answers) {
      const error: unknown = answer.status === 'rejected' ? answer.reason : undefined;
      expect(['PALIER_STATE_COPIES', 'PALIER_STATE_DURABLE']).toContain((error as PalierError | undefined)?.code);
    }
    expect(await there(kv, lost)).toBe(20);
    const before = await set.primary();
    await before.kill();
    await letCommand();
    await until('another one is primary', async () => (await set.primary()) !== before, { withinMs: 90_000 });
    await until('it answers', () => kv.get('a', { timeoutMs: 5000 }).then(() => true), { withinMs: 60_000 });
    expect(await there(kv, kept)).toBe(200);
    expect(await there(kv, lost)).toBe(0);
  });

  test('a replica that stands still: one of two goes on once the Sentinels call it down, both are told in time that it is not known', async () => {
    await using set = await startSentinels();
    await using kv = await openKv(set.url, around, { timeoutMs: 1500 });
    const one = stream(kv, 'one', { durable: { replicas: 1 } });
    await more('it works', one, 50);
    const primary = await set.primary();
    const still = set.servers.find((server) => server !== primary);
    still?.freeze();
    await more('one of two goes on', one, 50);
    await one.stop();
    const both = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => kv.set(keyOf('both', `${i}`), 'a', { durable: { replicas: 2 } })),
    );
    expect(new Set(both.map((call) => (call.status === 'rejected' ? call.reason.code : 'done')))).toEqual(
      new Set(['PALIER_STATE_COPIES']),
    );
    still?.thaw();
    await until('both go on', () =>
      kv.set(keyOf('both', 'after'), 'a', { durable: { replicas: 2 } }).then(
        () => true,
        () => false,
      ),
    );
  });
});

describe('durable calls on a Redis Cluster', redisServer().options, () => {
  test('nothing acknowledged is lost when a primary is killed; the other slots go on', async () => {
    await using cluster = await startCluster();
    await using kv = await openKv(cluster.url, around);
    const durable = stream(kv, 'durable', { durable: { replicas: 1 } });
    await more('it works', durable, 200);
    const before = await cluster.primaryOf(0);
    await before.kill();
    await more('the other slots go on', durable, 50);
    await until('the replica has the slots', async () => (await cluster.primaryOf(0)) !== before, { withinMs: 90_000 });
    await before.start();
    const keys = Array.from({ length: 30 }, (_, i) => keyOf('after', `${i}`));
    await until(
      'a key of every primary is set',
      async () => {
        const set = await Promise.allSettled(keys.map((key) => kv.set(key, 'a', { durable: { replicas: 1 } })));
        return set.every(({ status }) => status === 'fulfilled');
      },
      { withinMs: 90_000 },
    );
    await durable.stop();
    expect(await there(kv, durable.acknowledged)).toBe(durable.acknowledged.length);
    await expectTrue(kv, durable);
  });
});
