import type { Log } from '@palier/base/log';
import { redisServer, startRedis } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { openKv } from '../state/index.ts';
import { Sessions } from './index.ts';
import { around, secrets } from './testing/scene.ts';

const cache = { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' };

function listening(): { readonly told: string[]; readonly log: Log } {
  const told: string[] = [];
  return { told, log: (level, message) => void told.push(`${level} ${message}`) };
}

describe('sessions on a Redis that may evict them', redisServer().options, () => {
  test('are warned of once when they are opened, and health pages can ask', async () => {
    await using server = await startRedis({ settings: cache });
    await using kv = await openKv(server.url, around, { timeoutMs: 10_000 });
    const { told, log } = listening();
    const sessions = new Sessions(kv, { ...around, log }, { secrets });
    const keeping = await until('the answer', () => sessions.keeping);
    expect([keeping.keeps, keeping.findings.map(({ finding }) => finding)]).toEqual([false, ['evicts']]);
    expect(told).toEqual([
      expect.stringContaining('warn sessions: the server may evict keys (maxmemory 104857600 with allkeys-lru)'),
    ]);
  });

  test('are warned of when the server, away at the start, is there; nobody waits for it', async () => {
    await using server = await startRedis({ settings: cache });
    await server.kill();
    await using kv = await openKv(server.url, around, { timeoutMs: 200 });
    const { told, log } = listening();
    const sessions = new Sessions(kv, { ...around, log }, { secrets });
    expect((await sessions.open(undefined)).stored).toBe(false);
    await until('it is told that nobody answered', () =>
      told.some((line) => line.startsWith('info sessions: whether')),
    );
    expect(sessions.keeping).toBeUndefined();
    await server.start();
    expect((await until('the answer', () => sessions.keeping)).keeps).toBe(false);
    expect(told.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  });

  test('are not warned of where nothing is evicted', async () => {
    await using server = await startRedis();
    await using kv = await openKv(server.url, around, { timeoutMs: 10_000 });
    const { told, log } = listening();
    const sessions = new Sessions(kv, { ...around, log }, { secrets });
    expect(await until('the answer', () => sessions.keeping)).toEqual({ keeps: true, findings: [] });
    expect(told).toEqual([]);
  });
});
