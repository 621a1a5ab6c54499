/**
 * One worker process: `worker-main.ts FILE`, what it is to do. Says `ready`, and ends at `stop`. What it begins and ends, and what is refused of it,
 * is written to its log before anything else, so that it is known whenever it is killed.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLevel } from '@palier/base/log';
import type { Handlers, Job } from '@palier/kit/queue';
import { machineMs } from '../faults-state/load/paced.ts';
import { type Kinds, type Numbered, type Opened, openJobs, pages, type Told } from './jobs.ts';
import type { Note } from './judge.ts';
import { type MeetingOptions, Meetings } from './meetings.ts';

export interface Role {
  readonly url: string;
  readonly log: string;
  readonly leaseMs: number;
  readonly concurrency: number;
  /** A handler takes from none to twice of it. */
  readonly workMs: number;
  readonly meetings: MeetingOptions;
}

type Begun = Pick<Job<Numbered>, 'id' | 'payload' | 'attempt' | 'signal'>;

const role = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Role;
const log = openSync(role.log, 'a');
const meetings = new Meetings(role.meetings);
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
process.exit(0);

/** The database may be killed at any moment, this one too. */
async function begin(): Promise<{ readonly opened: Opened; readonly worker: { stop(): Promise<void> } }> {
  for (let tries = 0; ; tries++) {
    try {
      const opened = await openJobs(role.url, role.leaseMs, hear);
      const worker = await opened.queue.work(handlersOf(opened), { concurrency: role.concurrency, stopMs: 5000 });
      return { opened, worker };
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(200);
    }
  }
}

/** What the queue tells: a result, or what a handler wanted to save, that was refused because the job is another's. */
function hear(_: LogLevel, message: string, facts: Readonly<Record<string, unknown>> = {}): void {
  if (!message.includes('too late and was refused')) return;
  const id = Number(facts['job']);
  writeSync(log, `refused ${id}\n`);
  meetings.refused(id);
}

function handlersOf({ sql }: Opened): Handlers<Kinds> {
  const plain = async (job: Begun): Promise<Told> => {
    const token = note('begun', job);
    await work(1);
    await meet(job, token);
    note('ended', job, token);
    return { token };
  };
  return {
    kept: plain,
    gone: plain,
    async effect(job) {
      const { n } = job.payload;
      const token = note('begun', job);
      await work(1);
      await meet(job, token);
      await sql.transaction(function* (tx) {
        yield* tx.run(sql.query.insertInto('effects').values({ n, token }));
        yield* job.finish(tx, { token });
      });
      return { token };
    },
    async paged(job) {
      const { n } = job.payload;
      const token = note('begun', job);
      await meet(job, token);
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

/** Nothing, for most jobs. */
async function meet(job: Begun, token: string): Promise<void> {
  const { id, payload, signal } = job;
  const { n } = payload;
  if (!meetings.isFor(n)) return;
  meetings.spare(process.pid);
  if (meetings.isFirst(n)) {
    meetings.standStill(n);
    void meetings.untilRefused(id).finally(() => meetings.spareNoMore(process.pid));
  } else {
    if (await meetings.meet(n, id, signal)) note('met', job, token);
    meetings.spareNoMore(process.pid);
  }
}

function note(what: Note['what'], { payload, attempt }: Begun, token = `${process.pid}-${++begun}`): string {
  writeSync(log, `${what} ${payload.n} ${token} ${attempt} ${machineMs().toFixed(3)}\n`);
  return token;
}

async function work(parts: number): Promise<void> {
  await sleep((Math.random() * 2 * role.workMs) / parts);
}
