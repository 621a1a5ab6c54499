import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisServer, startCluster, startRedis } from '@palier/testkit/engines';
import { describe, expect, test } from 'vitest';
import { checkKeeps, openKv } from '../index.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
const patient = { timeoutMs: 10_000 };

describe('whether a Redis keeps what it is given', redisServer().options, () => {
  test('one that is set as a cache is warned of; one that is set right is not', async () => {
    await using right = await startRedis();
    await using wrong = await startRedis({
      settings: { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru', appendonly: 'no', save: '""' },
    });
    await using kv = await openKv(right.url, around, patient);
    expect(await checkKeeps(kv, silentLog)).toEqual({ keeps: true, findings: [] });
    await using cache = await openKv(wrong.url, around, patient);
    const told: string[] = [];
    const { keeps, findings } = await checkKeeps(cache, (level, message) => void told.push(`${level} ${message}`));
    expect(keeps).toBe(false);
    expect(findings.map(({ finding }) => finding)).toEqual(['evicts', 'forgets']);
    expect(told).toHaveLength(2);
    expect(told[0]).toContain('warn the server may evict keys (maxmemory 104857600 with allkeys-lru)');
  });

  test('of a Cluster every primary is asked, of a SQLite file nobody', async () => {
    await using cluster = await startCluster();
    await using kv = await openKv(cluster.url, around, patient);
    expect(await kv.keepingFacts?.()).toHaveLength(3);
    expect(await checkKeeps(kv, silentLog)).toEqual({ keeps: true, findings: [] });
    await using file = await openKv('sqlite::memory:', around);
    expect(await checkKeeps(file, silentLog)).toEqual({ keeps: true, findings: [] });
  });
});
