/** One contestant in a process of its own: plays the case that it is told, and tells what it took. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@palier/base/random';
import { createClient } from '@redis/client';
import { fields, type Order, type Subject, type Told } from './subject.ts';
import { openSubject } from './subjects-redis.ts';

const liveSessions = 10_000;
const atOnce = 64;
const clients = 1000;
/** On average, drawn exponentially: with a fixed one those who were held up together would come together for ever. */
const thinkMs = 1000;
/** What a client of the case "1000 clients" does next, of twenty times. A log-out is followed by a log-in, so as many sessions stay. */
const [readsOf20, writesOf20] = [13, 5];
/** A just-in-time compiler is not done sooner, least of all on a machine that others use. */
const leastWarmUpMs = 3000;
/** So that the rarest operation is seen some 250 times; as long a warm-up, at a thousand operations a second. */
const leastThinkingMs = 5000;
const mebibyte = 1_048_576;

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const told = await play();
process.stdout.write(`TOLD ${JSON.stringify(told)}\n`);
process.exit(0);

async function play(): Promise<Told> {
  const { caseName, warmUpMs, measureMs } = order;
  if (caseName.startsWith('memory')) return memory();
  await emptied();
  const subject = await openSubject(order);
  const result = await (caseName === '1000 clients'
    ? thinking(subject, Math.max(warmUpMs, leastThinkingMs), Math.max(measureMs, leastThinkingMs))
    : busy(subject, caseName.endsWith('write'), Math.max(warmUpMs, leastWarmUpMs), measureMs));
  await subject.close();
  return result;
}

function begin(): void {
  process.stdout.write('BEGIN\n');
}

/** What an earlier run left is no load of this one. */
async function emptied(): Promise<void> {
  const client = createClient({ url: order.url });
  await client.connect();
  await client.sendCommand(['FLUSHALL']);
  await client.close();
}

async function makeAll(one: Subject, count: number): Promise<string[]> {
  const cookies: string[] = [];
  for (let i = 0; i < count; i += 100) {
    cookies.push(...(await Promise.all(Array.from({ length: Math.min(100, count - i) }, () => one.make(fields)))));
  }
  return cookies;
}

/** Requests on sessions that are drawn, each as likely as any other: nothing is remembered because it came again soon. */
async function busy(one: Subject, writes: boolean, warmUpMs: number, measureMs: number): Promise<Told> {
  const cookies = await makeAll(one, liveSessions);
  const random = seededRandom(1);
  let done = 0;
  const run = { ended: false };
  const worker = async (): Promise<void> => {
    while (!run.ended) {
      await one.request(random.pick(cookies), writes ? done : undefined);
      done++;
      // Without a call to wait for, the clock would never be looked at.
      if (done % 256 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  const workers = Array.from({ length: atOnce }, worker);
  await Promise.race([sleep(warmUpMs), ...workers]);
  begin();
  const from = { done, cpu: process.cpuUsage(), at: performance.now(), copied: one.copied };
  await Promise.race([sleep(measureMs), ...workers]);
  const { user, system } = process.cpuUsage(from.cpu);
  const requests = done - from.done;
  const seconds = (performance.now() - from.at) / 1000;
  const hits = hitsPercent(from.copied, one.copied);
  run.ended = true;
  await Promise.all(workers);
  const micros = (user + system) / requests;
  const values = { micros, requests, ...(hits === undefined ? {} : { hits }) };
  return { values, cores: (user + system) / 1e6 / seconds };
}

function hitsPercent(before: Subject['copied'], after: Subject['copied']): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  const hits = after.hits - before.hits;
  return (100 * hits) / (hits + after.misses - before.misses);
}

type Operation = 'read' | 'write' | 'logOut' | 'logIn';

/** Each client waits for its answer, thinks, and comes again; its time counts from when it was due to come. */
async function thinking(one: Subject, warmUpMs: number, measureMs: number): Promise<Told> {
  const cookies = await makeAll(one, liveSessions);
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
  const before = process.cpuUsage();
  await all;
  const { user, system } = process.cpuUsage(before);
  const each = Object.entries(took).map(([name, list]) => [name, p99(list)] as const);
  // Of any operation: the worst of them, which is never better than all of them together.
  const values = {
    p99Ms: Math.max(...each.map(([, one_]) => one_)),
    all: p99(Object.values(took).flat()),
    ...Object.fromEntries(each),
  };
  return { values, cores: (user + system) / 1000 / (performance.now() - fromMs) };
}

/** The value below which 99 of 100 lie, rounded up. */
function p99(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.ceil(list.length * 0.99) - 1] ?? Number.NaN;
}

/** A first service plays the same and is closed: code that is compiled once is no session's memory. */
async function memory(): Promise<Told> {
  for (const which of ['first', 'measured'] as const) {
    await emptied();
    const subject = await openSubject(order);
    if (which === 'measured') begin();
    const before = heapBytes();
    const cookies = await makeAll(subject, liveSessions);
    for (const cookie of cookies) await subject.request(cookie, undefined);
    cookies.length = 0;
    const heapMiB = (heapBytes() - before) / mebibyte;
    await subject.close();
    if (which === 'measured') return { values: { heapMiB }, cores: 0 };
  }
  throw new Error('never here');
}

/** Buffers lie outside of V8's heap. */
function heapBytes(): number {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
