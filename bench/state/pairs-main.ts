/**
 * Plays the pairs of one case in this process, ours and the bare client by turns, and writes them as JSON: `URL CASE PAIRS SLICE_MS`.
 *
 * Both run in one process, a moment after the other, on the same core and against the same server.
 */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type Kv, openCopies, openKv, type Procedure } from '@palier/kit/state';
import { openBare } from './bare-redis.ts';
import type { Pair, Slice } from './pairs.ts';

const inFlight = 64;
const keys = Array.from({ length: 1000 }, (_, i) => `bench:{${i}}`);
const value = 'v'.repeat(100);
const durable = { replicas: 2 };

const add: Procedure<number> = {
  name: 'bench.add',
  lua: `return {redis.call('INCRBY', KEYS[1], ARGV[1])}`,
  apply: () => [0],
  read: ([n]) => n as number,
};

type Operation = (key: string) => Promise<unknown>;

const [url = '', caseName = '', pairs = '0', sliceMs = '0'] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await play(Number(pairs), Number(sliceMs))));

async function play(count: number, ms: number): Promise<readonly Pair[]> {
  const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
  await using kv = await openKv(url, around, { timeoutMs: 10_000 });
  await using copies = openCopies(kv, around);
  await using bare = await openBare(url);
  for (const key of keys) await kv.set(key, value);
  if (caseName.startsWith('durable')) await untilCopied(kv);
  const counters =
    (call: Operation): Operation =>
    (key) =>
      call(`${key}:n`);
  const cases: Readonly<Record<string, readonly [Operation, Operation]>> = {
    get: [(key) => kv.get(key), bare.get],
    set: [(key) => kv.set(key, value), (key) => bare.set(key, value)],
    procedure: [counters((key) => kv.run(add, [key], [1])), counters(bare.add)],
    copy: [(key) => copies.get(key), bare.get],
    durable: [(key) => kv.set(key, value, { durable }), (key) => kv.set(key, value)],
    'durable-by-hand': [(key) => kv.set(key, value, { durable }), (key) => bare.setAndWait(key, value, 2)],
  };
  const chosen = cases[caseName];
  if (chosen === undefined) throw new Error(`There is no case ${caseName}.`);
  const [ours, theirs] = chosen;
  // Compiled and connected before anything counts.
  for (let i = 0; i < 4; i++) await slice(i % 2 === 0 ? ours : theirs, Math.max(ms, 200));
  const played: Pair[] = [];
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) {
      const first = await slice(ours, ms);
      played.push({ ours: first, bare: await slice(theirs, ms) });
    } else {
      const first = await slice(theirs, ms);
      played.push({ ours: await slice(ours, ms), bare: first });
    }
  }
  return played;
}

/** The replicas take their time to follow. */
async function untilCopied(kv: Kv): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await kv.set('bench:copied', value, { durable });
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await systemTimers().sleep(100);
    }
  }
}

/** Keeps as many calls under way as `inFlight`, for so long. */
async function slice(call: Operation, ms: number): Promise<Slice> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const endMs = startedMs + ms;
  let operations = 0;
  const caller = async (from: number): Promise<void> => {
    for (let i = from; performance.now() < endMs; i += inFlight) {
      await call(keys[i % keys.length] as string);
      operations++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, i) => caller(i)));
  const elapsedMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  return { operations, elapsedMs, cpuMs: (user + system) / 1000 };
}
