/** What the cases of the queue work on: a database of their own each, and real time. */
import type { Clock } from '@palier/base/clock';
import { PalierError } from '@palier/base/error';
import type { Timers } from '@palier/base/timers';
import { createMeters } from '../../meter/index.ts';
import type { StateSurroundings } from '../../state/index.ts';
import type { Migration, Sql, SqlOptions } from '../../state/sql/index.ts';
import { job, type Job, type JobKind } from '../jobs.ts';
import { type Handlers, openQueue, type Queue } from '../queue.ts';
import type { QueueOptions, WorkOptions } from '../options.ts';
import { queueMigrations } from '../store/tables.ts';

/** What handlers of the cases write. */
export interface Notes {
  notes: { id: number; text: string };
}

export interface QueueSubject {
  readonly around: StateSurroundings;
  /** A new, empty database. */
  create(): Promise<string>;
  open(database: string, options: SqlOptions): Promise<Sql<Notes>>;
  sleep(ms: number): Promise<void>;
}

export interface QueueCase {
  readonly sentence: string;
  run(subject: QueueSubject): Promise<void>;
}

export interface Payload {
  readonly n: number;
}

// A type and no interface: a record of kinds.
export type Kinds = {
  readonly quick: JobKind<Payload, number>;
  readonly kept: JobKind<Payload, { twice: number }>;
  readonly once: JobKind<Payload, number>;
  readonly short: JobKind<Payload, number>;
};

const kinds: Kinds = {
  quick: job({ backoff: { firstMs: 20, maxMs: 40, floor: 0.5 } }),
  kept: job({ keepDoneMs: 60_000, backoff: { firstMs: 20, maxMs: 40, floor: 0.5 } }),
  once: job({ attempts: 1 }),
  short: job({ attempts: 2, timeoutMs: 50, backoff: { firstMs: 5, maxMs: 10, floor: 0.5 } }),
};

export type QuickJob = Job<Payload, number>;

export interface Bench {
  readonly sql: Sql<Notes>;
  readonly queue: Queue<Kinds>;
  readonly clock: Clock;
  readonly around: StateSurroundings;
  /** As another replica would: a pool of its own. */
  another(options?: Partial<QueueOptions<Kinds>>): Promise<Queue<Kinds>>;
  /** Works with these options, and until the case is over. */
  work(queue: Queue<Kinds>, run: (job: QuickJob) => Promise<number>, options?: WorkOptions): Promise<void>;
  /** A worker in a replica that breaks: `cut()` takes the database away from under it. */
  away(timers?: (timers: Timers) => Timers): Promise<Away>;
  until(what: string, look: () => boolean | Promise<boolean>): Promise<void>;
  sleep(ms: number): Promise<void>;
}

export interface Away {
  readonly sql: Sql<Notes>;
  work(run: (job: QuickJob) => Promise<number>): Promise<void>;
  cut(): Promise<void>;
  /** Results of it that were refused. */
  refused(): number;
}

const patienceMs = 20_000;

const migrations: readonly Migration[] = [
  ...queueMigrations,
  {
    name: '0001-notes',
    statements: (db) => [
      db.schema
        .createTable('notes')
        .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('text', 'varchar(100)', (column) => column.notNull()),
    ],
  },
];

export function queueCase(
  sentence: string,
  run: (bench: Bench) => Promise<void>,
  options: Partial<QueueOptions<Kinds>> = {},
): QueueCase {
  return {
    sentence,
    async run(subject) {
      const database = await subject.create();
      await using stack = new AsyncDisposableStack();
      const another = async (more: Partial<QueueOptions<Kinds>> = {}): Promise<Queue<Kinds>> => {
        const sql = stack.use(await subject.open(database, { migrations, connections: 4 }));
        return stack.use(await openQueue(sql, subject.around, { jobs: kinds, ...options, ...more }));
      };
      const sql = stack.use(await subject.open(database, { migrations, connections: 4 }));
      const queue = stack.use(await openQueue(sql, subject.around, { jobs: kinds, ...options }));
      await run({
        sql,
        queue,
        clock: subject.around.clock,
        around: subject.around,
        another,
        sleep: (ms) => subject.sleep(ms),
        work: async (on, handler, more = {}) => {
          stack.use(
            await on.work(handlersOf(handler), {
              pollMs: 10,
              stopMs: 50,
              ...more,
            }),
          );
        },
        away: async (change = (timers) => timers) => {
          const broken = stack.use(
            await subject.open(database, {
              migrations,
              connections: 4,
            }),
          );
          const around = {
            ...subject.around,
            timers: change(subject.around.timers),
          };
          const meters = createMeters();
          const far = await openQueue(broken, around, {
            jobs: kinds,
            ...options,
            meters,
          });
          stack.defer(() => far.close());
          return {
            sql: broken,
            work: async (run) =>
              void (await far.work(handlersOf(run), {
                pollMs: 10,
                stopMs: 1,
              })),
            cut: () => broken.close(),
            refused: () => Number(/what="fenced"\} (\d+)/.exec(meters.text())?.[1] ?? 0),
          };
        },
        until: (what, look) => until(subject, what, look),
      });
    },
  };
}

export function handlersOf(run: (job: QuickJob) => Promise<number>): Handlers<Kinds> {
  const kept = async (one: Job<Payload, { twice: number }>): Promise<{ twice: number }> => ({
    twice: 2 * (await run(one as unknown as QuickJob)),
  });
  return { quick: run, once: run, short: run, kept };
}

async function until(subject: QueueSubject, what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const { clock } = subject.around;
  const giveUpMs = clock.monotonicMs() + patienceMs;
  while (!(await look())) {
    if (clock.monotonicMs() > giveUpMs) throw new Error(`it did not come: ${what}`);
    await subject.sleep(5);
  }
}

/** As errors of a catalogue are. */
export class NeverError extends PalierError {
  constructor() {
    super('CASE_NEVER', { message: 'It is wrong; it should be right.', hint: 'Mend it.', retry: 'never' }, {});
  }
}
