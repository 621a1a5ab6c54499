/**
 * One worker process: `worker-main.ts FILE`, what it is to do. Says `ready`; at `stop` it stops and says `told N`, the number of its results that
 * were refused. What it begins and ends is written to its log before anything else, so that it is known whenever it is killed.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMeters } from '@palier/kit/meter';
import type { Handlers, Job } from '@palier/kit/queue';
import { machineMs } from '../faults-state/load/paced.ts';
import { type Kinds, type Numbered, type Opened, openJobs, pages, type Told } from './jobs.ts';

export interface Role {
  readonly url: string;
  readonly log: string;
  readonly leaseMs: number;
  readonly concurrency: number;
  /** A handler takes from none to twice of it. */
  readonly workMs: number;
  /** Each so-manyth job stops its first worker's event loop for longer than two leases, and is still under way elsewhere when that one ends it. */
  readonly stubbornEvery: number;
}

type Begun = Pick<Job<Numbered>, 'payload' | 'attempt'>;

const role = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Role;
const log = openSync(role.log, 'a');
const meters = createMeters();
let begun = 0;
const lines = createInterface({ input: process.stdin });
// Whoever started it is gone.
lines.once('close', () => process.exit(1));
const stopped = new Promise<void>((resolve) => void lines.on('line', () => resolve()));

const { opened, worker } = await begin();
process.stdout.write('ready\n');
await stopped;
await worker.stop();
await opened[Symbol.asyncDispose]();
process.stdout.write(`told ${/what="fenced"\} (\d+)/.exec(meters.text())?.[1] ?? 0}\n`);
process.exit(0);

/** The database may be killed at any moment, this one too. */
async function begin(): Promise<{ readonly opened: Opened; readonly worker: { stop(): Promise<void> } }> {
  for (let tries = 0; ; tries++) {
    try {
      const opened = await openJobs(role.url, role.leaseMs, { meters });
      const worker = await opened.queue.work(handlersOf(opened), { concurrency: role.concurrency, stopMs: 5000 });
      return { opened, worker };
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(200);
    }
  }
}

function handlersOf({ sql }: Opened): Handlers<Kinds> {
  const plain = async (job: Begun): Promise<Told> => {
    const token = note('begun', job);
    await work(1);
    note('ended', job, token);
    // Last, so that its end is on its way before the worker hears that it was given up.
    if (job.payload.n % role.stubbornEvery === 0) await beStubborn(job.attempt);
    return { token };
  };
  return {
    kept: plain,
    gone: plain,
    async effect(job) {
      const { n } = job.payload;
      const token = note('begun', job);
      await work(1);
      await sql.transaction(function* (tx) {
        yield* tx.run(sql.query.insertInto('effects').values({ n, token }));
        yield* job.finish(tx, { token });
      });
      return { token };
    },
    async paged(job) {
      const { n } = job.payload;
      const token = note('begun', job);
      for (let page = ((job.saved as number | undefined) ?? 0) + 1; page <= pages; page++) {
        await work(pages);
        await sql.transaction(function* (tx) {
          yield* tx.run(sql.query.insertInto('outputs').values({ n, page, token }));
          yield* job.save(tx, page);
        });
      }
      return { token };
    },
  };
}

function note(what: 'begun' | 'ended', { payload, attempt }: Begun, token = `${process.pid}-${++begun}`): string {
  writeSync(log, `${what} ${payload.n} ${token} ${attempt} ${machineMs().toFixed(3)}\n`);
  return token;
}

async function beStubborn(attempt: number): Promise<void> {
  if (attempt === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3.5 * role.leaseMs);
  else await sleep(2.5 * role.leaseMs);
}

async function work(parts: number): Promise<void> {
  await sleep((Math.random() * 2 * role.workMs) / parts);
}
