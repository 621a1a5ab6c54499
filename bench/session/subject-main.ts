/** One contestant in a process of its own: plays the case that it is told, and tells what it took. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fields, type Order, type Subject, type Told } from './subject.ts';
import { openSubject } from './subjects-redis.ts';

const sessionCount = 1000;
const atOnce = 64;
const clients = 1000;
const manySessions = 10_000;
/** A just-in-time compiler is not done sooner, least of all on a machine that others use. */
const leastWarmUpMs = 4000;
const mebibyte = 1_048_576;

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const subject = await openSubject(order);
const told = await play(subject, order);
await subject.close();
process.stdout.write(`TOLD ${JSON.stringify(told)}\n`);
process.exit(0);

function play(one: Subject, { caseName, warmUpMs, measureMs }: Order): Promise<Told> {
  if (caseName === 'memory') return memory(one);
  if (caseName === '1000 clients') return thinking(one, warmUpMs, Math.max(measureMs, 3000));
  return busy(one, caseName.endsWith('write'), Math.max(warmUpMs, leastWarmUpMs), measureMs);
}

async function makeAll(one: Subject, count: number): Promise<string[]> {
  const cookies: string[] = [];
  for (let i = 0; i < count; i += 100) {
    cookies.push(...(await Promise.all(Array.from({ length: Math.min(100, count - i) }, () => one.make(fields)))));
  }
  return cookies;
}

async function busy(one: Subject, writes: boolean, warmUpMs: number, measureMs: number): Promise<Told> {
  const cookies = await makeAll(one, sessionCount);
  let done = 0;
  const run = { ended: false };
  const worker = async (from: number): Promise<void> => {
    for (let i = from; !run.ended; i += atOnce) {
      await one.request(cookies[i % sessionCount] as string, writes ? i : undefined);
      done++;
      // Without a call to wait for, the clock would never be looked at.
      if (done % 256 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  const workers = Array.from({ length: atOnce }, (_, i) => worker(i));
  await Promise.race([sleep(warmUpMs), ...workers]);
  const from = { done, cpu: process.cpuUsage(), at: performance.now() };
  await Promise.race([sleep(measureMs), ...workers]);
  const { user, system } = process.cpuUsage(from.cpu);
  const requests = done - from.done;
  const seconds = (performance.now() - from.at) / 1000;
  run.ended = true;
  await Promise.all(workers);
  const micros = (user + system) / requests;
  return { values: { micros, requestsPerSecond: requests / seconds }, cores: (user + system) / 1e6 / seconds };
}

async function thinking(one: Subject, warmUpMs: number, measureMs: number): Promise<Told> {
  const cookies = await makeAll(one, manySessions);
  const took: number[] = [];
  const startMs = performance.now();
  const fromMs = startMs + warmUpMs;
  const endMs = fromMs + measureMs;
  const before = process.cpuUsage();
  const client = async (n: number): Promise<void> => {
    await sleep(n);
    for (let i = n; performance.now() < endMs; i += clients + 1) {
      const beganMs = performance.now();
      await one.request(cookies[i % manySessions] as string, i % 5 === 0 ? i : undefined);
      if (beganMs >= fromMs) took.push(performance.now() - beganMs);
      await sleep(1000);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  const { user, system } = process.cpuUsage(before);
  const sorted = took.toSorted((a, b) => a - b);
  const p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  return { values: { p99Ms }, cores: (user + system) / 1000 / (performance.now() - startMs) };
}

async function memory(one: Subject): Promise<Told> {
  await makeAll(one, 100);
  const before = heapBytes();
  const cookies = await makeAll(one, manySessions);
  for (const cookie of cookies) await one.request(cookie, undefined);
  cookies.length = 0;
  return { values: { heapMiB: (heapBytes() - before) / mebibyte }, cores: 0 };
}

/** Buffers lie outside of V8's heap. */
function heapBytes(): number {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
