/** One process of a run, worker or producer: `play-main.ts WAY URL` does what comes on its standard input, one JSON line each, and answers each with one. */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { machineMs } from '../faults-state/load/paced.ts';
import { openWay } from './ways/open.ts';
import type { Working } from './ways/way.ts';

export type Asked =
  | { readonly kind: 'fill'; readonly jobs: number }
  /** Works no more: what somebody else adds now stays. */
  | { readonly kind: 'rest' }
  /** Works until so many are finished, as the store says. */
  | { readonly kind: 'drain'; readonly jobs: number }
  /** Works from now on and notes how long after its `add` each handler begins. */
  | { readonly kind: 'begin' }
  /** Adds `lot` at once, so many a second. */
  | { readonly kind: 'offer'; readonly perSecond: number; readonly lot: number; readonly forMs: number }
  /** Stops working when so many have begun; tells of those that were due after a moment. `lots` are those of `offer`. */
  | { readonly kind: 'end'; readonly jobs: number; readonly dueAfterMs: number; readonly lots: readonly Lot[] };

/** Jobs that were added together: when they were due, which is what each of them carries, and when their commit was answered. */
export type Lot = readonly [dueMs: number, committedMs: number];

export interface Told {
  readonly jobs: number;
  /** Of `drain`: from the first handler to the last finished job. Else: as long as it took. */
  readonly elapsedMs: number;
  /** Of `offer`: by the machine's clock. */
  readonly startMs: number;
  readonly lots: readonly Lot[];
  /** Of `end`: from the commit to the handler, and from the moment in which the job was due. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly dueP99Ms: number;
}

const patienceMs = 60_000;
/** Twice as many as any queue here has begun in an offer so far. */
const mostNoted = 2 ** 19;
/** Adds under way beyond which an offer waits, and is late. */
const mostUnderWay = 50;
const nothing: Told = { jobs: 0, elapsedMs: 0, startMs: 0, lots: [], p50Ms: 0, p99Ms: 0, dueP99Ms: 0 };

const [name = '', url = ''] = process.argv.slice(2);
const way = await openWay(name, url);
/**
 * Of each handler when its job was due and when it began. Not objects: the garbage collector would copy all of them again and again, and its
 * pauses, of 10 to 20 ms, be what is measured.
 */
const noted = { moments: new Float64Array(2 * mostNoted), handlers: 0 };
let working: Working | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  const told = await play(JSON.parse(line) as Asked).catch((error: unknown) => ({ failed: String(error) }));
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
await stopWorking();
await way.close();
// A peer's timers are its own.
process.exit(0);

function play(asked: Asked): Promise<Told> {
  switch (asked.kind) {
    case 'fill':
      return fill(asked.jobs);
    case 'rest':
      return stopWorking().then(() => nothing);
    case 'drain':
      return drain(asked.jobs);
    case 'begin':
      return begin();
    case 'offer':
      return offer(asked);
    case 'end':
      return end(asked);
  }
}

/** Not before something else is asked for: who asked reads what the connections have cost, which are gone then. */
async function stopWorking(): Promise<void> {
  await working?.stop();
  working = undefined;
}

async function fill(asked: number): Promise<Told> {
  await stopWorking();
  const jobs = Math.min(asked, way.atMost ?? asked);
  const startMs = machineMs();
  for (let left = jobs; left > 0; left -= way.lot) await way.add(Array<number>(Math.min(way.lot, left)).fill(0));
  return { ...nothing, jobs, elapsedMs: machineMs() - startMs };
}

async function drain(jobs: number): Promise<Told> {
  let done = 0;
  let firstMs = 0;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  working = await way.work(() => {
    if (done++ === 0) firstMs = machineMs();
    if (done === jobs) resolve();
  });
  await within(all, () => `${done} of ${jobs} jobs were begun`);
  while (await way.isBusy()) await sleep(1);
  const elapsedMs = machineMs() - firstMs;
  if (done !== jobs) throw new Error(`${jobs} jobs were added, ${done} handlers were called.`);
  return { ...nothing, jobs, elapsedMs };
}

async function begin(): Promise<Told> {
  await stopWorking();
  noted.handlers = 0;
  working = await way.work((dueMs) => {
    // What does not fit is ignored by the array, and refused at the end.
    const i = 2 * noted.handlers++;
    noted.moments[i] = dueMs;
    noted.moments[i + 1] = machineMs();
  });
  return nothing;
}

async function offer({ perSecond, lot, forMs }: Asked & { kind: 'offer' }): Promise<Told> {
  const startMs = machineMs();
  const count = Math.floor((forMs * perSecond) / 1000 / lot);
  const underWay = new Set<Promise<void>>();
  const lots: Lot[] = [];
  for (let i = 0; i < count; i++) {
    const dueMs = startMs + (i * lot * 1000) / perSecond;
    if (dueMs > machineMs()) await sleep(dueMs - machineMs());
    while (underWay.size >= mostUnderWay) await Promise.race(underWay);
    const adding: Promise<void> = way.add(Array<number>(lot).fill(dueMs)).then(() => {
      lots.push([dueMs, machineMs()]);
      underWay.delete(adding);
    });
    underWay.add(adding);
  }
  await Promise.all(underWay);
  return { ...nothing, jobs: count * lot, elapsedMs: machineMs() - startMs, startMs, lots };
}

async function end({ jobs, dueAfterMs, lots }: Asked & { kind: 'end' }): Promise<Told> {
  const giveUpMs = machineMs() + patienceMs;
  while (noted.handlers < jobs && machineMs() < giveUpMs) await sleep(5);
  await stopWorking();
  const { moments, handlers } = noted;
  if (handlers !== jobs) throw new Error(`${jobs} jobs were added, ${handlers} handlers were called.`);
  if (handlers > mostNoted) throw new Error(`${handlers} handlers were called, ${mostNoted} can be noted.`);
  const committedMs = new Map(lots);
  const pairs = Array.from({ length: handlers }, (_, i) => ({
    dueMs: moments[2 * i] as number,
    beganMs: moments[2 * i + 1] as number,
  }));
  const after = pairs.filter(({ dueMs }) => dueMs >= dueAfterMs);
  // A handler may begin before the answer to the commit is read.
  const sinceCommit = after.map(({ dueMs, beganMs }) => Math.max(0, beganMs - (committedMs.get(dueMs) ?? Number.NaN)));
  const sinceDue = after.map(({ dueMs, beganMs }) => beganMs - dueMs);
  return { ...nothing, jobs, p50Ms: at(sinceCommit, 0.5), p99Ms: at(sinceCommit, 0.99), dueP99Ms: at(sinceDue, 0.99) };
}

function at(tookMs: readonly number[], share: number): number {
  return tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length * share)] ?? Number.NaN;
}

async function within(promise: Promise<void>, state: () => string): Promise<void> {
  const late = Symbol('late');
  if ((await Promise.race([promise, sleep(patienceMs, late)])) === late) {
    throw new Error(`After ${patienceMs / 1000} s ${state()}.`);
  }
}
