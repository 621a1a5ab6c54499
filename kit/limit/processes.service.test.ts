/** Four processes on one bucket: exactly what the limit gives, and with leases no more than their bound. */
import { redisServer, startRedis } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { startProcess } from '@palier/testkit/processes';
import { describe, expect, test } from 'vitest';
import type { LimitPolicy } from './index.ts';
import type { ReplicaTold } from './testing/main.ts';

const entry = `${import.meta.dirname}/testing/main.ts`;

async function fourReplicas(url: string, api: LimitPolicy, calls: number): Promise<ReplicaTold[]> {
  const options = JSON.stringify({ limits: { api }, timeoutMs: 20_000, repeatRefusalMs: 0 });
  const command: [string, ...string[]] = [
    process.execPath,
    '--conditions=palier-source',
    entry,
    url,
    options,
    String(calls),
    '32',
  ];
  const all = await Promise.all(Array.from({ length: 4 }, () => startProcess({ command, ready: /^ready$/ })));
  try {
    for (const one of all) one.child.stdin?.write('go\n');
    const lines = await Promise.all(all.map((one) => one.line(/^\{/, 50_000)));
    return lines.map((line) => JSON.parse(line) as ReplicaTold);
  } finally {
    await Promise.all(all.map((one) => one.stop()));
  }
}

const sum = (all: readonly ReplicaTold[], outcome: string): number =>
  all.reduce((total, { outcomes }) => total + (outcomes[outcome] ?? 0), 0);

const slow: LimitPolicy = { permits: 500, windowMs: 360_000_000 };

describe('four processes', () => {
  test('on a SQLite file admit exactly the burst, none too many and none too few', async () => {
    await using folder = await temporaryFolder('limit');
    const all = await fourReplicas(`sqlite:${folder.file('state.sqlite')}`, slow, 500);
    expect([sum(all, 'admitted'), sum(all, 'limited'), sum(all, 'unavailable')]).toEqual([500, 1500, 0]);
  });

  test('on a Redis server admit exactly the burst, none too many and none too few', redisServer().options, async () => {
    await using server = await startRedis();
    const all = await fourReplicas(server.url, slow, 2000);
    expect([sum(all, 'admitted'), sum(all, 'limited'), sum(all, 'unavailable')]).toEqual([500, 7500, 0]);
  });

  test(
    'with leases admit no more than burst + rate × (time + forMs), and ask the state less',
    redisServer().options,
    async () => {
      await using server = await startRedis();
      const rate = 20_000;
      const lease = { permits: 50, forMs: 50 };
      const all = await fourReplicas(server.url, { permits: rate, windowMs: 1000, burst: 1000, lease }, 10_000);
      const firstMs = Math.min(...all.map((one) => one.firstMs));
      const lastMs = Math.max(...all.map((one) => one.lastMs));
      // Both ends were read in whole milliseconds.
      const bound = 1000 + (rate * (lastMs - firstMs + 1 + lease.forMs)) / 1000;
      expect(sum(all, 'admitted')).toBeLessThanOrEqual(bound);
      expect(sum(all, 'admitted') + sum(all, 'limited')).toBe(40_000);
      const asked = all.reduce((total, { stateCalls }) => total + stateCalls, 0);
      expect(asked).toBeLessThan(40_000);
    },
  );
});
