/**
 * What a Kv on Redis promises while servers die, stand still and are replaced: no call is pending beyond its deadline, and it goes on by
 * itself. Counts, never times; the deadlines here are generous because a busy machine is no failed test.
 */
import { describe, expect, test } from 'vitest';
import { systemClock } from '@palier/base/clock';
import { PalierError } from '@palier/base/error';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import {
  type ClusterNode,
  redisCall,
  redisServer,
  startCluster,
  startRedis,
  startSentinels,
} from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { type Kv, keyOf, openKv, outcomeOf } from '../index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };

interface Stream {
  /** Keys whose set() was acknowledged. */
  readonly acknowledged: string[];
  readonly errors: unknown[];
  /** Waits until every call has ended, and answers how many were made. */
  stop(): Promise<number>;
}

/** Sets a new key every few milliseconds, spread over the slots; none waits for the one before. */
function stream(kv: Kv): Stream {
  const acknowledged: string[] = [];
  const errors: unknown[] = [];
  const pending = new Set<Promise<void>>();
  let made = 0;
  const cancel = timers.every(5, () => {
    const key = keyOf('stream', `${made++}`);
    const call = kv.set(key, 'a').then(
      () => void acknowledged.push(key),
      (error: unknown) => void errors.push(error),
    );
    pending.add(call);
    void call.finally(() => pending.delete(call));
  });
  return {
    acknowledged,
    errors,
    async stop() {
      cancel();
      await until('every call has ended', () => pending.size === 0);
      return made;
    },
  };
}

async function goesOn(what: string, { acknowledged }: Stream): Promise<void> {
  const before = acknowledged.length;
  await until(what, () => acknowledged.length >= before + 50, { withinMs: 90_000 });
}

function expectTold(errors: readonly unknown[]): void {
  for (const error of errors) {
    expect(error).toBeInstanceOf(PalierError);
    expect(['PALIER_STATE_LATE', 'PALIER_STATE_LOST', 'PALIER_STATE_REFUSED']).toContain((error as PalierError).code);
    expect(['none', 'unknown']).toContain(outcomeOf(error));
  }
}

async function countThere(kv: Kv, keys: readonly string[]): Promise<number> {
  const found = await kv.getMany(keys, { timeoutMs: 30_000 });
  return found.filter((value) => value !== undefined).length;
}

describe('a Redis server', redisServer().options, () => {
  test('that stands still leaves no call pending, is told as down, and is taken up again', async () => {
    await using server = await startRedis();
    await using kv = await openKv(server.url, around, { timeoutMs: 500 });
    const calls = stream(kv);
    await goesOn('it works', calls);
    expect(kv.health.state).toBe('up');
    server.freeze();
    await until('it is down', () => kv.health.state === 'down');
    expect(kv.health.reason).toBeDefined();
    server.thaw();
    await goesOn('it works again', calls);
    await until('it is up', () => kv.health.state === 'up');
    const made = await calls.stop();
    expect(calls.acknowledged.length + calls.errors.length).toBe(made);
    expect(calls.errors.length).toBeGreaterThan(0);
    expectTold(calls.errors);
  });

  test('that writes its file before it answers has all that was acknowledged, killed and started again', async () => {
    // With everysec a write may be put off for two seconds while the disk is busy, and the answer is not.
    await using server = await startRedis({ settings: { appendfsync: 'always' } });
    await using kv = await openKv(server.url, around);
    const calls = stream(kv);
    await goesOn('it works', calls);
    await server.kill();
    await timers.sleep(300);
    await server.start();
    await goesOn('it works again', calls);
    await calls.stop();
    expectTold(calls.errors);
    expect(await countThere(kv, calls.acknowledged)).toBe(calls.acknowledged.length);
  });

  test('that is away when it is opened is waited for until the deadline, and used once it is there', async () => {
    await using server = await startRedis();
    await server.kill();
    await using kv = await openKv(server.url, around, { timeoutMs: 100 });
    const error: unknown = await kv.get('a').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'PALIER_STATE_LATE' });
    expect(outcomeOf(error)).toBe('none');
    await server.start();
    await until('it is up', () => kv.health.state === 'up');
    expect(await kv.get('a', { timeoutMs: 30_000 })).toBeUndefined();
  });

  test('that forgot its scripts is sent them again', async () => {
    await using server = await startRedis();
    await using kv = await openKv(server.url, around);
    const one = { name: 'test.one', lua: 'return {1}', apply: () => [1], read: ([n]: readonly unknown[]) => n };
    expect(await kv.run(one, [], [])).toBe(1);
    await server.kill();
    await server.start();
    expect(await kv.run(one, [], [], { timeoutMs: 30_000 })).toBe(1);
  });

  test('that has more calls waiting than are allowed refuses the rest at once, with nothing done', async () => {
    await using server = await startRedis();
    await using kv = await openKv(server.url, around, { maxWaiting: 10 });
    server.freeze();
    const calls = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => kv.set(`key ${i}`, 'a')));
    const refused = calls.filter(({ status }) => status === 'rejected');
    const busy = refused.filter((one) => (one as PromiseRejectedResult).reason.code === 'PALIER_STATE_BUSY');
    expect(busy.length).toBeGreaterThanOrEqual(90);
    server.thaw();
  });
});

describe('a primary watched by Sentinels', redisServer().options, () => {
  test.each(['kill', 'freeze', 'fail over'] as const)(
    '%s: another one takes over, no call is left pending',
    async (how) => {
      await using set = await startSentinels();
      await using kv = await openKv(set.url, around);
      const calls = stream(kv);
      await goesOn('it works', calls);
      const before = await set.primary();
      if (how === 'kill') await before.kill();
      else if (how === 'freeze') before.freeze();
      else await set.failover();
      await goesOn('another one works', calls);
      // It does so before the Sentinels tell.
      await until('another one is primary', async () => (await set.primary()) !== before, { withinMs: 90_000 });
      const made = await calls.stop();
      expect(calls.acknowledged.length + calls.errors.length).toBe(made);
      expectTold(calls.errors);
    },
  );
});

describe('a Redis Cluster', redisServer().options, () => {
  test.each(['kill', 'freeze'] as const)(
    '%s of a primary: its replica takes over, the other slots go on',
    async (how) => {
      await using cluster = await startCluster();
      await using kv = await openKv(cluster.url, around);
      const calls = stream(kv);
      await goesOn('it works', calls);
      const before = await cluster.primaryOf(0);
      if (how === 'kill') await before.kill();
      else before.freeze();
      await goesOn('the other slots go on', calls);
      await until('the replica has the slots', async () => (await cluster.primaryOf(0)) !== before, {
        withinMs: 60_000,
      });
      await until(
        'a key of every slot is set',
        async () => {
          const keys = Array.from({ length: 60 }, (_, i) => keyOf('after', `${i}`));
          const set = await Promise.allSettled(keys.map((key) => kv.set(key, 'a')));
          return set.every(({ status }) => status === 'fulfilled');
        },
        { withinMs: 60_000 },
      );
      await calls.stop();
      expectTold(calls.errors);
      expect(await cluster.primaryOf(0)).not.toBe(before);
    },
  );

  test('a call that was sent on to a node without slots is answered, also when an older map comes meanwhile', async () => {
    await using cluster = await startCluster({ replicasEach: 0, spare: 1 });
    const [first] = cluster.nodes as [ClusterNode];
    const [to] = cluster.spare as [ClusterNode];
    await redisCall(first, ['CLUSTER', 'MEET', '127.0.0.1', `${to.port}`]);
    await until('all know it, and it knows whose the slots are', async () => {
      const lists = await Promise.all(cluster.nodes.map((node) => redisCall(node, ['CLUSTER', 'NODES'])));
      const info = String(await redisCall(to, ['CLUSTER', 'INFO']));
      return lists.every((list) => String(list).includes(to.id)) && /cluster_slots_assigned:16384\b/.test(info);
    });
    await using kv = await openKv(cluster.url, around, { timeoutMs: 30_000, frozenAfterMs: 30_000 });
    const [sentOn, moved] = [keyOf('guest', 'sent on'), keyOf('guest', 'moved')];
    const slotOf = async (key: string) => Number(await redisCall(first, ['CLUSTER', 'KEYSLOT', key]));
    const slot = await slotOf(sentOn);
    const from = await cluster.primaryOf(slot);
    await kv.get(moved);
    await redisCall(to, ['CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', from.id]);
    await redisCall(from, ['CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', to.id]);
    // Its connection stands, then it stands still.
    await kv.set(sentOn, '1');
    to.freeze();
    const call = kv.set(sentOn, '2');
    await around.timers.sleep(100);
    // A node that turns a call away makes the map be read again; the new node is not in it.
    const other = await slotOf(moved);
    const owner = await cluster.primaryOf(other);
    const next = cluster.nodes.find((node) => node !== owner) as ClusterNode;
    // As an import: a node that takes a slot without one keeps its epoch, and the next word of the old owner may take it back.
    await redisCall(next, ['CLUSTER', 'SETSLOT', `${other}`, 'IMPORTING', owner.id]);
    await redisCall(owner, ['CLUSTER', 'SETSLOT', `${other}`, 'MIGRATING', next.id]);
    for (const node of [next, ...cluster.nodes.filter((one) => one !== next)]) {
      await redisCall(node, ['CLUSTER', 'SETSLOT', `${other}`, 'NODE', next.id]);
    }
    await kv.set(moved, '1');
    await around.timers.sleep(500);
    to.thaw();
    expect(await call).toBe(true);
    expect(String(await kv.get(sentOn))).toBe('2');
  });
});
