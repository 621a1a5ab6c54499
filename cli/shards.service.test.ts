import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemSurroundings } from '@palier/base/surroundings';
import { openKv } from '@palier/kit/state';
import { redisCall, redisServer, startCluster, startRedis } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { startProcess, type TestProcess } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { describe, expect, it, onTestFailed } from 'vitest';
import { runPalier } from './testing/palier.ts';

const around = systemSurroundings(silentLog);
/** A busy machine is no failed test: what is asked here is whether a call succeeds, not how soon. */
const patient = { timeoutMs: 20_000, frozenAfterMs: 20_000 };
const kills = 4;

/** Without the wrapper: what is killed must be what moves slots. */
function startShards(...words: readonly string[]): Promise<TestProcess> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  return startProcess({
    command: [process.execPath, '--conditions=palier-source', main, 'shards', ...words],
    env: { NO_COLOR: '1' },
    stopWithinMs: 20_000,
  });
}

describe('palier shards', redisServer().options, () => {
  it('killed again and again while 4 shards become 8, goes on until it is done: no key lost, doubled or refused', async () => {
    const seed = Math.floor(Math.random() * 1e9);
    onTestFailed(() => console.error(`seed ${seed}`));
    const random = seededRandom(seed);
    await using cluster = await startCluster({ primaries: 4, replicasEach: 0, spare: 4 });
    await using kv = await openKv(cluster.url, around, patient);
    const keys = Array.from({ length: 1200 }, (_, i) => `counter:{${i % 400}}:${i}`);
    const acknowledged = new Map<string, string>();
    const failures: unknown[] = [];
    const ending = new AbortController();
    const writers = Array.from({ length: 4 }, async (_, w) => {
      for (let n = 1; !ending.signal.aborted; n++) {
        for (const key of keys.filter((_key, i) => i % 4 === w)) {
          const value = String(n);
          await kv.set(key, value).then(
            () => acknowledged.set(key, value),
            (error: unknown) => failures.push(error),
          );
        }
      }
    });
    const add = cluster.spare.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const words = [cluster.url, '--add', add, '--sample', '200ms', '--goal', '1.05'];
    for (let n = 0; n < kills; n++) {
      await using palier = await startShards(...words);
      await palier.line(/slots move; imbalance|Nothing is to be moved/, 60_000);
      await sleep(random.int(0, 400));
      // It may have ended by now, with nothing left to do.
      palier.child.kill('SIGKILL');
      await palier.ended;
    }
    await using last = await startShards(...words);
    const { code } = await last.ended;
    expect([code, last.lines.join('\n')]).toEqual([0, expect.stringMatching(/slots moved|Nothing is to be moved/)]);
    ending.abort();
    await Promise.all(writers);
    expect(failures).toEqual([]);
    const there = await kv.getMany(keys);
    expect(there.map(String)).toEqual(keys.map((key) => acknowledged.get(key)));
    await until('the nodes agree', async () => (await cluster.faults()).length === 0);
    const all = [...cluster.nodes, ...cluster.spare];
    const sizes = await Promise.all(all.map(async (node) => Number(await redisCall(node, ['DBSIZE']))));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(keys.length);
    for (const node of cluster.spare) expect(Number(await redisCall(node, ['DBSIZE']))).toBeGreaterThan(0);
  }, 240_000);

  it('shows shards and hot slots with their tags, plans without changing anything, and stops after the slot in hand', async () => {
    await using cluster = await startCluster({ primaries: 3, replicasEach: 0, spare: 1 });
    await using folder = await temporaryFolder('shards');
    await using kv = await openKv(cluster.url, around, patient);
    const ending = new AbortController();
    const asking = (async () => {
      for (let i = 0; !ending.signal.aborted; i++) await kv.set(`token:{${i % 200}}:${i % 400}`, 'x');
    })();
    const shown = await runPalier(folder, 'shards', cluster.url, '--sample', '300ms');
    expect(shown).toMatchObject({
      status: 0,
      text: expect.stringMatching(/node +replicas +slots +keys[^]*Imbalance 1\.[^]*\{\d+\}/),
    });
    const add = ['--add', `127.0.0.1:${cluster.spare[0]?.port}`, '--sample', '300ms'];
    const dry = await runPalier(folder, 'shards', cluster.url, ...add, '--dry-run', '--json', 'plan.json');
    expect(dry).toMatchObject({ status: 0, text: expect.stringMatching(/slots would move; imbalance/) });
    const { plan } = JSON.parse(await readFile(folder.file('plan.json'), 'utf8'));
    expect(plan.moves.length).toBeGreaterThan(0);
    expect(await redisCall(cluster.nodes[0] as { port: number }, ['CLUSTER', 'NODES'])).not.toContain(add[1]);
    await using palier = await startShards(cluster.url, ...add, '--goal', '1.01');
    await palier.line(/slots move; imbalance/, 60_000);
    palier.child.kill('SIGINT');
    const { code } = await palier.ended;
    ending.abort();
    await asking;
    expect(code).toBe(130);
    expect(palier.lines.join('\n')).toContain('Stopped after the slot in hand');
    await until('the nodes agree', async () => (await cluster.faults()).length === 0);
  }, 120_000);

  it('says in a sentence that a server is no Cluster, that none answers, and that a node is not empty', async () => {
    await using folder = await temporaryFolder('shards');
    await using server = await startRedis();
    await using cluster = await startCluster({ primaries: 3, replicasEach: 0 });
    const at = `redis+cluster://127.0.0.1`;
    const mistakes: [words: string[], problem: string][] = [
      [['redis://127.0.0.1:6379'], 'is no Redis Cluster'],
      [[`${at}:${server.port}`], 'is no Redis Cluster'],
      [[`${at}:1`], 'The Cluster is not whole (none of 127.0.0.1:1 answers)'],
      [[cluster.url, '--add', `127.0.0.1:${server.port}`], 'does not answer as a server with cluster-enabled yes'],
      [[cluster.url, '--add', 'nowhere'], '--add is nowhere'],
      [[cluster.url, '--dry-run'], '--dry-run stands alone'],
      [[], 'palier shards got no URL'],
    ];
    for (const [words, problem] of mistakes) {
      const { status, text } = await runPalier(folder, 'shards', ...words);
      expect([words, status, text]).toEqual([words, 2, expect.stringContaining(problem)]);
      expect(text).not.toContain('    at ');
    }
  }, 120_000);
});
