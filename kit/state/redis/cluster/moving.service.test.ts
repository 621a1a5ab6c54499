/**
 * What a Kv on a Cluster does while a slot is on its way to a node that has none yet. Counted by the nodes' own statistics: an answer that is right
 * in the end does not show that the map was asked for with every call on the way.
 */
import { describe, expect, test } from 'vitest';
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type ClusterNode, type RedisCluster, redisCall, redisServer, startCluster } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { keyOf, openKv, type Procedure } from '../../index.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
/** A busy machine gives up no connection, so that the map is asked for once in five seconds and no more. */
const patient = { timeoutMs: 30_000, frozenAfterMs: 30_000 };

/** Sets both of its keys, or the one. */
const mark: Procedure<number> = {
  name: 'test.mark',
  lua: `for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1]) end return {#KEYS}`,
  apply: () => [0],
  read: ([count]) => Number(count),
};

interface Moving {
  readonly cluster: RedisCluster;
  readonly key: string;
  /** Of the same slot. */
  readonly other: string;
  readonly slot: number;
  readonly from: ClusterNode;
  readonly to: ClusterNode;
}

/** The slot of `key` is on its way to a node that all know and that has no slot. */
async function moving(cluster: RedisCluster): Promise<Moving> {
  const [first] = cluster.nodes as [ClusterNode];
  const [to] = cluster.spare as [ClusterNode];
  await redisCall(first, ['CLUSTER', 'MEET', '127.0.0.1', `${to.port}`]);
  await until('all know it, and it knows whose the slots are', async () => {
    const lists = await Promise.all(cluster.nodes.map((node) => redisCall(node, ['CLUSTER', 'NODES'])));
    const info = String(await redisCall(to, ['CLUSTER', 'INFO']));
    const knows = /cluster_slots_assigned:16384\b/.test(info) && /cluster_state:ok/.test(info);
    return knows && lists.every((list) => String(list).includes(to.id));
  });
  const [key, other] = [keyOf('moving', 'one tag', 'a'), keyOf('moving', 'one tag', 'b')];
  const slot = Number(await redisCall(first, ['CLUSTER', 'KEYSLOT', key]));
  const from = await cluster.primaryOf(slot);
  await redisCall(to, ['CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', from.id]);
  await redisCall(from, ['CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', to.id]);
  return { cluster, key, other, slot, from, to };
}

/** How often the nodes were called with it, refused calls (`rejected_calls`) apart. */
async function count(
  nodes: readonly ClusterNode[],
  command: string,
  field: 'calls' | 'rejected_calls',
): Promise<number> {
  const infos = await Promise.all(nodes.map((node) => redisCall(node, ['INFO', 'commandstats'])));
  return infos.reduce<number>((sum, info) => {
    const line = String(info)
      .split('\r\n')
      .find((one) => one.startsWith(`cmdstat_${command}:`));
    return sum + Number(new RegExp(`[:,]${field}=(\\d+)`).exec(line ?? '')?.[1] ?? 0);
  }, 0);
}

describe('a slot on its way to a node that has none', redisServer().options, () => {
  test('a call that is sent on by ASK does not ask for the map, and each node hears of it once', async () => {
    await using cluster = await startCluster({ replicasEach: 0, spare: 1 });
    const { key, from } = await moving(cluster);
    await using kv = await openKv(cluster.url, around, patient);
    await kv.set(key, '0');
    const before = await count(cluster.nodes, 'cluster|slots', 'calls');
    const turnedAway = await count([from], 'set', 'rejected_calls');
    for (let i = 0; i < 200; i++) await kv.set(key, `${i}`);
    expect((await count([from], 'set', 'rejected_calls')) - turnedAway).toBe(200);
    expect((await count(cluster.nodes, 'cluster|slots', 'calls')) - before).toBeLessThan(50);
  });

  test('calls that the node tells to try again do not ask for the map', async () => {
    await using cluster = await startCluster({ replicasEach: 0, spare: 1 });
    const { key, other, slot, from, to } = await moving(cluster);
    // One of two keys is at either end: nobody can run a procedure on both.
    await redisCall(from, ['CLUSTER', 'SETSLOT', `${slot}`, 'STABLE']);
    await redisCall(from, ['SET', other, '0']);
    await redisCall(from, ['CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', to.id]);
    await using kv = await openKv(cluster.url, around, patient);
    await kv.get(other);
    const before = await count(cluster.nodes, 'cluster|slots', 'calls');
    const calls = Array.from({ length: 5 }, () => kv.run(mark, [other, key], ['1']));
    await until('it was tried a hundred times', async () => {
      return (await count([from], 'evalsha', 'rejected_calls')) >= 100;
    });
    const asked = (await count(cluster.nodes, 'cluster|slots', 'calls')) - before;
    await redisCall(from, ['CLUSTER', 'SETSLOT', `${slot}`, 'STABLE']);
    expect(await Promise.all(calls)).toEqual([2, 2, 2, 2, 2]);
    expect(asked).toBeLessThan(25);
  });

  test('a procedure that the new node does not know is sent whole to that node, not back to the old one', async () => {
    await using cluster = await startCluster({ replicasEach: 0, spare: 1 });
    const { key, from, to } = await moving(cluster);
    await using kv = await openKv(cluster.url, around, patient);
    expect(await kv.run(mark, [key], ['1'])).toBe(1);
    expect(await count([from], 'eval', 'rejected_calls')).toBe(0);
    expect(await count([from], 'evalsha', 'rejected_calls')).toBe(1);
    expect(await count([to], 'eval', 'calls')).toBe(1);
  });

  test('when it has arrived the engine is as well as before, though nobody was connected to the node as an owner', async () => {
    await using cluster = await startCluster({ replicasEach: 0, spare: 1 });
    const { key, slot, to } = await moving(cluster);
    await using kv = await openKv(cluster.url, around, patient);
    await kv.set(key, '1');
    await until('it is up', () => kv.health.state === 'up');
    const told: string[] = [];
    kv.health.onChange((state, reason) => told.push(`${state}: ${reason}`));
    const before = await count(cluster.nodes, 'cluster|slots', 'calls');
    for (const node of [to, ...cluster.nodes]) await redisCall(node, ['CLUSTER', 'SETSLOT', `${slot}`, 'NODE', to.id]);
    expect(String(await kv.get(key))).toBe('1');
    await until('the map was asked for', async () => {
      return (await count([...cluster.nodes, to], 'cluster|slots', 'calls')) > before;
    });
    // Each node has answered all that was asked before, the map too, when it answers this; then what the new one answers counts.
    await kv.keepingFacts?.();
    await kv.get(key);
    expect(told).toEqual([]);
    expect(kv.health.state).toBe('up');
  });
});
