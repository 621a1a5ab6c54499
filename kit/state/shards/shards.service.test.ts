import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type RedisCluster, redisCall, redisServer, startCluster } from '@palier/testkit/engines';
import { describe, expect, test } from 'vitest';
import { type Kv, openKv } from '../index.ts';
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
async function expectWhole({ nodes, spare }: RedisCluster, kv: Kv, writers: Writers): Promise<void> {
  expect(writers.failures).toEqual([]);
  const keys = [...writers.acknowledged.keys()];
  const there = await kv.getMany(keys);
  expect(there.map(String)).toEqual(keys.map((key) => String(writers.acknowledged.get(key))));
  const all = [...nodes, ...spare];
  const roles = await Promise.all(all.map((node) => redisCall(node, ['ROLE'])));
  const primaries = all.filter((_, i) => (roles[i] as readonly unknown[])[0] === 'master');
  const sizes = await Promise.all(primaries.map(async (node) => Number(await redisCall(node, ['DBSIZE']))));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(keys.length);
  for (const node of primaries) {
    const info = String(await redisCall(node, ['CLUSTER', 'INFO']));
    expect(info).toContain('cluster_state:ok');
    expect(info).toContain('cluster_slots_assigned:16384');
    expect(String(await redisCall(node, ['CLUSTER', 'NODES']))).not.toContain('->-');
  }
}

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
    await expectWhole(cluster, kv, writers);
    const after = await shards.look(look);
    expect(after.shards.filter(({ slots }) => slots > 0).length).toBe(8);
    expect(after.halfDone).toBe(0);
  });
});
