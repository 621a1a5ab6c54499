/** What becomes of copies when a server stands still, dies or is replaced. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisCall, redisServer, startCluster, startRedis, startSentinels } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { type Copies, keyOf, openCopies, openKv } from '../index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
/** Generous where a copy is expected: a busy machine proves late. */
const patient = { staleWithinMs: 10_000 };

/** Reads until the answer is kept: the first reads may come before the connection for it stands. */
async function keeps(copies: Copies<unknown>, key: string): Promise<void> {
  await until('the answer is kept', async () => {
    await copies.get(key);
    return copies.peek(key) !== undefined;
  });
}

describe('copies when things break', redisServer().options, () => {
  test('a server that stands still: no copy is served beyond the bound, the last known one for its time', async () => {
    await using server = await startRedis();
    await using kv = await openKv(server.url, around, { timeoutMs: 300 });
    await using copies = openCopies(kv, around, { staleWithinMs: 300, lastKnownMs: 60_000 });
    const key = keyOf('copies', 'frozen');
    await kv.set(key, '1');
    await keeps(copies, key);
    server.freeze();
    const frozenMs = around.clock.monotonicMs();
    let servedMs = frozenMs;
    await until('no copy is served', () => {
      const nowMs = around.clock.monotonicMs();
      if (copies.peek(key) !== undefined) servedMs = nowMs;
      return nowMs - frozenMs > 1000;
    });
    expect(servedMs - frozenMs).toBeLessThanOrEqual(300);
    expect(String(copies.last(key)?.value)).toBe('1');
    await expect(copies.get(key)).rejects.toMatchObject({ code: expect.stringMatching(/LATE|LOST/) });
    server.thaw();
    await until('it is kept again', async () => {
      await copies.get(key).catch(() => {});
      return copies.peek(key) !== undefined;
    });
  });

  test('a lost connection empties the copies; what changed meanwhile is read anew', async () => {
    await using server = await startRedis({ settings: { appendfsync: 'always' } });
    await using kv = await openKv(server.url, around);
    await using copies = openCopies(kv, around, patient);
    const key = keyOf('copies', 'killed');
    await kv.set(key, '1');
    await keeps(copies, key);
    let told = 0;
    copies.onDropped((dropped) => {
      if (dropped === undefined) told++;
    });
    await server.kill();
    await until('the copies are gone', () => copies.counts.entries === 0);
    expect(told).toBe(1);
    expect(copies.last(key)).toBeUndefined();
    await server.start();
    await redisCall(server, ['SET', key, '2']);
    await until('the new value is read', async () => String(await copies.get(key).catch(() => '')) === '2');
    await keeps(copies, key);
    await redisCall(server, ['FLUSHALL']);
    await until('the copies are gone again', () => copies.counts.entries === 0);
  });

  test('after a failover the copies are those of the new primary', async () => {
    await using set = await startSentinels();
    await using kv = await openKv(set.url, around);
    await using copies = openCopies(kv, around, patient);
    const key = keyOf('copies', 'failover');
    await kv.set(key, '1');
    await keeps(copies, key);
    await set.failover();
    await redisCall(await set.primary(), ['SET', key, '2']);
    await until('the new value is read', async () => String(await copies.get(key).catch(() => '')) === '2');
    await keeps(copies, key);
    expect(String(copies.peek(key)?.value)).toBe('2');
  });

  test('a slot that moves to another node takes its copies with it', async () => {
    await using cluster = await startCluster();
    await using kv = await openKv(cluster.url, around);
    await using copies = openCopies(kv, around, patient);
    const key = keyOf('copies', 'moved');
    await kv.set(key, '1');
    await keeps(copies, key);
    const slot = Number(await redisCall(cluster.nodes[0] as { port: number }, ['CLUSTER', 'KEYSLOT', key]));
    const from = await cluster.primaryOf(slot);
    const others = await Promise.all([0, 8000, 16_383].map((one) => cluster.primaryOf(one)));
    const to = others.find((node) => node !== from) as typeof from;
    await redisCall(to, ['CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', from.id]);
    await redisCall(from, ['CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', to.id]);
    await redisCall(from, ['MIGRATE', '127.0.0.1', `${to.port}`, key, '0', '2000']);
    // It takes the slot with an epoch of its own; then the others can only agree.
    for (const node of [to, ...others]) await redisCall(node, ['CLUSTER', 'SETSLOT', `${slot}`, 'NODE', to.id]);
    await redisCall(to, ['SET', key, '2']);
    await until('the new value is read', async () => String(await copies.get(key)) === '2');
    await keeps(copies, key);
    await redisCall(to, ['SET', key, '3']);
    await until('the new node tells of changes', async () => String(await copies.get(key)) === '3');
    await keeps(copies, key);
    expect(String(copies.peek(key)?.value)).toBe('3');
  });

  test('that a key is not there is believed no longer than the bound when its slot is on its way, and nowhere else written', async () => {
    await using cluster = await startCluster({ replicasEach: 0 });
    await using kv = await openKv(cluster.url, around);
    await using copies = openCopies(kv, around, { staleWithinMs: 500, lastKnownMs: 60_000 });
    const key = keyOf('copies', 'absent');
    const slot = Number(await redisCall(cluster.nodes[0] as { port: number }, ['CLUSTER', 'KEYSLOT', key]));
    const from = await cluster.primaryOf(slot);
    const to = cluster.nodes.find((node) => node !== from) as typeof from;
    await keeps(copies, key);
    expect(copies.peek(key)?.value).toBeUndefined();
    await redisCall(to, ['CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', from.id]);
    await redisCall(from, ['CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', to.id]);
    // By somebody else, at the other end: the node that was asked hears nothing of it.
    await using other = await openKv(cluster.url, around, { timeoutMs: 10_000 });
    await other.set(key, 'written');
    const writtenMs = around.clock.monotonicMs();
    let believedMs = writtenMs;
    await until('the bound is over', () => {
      const nowMs = around.clock.monotonicMs();
      if (copies.peek(key) !== undefined) believedMs = nowMs;
      return nowMs - writtenMs > 1500;
    });
    expect(believedMs - writtenMs).toBeLessThanOrEqual(500);
    expect(copies.last(key)).toBeUndefined();
    expect(String(await copies.get(key))).toBe('written');
  });
});
