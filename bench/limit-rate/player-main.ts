/** One service that asks its limiter, 64 calls at once: `player-main.ts WHO PORT CASE WARM_MS MEASURE_MS`; prints what it did and what it cost. */
import { createRequire } from 'node:module';
import { createClient } from '@redis/client';
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type Decision, openLimiter } from '@palier/kit/limit';
import { openKv } from '@palier/kit/state';
import { leasesCase, manyCase } from './cases.ts';

const width = 64;
const keys = 1000;
/** Never reached, so that what is measured is a decision and not a refusal, which both answer from memory. */
const permits = 1_000_000;

interface PeerLimiter {
  new (options: object): { consume(key: string): Promise<unknown> };
}

const [who, port, caseName, warmMs, measureMs] = process.argv.slice(2) as [string, string, string, string, string];
const url = `redis://127.0.0.1:${port}`;
const { take, isRight } = await (who === 'palier' ? ours() : peer());
let decisions = 0;
const end = new AbortController();
let n = 0;
const callers = Array.from({ length: width }, async () => {
  while (!end.signal.aborted) {
    const told = await take(caseName === manyCase ? `id ${n++ % keys}` : 'hot');
    if (!isRight(told)) throw new Error(JSON.stringify(told));
    decisions++;
  }
});
await systemTimers().sleep(Number(warmMs));
const [from, cpu, startedMs] = [decisions, process.cpuUsage(), performance.now()];
await systemTimers().sleep(Number(measureMs));
const used = process.cpuUsage(cpu);
const seconds = (performance.now() - startedMs) / 1000;
console.log(JSON.stringify({ decisions: decisions - from, cpuSeconds: (used.user + used.system) / 1e6, seconds }));
end.abort();
await Promise.all(callers);
process.exit(0);

interface Asked {
  take(key: string): Promise<unknown>;
  isRight(told: unknown): boolean;
}

async function ours(): Promise<Asked> {
  const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
  const lease = caseName === leasesCase ? { lease: { permits: 2000, forMs: 100 } } : {};
  const limiter = openLimiter(await openKv(url, around), around, {
    limits: { api: { permits, windowMs: 1000, burst: 100 * permits, ...lease } },
    timeoutMs: 5000,
  });
  return {
    take: (key) => limiter.take({ api: key }),
    isRight: (told) => (told as Decision).outcome === 'admitted',
  };
}

/** As its own page says it for node-redis; without the client's timeout, which would make it slower. */
async function peer(): Promise<Asked> {
  const client = createClient({ url, commandOptions: { timeout: undefined } as never });
  await client.connect();
  // The peers are installed when a bench is run, not when it is checked.
  const { RateLimiterRedis } = createRequire(import.meta.url)('rate-limiter-flexible') as {
    RateLimiterRedis: PeerLimiter;
  };
  const limiter = new RateLimiterRedis({
    storeClient: client,
    useRedisPackage: true,
    points: permits * 1000,
    duration: 1,
  });
  // A refusal is thrown.
  return { take: (key) => limiter.consume(key), isRight: () => true };
}
