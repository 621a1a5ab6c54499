/** One contestant in a process of its own: plays the case that it is told, and tells what it took. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seededRandom } from '@palier/base/random';
import { createClient } from '@redis/client';
import { fields, type Order, type Subject, type Told, type Which } from './subject.ts';
import { openSubject } from './subjects-redis.ts';

const liveSessions = 10_000;
const atOnce = 64;
const clients = 1000;
/** On average, drawn exponentially: with a fixed one those who were held up together would come together for ever. */
const thinkMs = 1000;
/** What a client of the case "1000 clients" does next, of twenty times. A log-out is followed by a log-in, so as many sessions stay. */
const [readsOf20, writesOf20] = [12, 5];
/** A just-in-time compiler is not done sooner, least of all on a machine that others use. What is warm in one way is sooner so in another. */
const [leastWarmUpMs, leastMoreMs] = [2500, 1000];
/** So that the rarest operation is seen some 2000 times; a thousand operations a second warm up slowly. */
const [leastThinkingWarmUpMs, leastThinkingMs] = [4000, 16_000];
const mebibyte = 1_048_576;
/** Written values count up. */
let counter = 1;
/** When what is measured began. */
let begun: { readonly ownMicros: number; readonly atMs: number } | undefined;

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const told = await play();
process.stdout.write(`TOLD ${JSON.stringify(told)}\n`);
process.exit(0);

async function play(): Promise<Told> {
  const { caseName, contestant, url } = order;
  await emptied();
  if (caseName === 'Express' || caseName === 'Fastify') return busy({ contestant, framework: caseName, url });
  if (caseName === 'memory') return memory({ contestant, framework: 'Express', url });
  return thinking(await openSubject({ contestant, framework: 'Express', url }));
}

function begin(): void {
  begun ??= { ownMicros: ownMicros(), atMs: performance.now() };
  process.stdout.write('BEGIN\n');
}

function toldOf(values: Readonly<Record<string, number>>): Told {
  const from = begun ?? { ownMicros: 0, atMs: 0 };
  return { values, cores: (ownMicros() - from.ownMicros) / 1000 / (performance.now() - from.atMs) };
}

function ownMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** What an earlier run left is no load of this one. */
async function emptied(): Promise<void> {
  const client = createClient({ url: order.url });
  await client.connect();
  await client.sendCommand(['FLUSHALL']);
  await client.close();
}

function makeAll(one: Subject): Promise<string[]> {
  return ofEach(() => one.make(fields));
}

/** Of each of the live sessions by its number, a hundred at once. */
async function ofEach<Result>(act: (n: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < liveSessions; from += 100) {
    results.push(...(await Promise.all(Array.from({ length: 100 }, (_, i) => act(from + i)))));
  }
  return results;
}

/** One service plays reads, then writes; ours then reads again, with local copies. Where nothing would be different it is not played again. */
async function busy(which: Which): Promise<Told> {
  const { contestant } = which;
  const { measureMs } = order;
  const stretchMs = Math.min(measureMs, 1300);
  const warmUpMs = Math.max(order.warmUpMs, leastWarmUpMs);
  const client = createClient({ url: order.url });
  await client.connect();
  /** By the server's own clock of its processor time, which is finer than the kernel's ticks. */
  const redisMicros = async (): Promise<number> => {
    const text = String(await client.sendCommand(['INFO', 'cpu']));
    const seconds = [...text.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].map(([, digits]) => Number(digits));
    return 1e6 * seconds.reduce((sum, one) => sum + one, 0);
  };
  const subject = await openSubject(which);
  const cookies = await makeAll(subject);
  const random = seededRandom(1);
  const stretch = (on: Subject, how: How, ms: number) => stretched(on, { cookies, random, how, ms, redisMicros });
  await stretch(subject, 'both', warmUpMs);
  begin();
  const read = await stretch(subject, 'read', stretchMs);
  if (contestant === 'bare') {
    const { micros } = read;
    return toldOf({ readMicros: micros, writeMicros: micros, copiesMicros: micros });
  }
  const write = await stretch(subject, 'write', stretchMs);
  await subject.close();
  const values = {
    readMicros: read.micros,
    writeMicros: write.micros,
    copiesMicros: read.micros,
    redisReadMicros: read.redisMicros,
    redisWriteMicros: write.redisMicros,
  };
  if (contestant !== 'palier') return toldOf(values);
  const copying = await openSubject({ ...which, copies: true });
  await stretch(copying, 'read', Math.min(warmUpMs, leastMoreMs));
  const from = copying.copied;
  const copied = await stretch(copying, 'read', stretchMs);
  return toldOf({ ...values, copiesMicros: copied.micros, hits: hitsPercent(from, copying.copied) });
}

type How = 'read' | 'write' | 'both';

interface Stretch {
  readonly cookies: readonly string[];
  readonly random: Random;
  readonly how: How;
  readonly ms: number;
  readonly redisMicros: () => Promise<number>;
}

/** Requests on sessions that are drawn, each as likely as any other: nothing is remembered because it came again soon. */
async function stretched(
  one: Subject,
  { cookies, random, how, ms, redisMicros }: Stretch,
): Promise<{ readonly micros: number; readonly redisMicros: number }> {
  let done = 0;
  const run = { ended: false };
  const worker = async (): Promise<void> => {
    while (!run.ended) {
      const writes = how === 'write' || (how === 'both' && done % 2 === 0);
      // Never the same twice: what did not change is not written.
      await one.request(random.pick(cookies), writes ? counter++ : undefined);
      done++;
      // Without a call to wait for, the clock would never be looked at.
      if (done % 256 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  const redisFrom = await redisMicros();
  const from = ownMicros();
  const workers = Array.from({ length: atOnce }, worker);
  await Promise.race([sleep(ms), ...workers]);
  run.ended = true;
  await Promise.all(workers);
  const micros = (ownMicros() - from) / done;
  return { micros, redisMicros: ((await redisMicros()) - redisFrom) / done };
}

function hitsPercent(before: Subject['copied'], after: Subject['copied']): number {
  if (before === undefined || after === undefined) return Number.NaN;
  const hits = after.hits - before.hits;
  return (100 * hits) / (hits + after.misses - before.misses);
}

type Operation = 'read' | 'write' | 'logOut' | 'logIn';

/** Each client waits for its answer, thinks, and comes again; its time counts from when it was due to come. */
async function thinking(one: Subject): Promise<Told> {
  const warmUpMs = Math.max(order.warmUpMs, leastThinkingWarmUpMs);
  const measureMs = Math.max(order.measureMs, leastThinkingMs);
  const cookies = await makeAll(one);
  const random = seededRandom(1);
  const took: Record<Operation, number[]> = { read: [], write: [], logOut: [], logIn: [] };
  const startMs = performance.now();
  const fromMs = startMs + warmUpMs;
  const endMs = fromMs + measureMs;
  const client = async (n: number): Promise<void> => {
    // Nobody else logs out of these.
    const own = cookies.slice(n * 10, n * 10 + 10);
    let loggedOut: number | undefined;
    const operate = async (): Promise<Operation> => {
      if (loggedOut !== undefined) {
        own[loggedOut] = await one.make(fields);
        loggedOut = undefined;
        return 'logIn';
      }
      const [drawn, at] = [random.int(1, 20), random.int(0, own.length - 1)];
      const cookie = own[at] as string;
      if (drawn > readsOf20 + writesOf20) {
        loggedOut = at;
        await one.end(cookie);
        return 'logOut';
      }
      await one.request(cookie, drawn > readsOf20 ? n : undefined);
      return drawn > readsOf20 ? 'write' : 'read';
    };
    let dueMs = startMs + (n * thinkMs) / clients;
    while (dueMs < endMs) {
      await sleep(Math.max(0, dueMs - performance.now()));
      // A timer may ring a little early.
      const beganMs = Math.min(dueMs, performance.now());
      const operation = await operate();
      const doneMs = performance.now();
      if (dueMs >= fromMs) took[operation].push(doneMs - beganMs);
      dueMs = doneMs - thinkMs * Math.log(1 - random.next());
    }
  };
  const all = Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  await Promise.race([sleep(warmUpMs), all]);
  begin();
  const collector = longestPause();
  await all;
  const each = Object.entries(took).map(([name, list]) => [name, p99(list)] as const);
  // Of any operation: the worst of them, which is never better than all of them together.
  const p99Ms = Math.max(...each.map(([, one_]) => one_));
  const rarest = Math.min(...Object.values(took).map(({ length }) => length));
  const together = p99(Object.values(took).flat());
  return toldOf({ p99Ms, all: together, ...Object.fromEntries(each), rarest, pauseMs: collector.stop() });
}

/** Of the garbage collector, from now on. */
function longestPause(): { stop(): number } {
  let longestMs = 0;
  const see = (entries: readonly { readonly duration: number }[]): void => {
    for (const { duration } of entries) longestMs = Math.max(longestMs, duration);
  };
  const observer = new PerformanceObserver((list) => see(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return {
    stop() {
      see(observer.takeRecords());
      observer.disconnect();
      return longestMs;
    },
  };
}

/** The value below which 99 of 100 lie, rounded up. */
function p99(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.ceil(list.length * 0.99) - 1] ?? Number.NaN;
}

/** The peer keeps no local copies: for it one figure stands for both. */
async function memory(which: Which): Promise<Told> {
  const heapMiB = await held({ ...which, inMemory: true });
  const copiesMiB = which.contestant === 'palier' ? await held({ ...which, copies: true }) : heapMiB;
  return toldOf({ heapMiB, copiesMiB });
}

/** MiB. A first service plays the same and is closed: code that is compiled once is no session's memory. */
async function held(which: Which): Promise<number> {
  for (const turn of ['first', 'measured'] as const) {
    await emptied();
    const subject = await openSubject(which);
    if (turn === 'measured') begin();
    const before = heapBytes();
    const cookies = await makeAll(subject);
    await ofEach((n) => subject.request(cookies[n] as string, undefined));
    cookies.length = 0;
    const heapMiB = (heapBytes() - before) / mebibyte;
    await subject.close();
    if (turn === 'measured') return heapMiB;
  }
  throw new Error('never here');
}

/** Buffers lie outside of V8's heap. */
function heapBytes(): number {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
