/** A queue: jobs are added, looked at, called off; workers take them. */
import { PalierError } from '@palier/base/error';
import { kitError } from '../errors.ts';
import type { StateSurroundings } from '../state/index.ts';
import type { Sql, Steps, Transaction } from '../state/sql/index.ts';
import type { Handler, JobKinds, JobKind, PayloadOf } from './jobs.ts';
import {
  type CheckedQueueOptions,
  checkedQueueOptions,
  checkedWorkOptions,
  isName,
  type QueueOptions,
  type WorkOptions,
} from './options.ts';
import type { Planned } from './schedule/schedules.ts';
import { patternOf } from './schedule/times.ts';
import { codes, type JobState } from './states/states.ts';
import { type Added, addJobs, insertPlain, isPlain, type NewJob } from './store/add.ts';
import * as desk from './store/desk.ts';
import { type Ground, groundOn } from './store/ground.ts';
import type { QueueTables } from './store/tables.ts';
import { Bell } from './worker/bell.ts';
import { wireOver } from './worker/wire.ts';
import { jsonOf } from './worker/payload.ts';
import { type QueueMeters, queueMeters } from './worker/meters.ts';
import type { Works } from './worker/parts.ts';
import { QueueWorker, type Worker } from './worker/worker.ts';

export interface AddOptions {
  /** Not before so long from now. Default 0. */
  readonly delayMs?: number;
  /** A smaller number goes first. Default: the job's own. */
  readonly priority?: number;
  /** At most one live job has this key; adding it again answers that one. At most 200 characters. */
  readonly key?: string;
  /** Whose it is: groups take turns, in a queue that is `fair`. At most 200 characters. */
  readonly group?: string;
  /** At most `perLane` jobs of one lane are under way at once, over all workers. At most 200 characters. */
  readonly lane?: string;
  /** The W3C `traceparent` of the request that adds it. */
  readonly trace?: string;
}

/** One for each job of the queue: a worker takes whatever comes. */
export type Handlers<Kinds extends JobKinds> = { readonly [Name in keyof Kinds]: Handler<Kinds[Name]> };

/** Numbers of jobs, states and places in a list that are none are refused with PALIER_QUEUE_ASK. */
export interface Queue<Kinds extends JobKinds> extends AsyncDisposable {
  readonly name: string;
  /** Resolves when it is committed. Throws PALIER_QUEUE_ASK, what `parse` throws, and the database's errors. */
  add<Name extends keyof Kinds & string>(
    name: Name,
    payload: PayloadOf<Kinds[Name]>,
    options?: AddOptions,
  ): Promise<Added>;
  /** All or none, in their order; at most 10 000. The options are those of each; keys of their own: `adding` in a `transaction`. */
  addMany<Name extends keyof Kinds & string>(
    name: Name,
    payloads: readonly PayloadOf<Kinds[Name]>[],
    options?: AddOptions,
  ): Promise<Added[]>;
  /**
   * Inside the caller's own transaction: `yield* queue.adding(tx, …)`. Workers find it when they look next; `queue.transaction()` tells them
   * when it is committed.
   */
  adding<Name extends keyof Kinds & string>(
    tx: Transaction,
    name: Name,
    payload: PayloadOf<Kinds[Name]>,
    options?: AddOptions,
  ): Steps<Added>;
  addingMany<Name extends keyof Kinds & string>(
    tx: Transaction,
    name: Name,
    payloads: readonly PayloadOf<Kinds[Name]>[],
    options?: AddOptions,
  ): Steps<Added[]>;
  /** As `sql.transaction()`, and wakes the workers after it. */
  transaction<Result>(steps: (tx: Transaction) => Steps<Result>): Promise<Result>;
  work(handlers: Handlers<Kinds>, options?: WorkOptions): Promise<Worker>;
  /** Undefined: there is none, or it has ended and is no longer kept. */
  look(id: number): Promise<desk.JobView | undefined>;
  /** At most `most` (default 100, at most 1000): live ones in the order of their turns, ended ones the newest first. */
  list(state: JobState, most?: number): Promise<readonly desk.JobView[]>;
  /** The same, those after `after`, which is the `next` of the page before. Throws PALIER_QUEUE_ASK. */
  page(state: JobState, after?: string, most?: number): Promise<desk.JobPage>;
  /** Jobs by state, the live ones if none is named; more than 10 000 are not counted. */
  depths(...states: readonly JobState[]): Promise<desk.Depth[]>;
  /** A running one gets its signal; `asked` does not say that it will heed it. */
  cancel(id: number): Promise<'cancelled' | 'asked' | 'gone'>;
  /** Ended jobs begin anew with all their attempts; their keys are not asked for again. Answers how many did. */
  retry(...ids: readonly number[]): Promise<number>;
  /** No worker takes any more until `resume()`; what runs goes on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  isPaused(): Promise<boolean>;
  /** Stops its workers. The database and the bus stay open: they are the caller's. */
  close(): Promise<void>;
}

const mostAtOnce = 10_000;
const maxText = 200;
/** Delays beyond it are seen in time by who looks once a second. */
const soonMs = 1000;
const tracePattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Throws PALIER_QUEUE_OPTION, PALIER_QUEUE_TABLES, and the database's errors. */
export async function openQueue<Tables, const Kinds extends JobKinds>(
  sql: Sql<Tables>,
  around: StateSurroundings,
  options: QueueOptions<Kinds>,
): Promise<Queue<Kinds>> {
  const checked = checkedQueueOptions(options);
  const own = sql as unknown as Sql<QueueTables>;
  const number = await numberOf(own, checked.name);
  const { fair, perLane, maxRunning, maxCrashes, keepDeadMs } = checked;
  const ground = groundOn(own, around.clock, number, { fair, perLane, maxRunning, maxCrashes, keepDeadMs });
  const queue = new SqlQueue(ground, around, checked, options);
  await queue.listen();
  return queue as unknown as Queue<Kinds>;
}

async function numberOf({ query, words }: Sql<QueueTables>, name: string): Promise<number> {
  try {
    const insert = query.insertInto('palier_queues').values({ name, paused: 0, reached: 0 } as never);
    const select = query.selectFrom('palier_queues').select('id').where('name', '=', name);
    const found = await select.executeTakeFirst();
    if (found !== undefined) return found.id;
    await words.insertUnlessThere(insert, ['name']).execute();
    return (await select.executeTakeFirstOrThrow()).id;
  } catch (error) {
    if (!(error instanceof PalierError) || error.code !== 'PALIER_SQL_STATEMENT') throw error;
    throw kitError('PALIER_QUEUE_TABLES', { why: String(error.facts['why']) }, { cause: error });
  }
}

class SqlQueue {
  readonly name: string;
  readonly #ground: Ground;
  readonly #around: StateSurroundings;
  readonly #options: CheckedQueueOptions;
  readonly #kinds: JobKinds;
  readonly #planned: readonly Planned[];
  readonly #meters: QueueMeters;
  readonly #bell: Bell;
  readonly #workers = new Set<QueueWorker>();
  #closed = false;

  constructor(
    ground: Ground,
    around: StateSurroundings,
    options: CheckedQueueOptions,
    { jobs, schedules = {} }: QueueOptions<JobKinds>,
  ) {
    this.name = options.name;
    this.#ground = ground;
    this.#around = around;
    this.#options = options;
    this.#kinds = jobs;
    this.#planned = Object.entries(schedules).map(([name, { job, payload, ...recurrence }]) => {
      patternOf(recurrence);
      return { name, recurrence, job: this.#newJob(job, payload, { key: `schedule ${name}` }) };
    });
    this.#meters = queueMeters(options.meters, options.name, () => desk.depths(ground, desk.meteredStates));
    this.#bell = new Bell(wireOver(options.bus, ground.sql, options.name, ground.queue), {
      work: () => {
        for (const worker of this.#workers) worker.nudge();
      },
      cancel: (id) => {
        for (const worker of this.#workers) worker.cancel(id);
      },
      due: (inMs) => {
        for (const worker of this.#workers) worker.dueIn(inMs);
      },
    });
  }

  listen(): Promise<void> {
    return this.#bell.listen();
  }

  async add(name: string, payload: unknown, options: AddOptions = {}): Promise<Added> {
    const [added] = await this.#addAll([this.#newJob(name, payload, options)]);
    return added as Added;
  }

  async addMany(name: string, payloads: readonly unknown[], options: AddOptions = {}): Promise<Added[]> {
    if (payloads.length === 0) return [];
    return this.#addAll(this.#newJobs(name, payloads, options));
  }

  *adding(tx: Transaction, name: string, payload: unknown, options: AddOptions = {}): Steps<Added> {
    const [added] = yield* addJobs(this.#ground, tx, [this.#newJob(name, payload, options)]);
    return added as Added;
  }

  *addingMany(tx: Transaction, name: string, payloads: readonly unknown[], options: AddOptions = {}): Steps<Added[]> {
    return yield* addJobs(this.#ground, tx, this.#newJobs(name, payloads, options));
  }

  async transaction<Result>(steps: (tx: Transaction) => Steps<Result>): Promise<Result> {
    const result = await this.#ground.sql.transaction(steps);
    this.#bell.ring();
    return result;
  }

  async work(handlers: Works, options: WorkOptions = {}): Promise<Worker> {
    this.#checkOpen();
    for (const name of Object.keys(this.#kinds)) {
      if (!Object.hasOwn(handlers, name)) throw asked(`a worker without "${name}"`, 'one with a handler for each job');
    }
    const worker = new QueueWorker({
      ground: this.#ground,
      around: this.#around,
      queue: this.#options,
      kinds: this.#kinds,
      works: handlers,
      options: checkedWorkOptions(options, this.#bell.rings),
      meters: this.#meters,
      planned: this.#planned,
      told: this.#bell.rings,
      ring: () => this.#bell.ring(),
    });
    await worker.start();
    // Nobody would stop it.
    if (this.#closed) {
      await worker.stop();
      this.#checkOpen();
    }
    this.#workers.add(worker);
    const { stop } = worker;
    const forget = async (): Promise<void> => {
      await stop.call(worker);
      this.#workers.delete(worker);
    };
    return {
      get running() {
        return worker.running;
      },
      stop: forget,
      [Symbol.asyncDispose]: forget,
    };
  }

  async look(id: number): Promise<desk.JobView | undefined> {
    checkIds([id]);
    return desk.lookAt(this.#ground, id);
  }

  async list(state: JobState, most = 100): Promise<readonly desk.JobView[]> {
    return (await this.page(state, undefined, most)).jobs;
  }

  async page(state: JobState, after?: string, most = 100): Promise<desk.JobPage> {
    checkStates([state]);
    if (!Number.isInteger(most)) throw asked(`${most} jobs`, 'a whole number of them');
    return desk.pageOf(this.#ground, state, most, after);
  }

  async depths(...states: readonly JobState[]): Promise<desk.Depth[]> {
    checkStates(states);
    return desk.depths(this.#ground, states.length === 0 ? undefined : states);
  }

  async cancel(id: number): Promise<'cancelled' | 'asked' | 'gone'> {
    checkIds([id]);
    const answer = await desk.cancelJob(this.#ground, id, this.#options.keepDeadMs);
    if (answer === 'asked') this.#bell.cancel(id);
    else if (answer === 'cancelled') this.#bell.ring();
    return answer;
  }

  async retry(...ids: readonly number[]): Promise<number> {
    checkIds(ids);
    if (ids.length === 0) return 0;
    const revived = await desk.reviveJobs(this.#ground, ids);
    if (revived > 0) this.#bell.ring();
    return revived;
  }

  pause(): Promise<void> {
    return desk.setPaused(this.#ground, true);
  }

  async resume(): Promise<void> {
    await desk.setPaused(this.#ground, false);
    this.#bell.ring();
  }

  isPaused(): Promise<boolean> {
    return desk.isPaused(this.#ground);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(Array.from(this.#workers, (worker) => worker.stop()));
    this.#workers.clear();
    this.#bell.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #addAll(jobs: readonly NewJob[]): Promise<Added[]> {
    this.#checkOpen();
    const { sql } = this.#ground;
    const added = isPlain(this.#ground, jobs)
      ? idsOf((await sql.run(insertPlain(this.#ground, jobs))).rows)
      : await sql.transaction((tx) => addJobs(this.#ground, tx, jobs));
    const delayMs = jobs[0]?.delayMs ?? 0;
    if (delayMs <= 0) this.#bell.ring();
    else if (delayMs < soonMs) this.#bell.due(delayMs);
    return added;
  }

  #newJobs(name: string, payloads: readonly unknown[], options: AddOptions): NewJob[] {
    if (payloads.length > mostAtOnce) throw asked(`${payloads.length} jobs`, `at most ${mostAtOnce} at once`);
    return payloads.map((payload) => this.#newJob(name, payload, options));
  }

  #newJob(name: string, payload: unknown, options: AddOptions): NewJob {
    const kind: JobKind<unknown, unknown> | undefined = Object.hasOwn(this.#kinds, name)
      ? this.#kinds[name]
      : undefined;
    if (kind === undefined) throw asked(`a job "${name}"`, 'one of the jobs of the queue');
    const { delayMs = 0, priority = kind.priority, key, group, lane, trace } = options;
    if (!(delayMs >= 0 && delayMs <= 366 * 86_400_000)) throw asked(`a delay of ${delayMs} ms`, '0 to a year');
    if (!Number.isInteger(priority) || Math.abs(priority) > 1000)
      throw asked(`priority ${priority}`, 'from -1000 to 1000');
    for (const [what, text] of Object.entries({ key, group, lane })) {
      if (text !== undefined && !isName(text, maxText)) {
        const expected = `1 to ${maxText} characters, no NUL and no half of a pair among them`;
        throw asked(`the ${what} ${JSON.stringify(text).slice(0, 50)}`, expected);
      }
    }
    if (group !== undefined && !this.#options.fair) throw asked('a group', 'of a queue that is fair');
    const json = jsonOf('payload', kind.parse(payload), this.#options.maxBytes) ?? '';
    return {
      name,
      version: kind.version,
      payload: json,
      priority,
      delayMs: Math.round(delayMs),
      ...(key === undefined ? {} : { key }),
      ...(group === undefined ? {} : { group }),
      ...(lane === undefined ? {} : { lane }),
      ...(trace === undefined || !tracePattern.test(trace) ? {} : { trace }),
    };
  }

  #checkOpen(): void {
    if (this.#closed) throw kitError('PALIER_QUEUE_CLOSED', {});
  }
}

function idsOf(rows: readonly { readonly id: number }[]): Added[] {
  return rows.map(({ id }) => ({ id, added: true })).toSorted((a, b) => a.id - b.id);
}

/** What comes from an address line may be anything, which each engine takes in another way. */
function checkIds(ids: readonly number[]): void {
  for (const id of ids) if (!Number.isSafeInteger(id)) throw asked(`the job ${String(id)}`, 'the number of one');
}

function checkStates(states: readonly JobState[]): void {
  for (const state of states) {
    if (!Object.hasOwn(codes, state)) throw asked(`jobs that are ${String(state)}`, Object.keys(codes).join(', '));
  }
}

function asked(what: string, expected: string): Error {
  return kitError('PALIER_QUEUE_ASK', { what, expected });
}
