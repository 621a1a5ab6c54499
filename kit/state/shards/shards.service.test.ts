import calculateSlot from 'cluster-key-slot';
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type ClusterNode, type RedisCluster, redisCall, redisServer, startCluster } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { type Kv, openBus, openKv } from '../index.ts';
import { openShards } from './index.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
const look = { sampleMs: 300 };
/** A busy machine is no failed test: what is asked here is whether a call succeeds, not how soon. */
const patient = { timeoutMs: 20_000, frozenAfterMs: 20_000 };

interface Writers {
  /** By key: the last number that was acknowledged. */
  readonly acknowledged: ReadonlyMap<string, number>;
  readonly failures: readonly unknown[];
  stop(): Promise<void>;
}

/** Each key has one writer, who counts up: what is there afterwards must be the last that was acknowledged. */
function startWriters(kv: Kv, count: number, tags: number): Writers {
  const keys = Array.from({ length: count }, (_, i) => `counter:{${i % tags}}:${i}`);
  const acknowledged = new Map(keys.map((key) => [key, 0]));
  const failures: unknown[] = [];
  const ending = new AbortController();
  const write = async (mine: readonly string[]): Promise<void> => {
    for (let n = 1; !ending.signal.aborted; n++) {
      for (const key of mine) {
        await kv.set(key, String(n)).then(
          () => acknowledged.set(key, n),
          (error: unknown) => failures.push(error),
        );
      }
    }
  };
  const writers = Array.from({ length: 8 }, (_, w) => write(keys.filter((_key, i) => i % 8 === w)));
  return {
    acknowledged,
    failures,
    async stop() {
      ending.abort();
      await Promise.all(writers);
    },
  };
}

/** Nothing lost, nothing twice, every slot with one owner on whom all agree. */
async function expectWhole(cluster: RedisCluster, kv: Kv, expected: ReadonlyMap<string, number>): Promise<void> {
  const keys = [...expected.keys()];
  const there = await kv.getMany(keys);
  expect(there.map(String)).toEqual(keys.map((key) => String(expected.get(key))));
  await until('the nodes agree', async () => (await cluster.faults()).length === 0);
  expect(await keysOn(cluster)).toBe(keys.length);
}

/** On all nodes together, replicas included. */
async function keysOn({ nodes, spare }: RedisCluster): Promise<number> {
  const sizes = await Promise.all([...nodes, ...spare].map(async (node) => Number(await redisCall(node, ['DBSIZE']))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** For each slot a tag that lies in it. */
function tagsIn(slots: readonly number[]): readonly string[] {
  const wanted = new Set(slots);
  const tags: string[] = [];
  for (let n = 0; wanted.size > 0; n++) if (wanted.delete(calculateSlot(String(n)))) tags.push(String(n));
  return tags;
}

const steps = [
  'the target knows',
  'the owner knows',
  'an answer was lost',
  'half of the keys are there',
  'all keys are there',
  'the target has it',
  'the owner lets go',
] as const;
type Step = (typeof steps)[number];

describe('shards of a Cluster', redisServer().options, () => {
  test('4 become 8 while writers run: nothing acknowledged is lost or refused, all nodes agree', async () => {
    await using cluster = await startCluster({ primaries: 4, replicasEach: 0, spare: 4 });
    await using kv = await openKv(cluster.url, around, patient);
    const writers = startWriters(kv, 400, 100);
    using shards = await openShards(cluster.url, around);
    const before = await shards.look(look);
    expect(before.shards.map(({ slots }) => slots)).toEqual([4096, 4096, 4096, 4096]);
    await shards.add(cluster.spare);
    const plan = shards.plan(await shards.look(look));
    expect(plan.moves.length).toBeGreaterThan(20);
    expect(plan.after).toBeLessThan(plan.before);
    const moved = await shards.move(plan.moves);
    expect(moved).toMatchObject({ slots: plan.moves.length, leftSlots: 0 });
    await writers.stop();
    expect(writers.failures).toEqual([]);
    await expectWhole(cluster, kv, writers.acknowledged);
    const after = await shards.look(look);
    expect(after.shards.filter(({ slots }) => slots > 0).length).toBe(8);
    expect(after.halfDone).toBe(0);
  });

  test('whoever is killed between any two steps leaves what the next one takes up, with the owner’s values', async () => {
    await using cluster = await startCluster({ primaries: 3, replicasEach: 0 });
    await using kv = await openKv(cluster.url, around, patient);
    const [first] = cluster.nodes as [ClusterNode];
    const values = new Map<string, number>();
    for (const [done, name] of steps.entries()) {
      const keys = Array.from({ length: 20 }, (_, i) => `{${name}}:${i}`);
      for (const [i, key] of keys.entries()) {
        await kv.set(key, String(i));
        values.set(key, i);
      }
      const slot = Number(await redisCall(first, ['CLUSTER', 'KEYSLOT', keys[0] as string]));
      const from = await cluster.primaryOf(slot);
      const to = cluster.nodes.find((node) => node !== from) as ClusterNode;
      const set = (node: ClusterNode, ...words: string[]) =>
        redisCall(node, ['CLUSTER', 'SETSLOT', `${slot}`, ...words]);
      const migrate = (some: readonly string[], ...how: string[]) =>
        redisCall(from, ['MIGRATE', '127.0.0.1', `${to.port}`, '', '0', '5000', ...how, 'KEYS', ...some]);
      const play: Readonly<Record<Step, () => Promise<unknown>>> = {
        'the target knows': () => set(to, 'IMPORTING', from.id),
        'the owner knows': () => set(from, 'MIGRATING', to.id),
        'an answer was lost': async () => {
          // The key is at both ends, and the owner goes on with it.
          await migrate([keys[0] as string], 'COPY');
          await kv.set(keys[0] as string, '77');
          values.set(keys[0] as string, 77);
        },
        'half of the keys are there': () => migrate(keys.slice(10)),
        'all keys are there': () => migrate(keys.slice(0, 10), 'REPLACE'),
        'the target has it': () => set(to, 'NODE', to.id),
        'the owner lets go': () => set(from, 'NODE', to.id),
      };
      for (const step of steps.slice(0, done + 1)) await play[step]();
      using shards = await openShards(cluster.url, around);
      await shards.takeUp();
      const owner = await until(`${name}: somebody else has it`, async () => {
        const now = await cluster.primaryOf(slot);
        return now !== from && now;
      });
      expect([name, owner.port]).toEqual([name, to.port]);
      await expectWhole(cluster, kv, values);
    }
  });

  test.each(['from', 'to'] as const)(
    'kill -9 of the primary that slots go %s: whoever was promoted goes on with them, all agree in the end',
    async (which) => {
      await using cluster = await startCluster({ primaries: 3, replicasEach: 1 });
      await using kv = await openKv(cluster.url, around, patient);
      const [from, to] = cluster.nodes as [ClusterNode, ClusterNode];
      const owned = Array.from({ length: 40 }, (_, slot) => slot);
      const tags = tagsIn(owned);
      const keys = tags.flatMap((tag) => Array.from({ length: 5 }, (_, i) => `{${tag}}:${i}`));
      await Promise.all(keys.map((key) => kv.set(key, key)));
      await until('all of it is with the replicas', async () => (await keysOn(cluster)) === 2 * keys.length);
      using shards = await openShards(cluster.url, around);
      let killing: Promise<void> | undefined;
      const moved = await shards.move(
        owned.map((slot) => ({ slot, from: from.id, to: to.id })),
        { progress: () => (killing ??= (which === 'from' ? from : to).kill()) },
      );
      await killing;
      expect(moved.leftSlots).toBe(0);
      const victim = which === 'from' ? from : to;
      await victim.start();
      await until('the nodes agree', async () => (await cluster.faults()).length === 0, { withinMs: 60_000 });
      const owners = new Set(await Promise.all(owned.map(async (slot) => (await cluster.primaryOf(slot)).port)));
      expect(owners.size).toBe(1);
      const there = await kv.getMany(keys);
      // What came to a new primary in its last moment may be lost with it, no more than one batch.
      expect(there.filter((value) => value === undefined).length).toBeLessThanOrEqual(which === 'from' ? 0 : 500);
      // Whoever was killed follows now, and is sent all of it first.
      const left = there.filter((value) => value !== undefined).length;
      await until('nothing is anywhere that should not be', async () => (await keysOn(cluster)) === 2 * left);
    },
    120_000,
  );

  test('only one moves slots at a time, and a node that is not empty is not let in', async () => {
    await using cluster = await startCluster({ primaries: 3, replicasEach: 0, spare: 1 });
    await using stranger = await startCluster({ primaries: 1, replicasEach: 0 });
    const [spare] = cluster.spare as [ClusterNode];
    using shards = await openShards(cluster.url, around);
    await shards.takeUp();
    using second = await openShards(cluster.url, around);
    await expect(second.takeUp()).rejects.toMatchObject({ code: 'PALIER_SHARDS_BUSY' });
    await expect(shards.add(stranger.nodes)).rejects.toMatchObject({ code: 'PALIER_SHARDS_NODE' });
    await redisCall(spare, ['CLUSTER', 'ADDSLOTS', '1']);
    await expect(shards.add([spare])).rejects.toMatchObject({ code: 'PALIER_SHARDS_NODE' });
    await until('the nodes agree', async () => (await cluster.faults()).length === 0);
    await expect(openShards('redis://127.0.0.1:1', around)).rejects.toMatchObject({ code: 'PALIER_SHARDS_NONE' });
  });

  test('a message on a sharded channel whose slot moves is heard, or a gap is told', async () => {
    await using cluster = await startCluster({ primaries: 3, replicasEach: 0 });
    await using publisher = await openBus(cluster.url, around, patient);
    await using bus = await openBus(cluster.url, around, patient);
    const heard: number[] = [];
    let gaps = 0;
    await bus.subscribe('prices', { message: (bytes) => heard.push(Number(String(bytes))), gap: () => gaps++ });
    await publisher.publish('prices', '0');
    await until('the first is heard', () => heard.length === 1);
    const ending = new AbortController();
    let last = 0;
    const publishing = (async () => {
      for (let n = 1; !ending.signal.aborted; n++) {
        await publisher.publish('prices', String(n));
        last = n;
      }
    })();
    using shards = await openShards(cluster.url, around);
    const slot = Number(await redisCall(cluster.nodes[0] as ClusterNode, ['CLUSTER', 'KEYSLOT', 'bus:{prices}:0']));
    for (let round = 0; round < 3; round++) {
      const from = await cluster.primaryOf(slot);
      const to = cluster.nodes.find((node) => node !== from) as ClusterNode;
      await shards.move([{ slot, from: from.id, to: to.id }]);
      const before = heard.length;
      await until('it is heard again', () => heard.length > before + 5);
    }
    ending.abort();
    await publishing;
    await until('the last is heard', () => heard.at(-1) === last);
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    expect(new Set(heard).size).toBe(heard.length);
    expect(heard.length === last + 1 || gaps > 0).toBe(true);
  });
});
