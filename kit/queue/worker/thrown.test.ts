/** Whatever a handler throws ends its attempt, and nothing else. */
import { PalierError } from '@palier/base/error';
import type { Log } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime } from '@palier/testkit/clock';
import { describe, expect, test } from 'vitest';
import { openSql } from '../../state/sql/index.ts';
import { job, openQueue, queueMigrations, type ErrorRule, type Handler, type JobKind, type JobView } from '../index.ts';
import type { QueueTables } from '../store/tables.ts';

type Kind = JobKind<unknown, unknown>;

const soon = { firstMs: 1, maxMs: 1, floor: 1 };

/** What became of one job, and of the next one of the same worker, which does not fail; what was told. */
async function outcomeOf(
  run: Handler<Kind>,
  errors: readonly ErrorRule[] = [],
): Promise<{ first: JobView | undefined; next: JobView | undefined; running: number; told: string[] }> {
  const time = virtualTime();
  const told: string[] = [];
  const log: Log = (_, message) => void told.push(message);
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log };
  await using sql = await openSql('sqlite::memory:', around, { migrations: [...queueMigrations] });
  const kind: Kind = job<unknown, unknown>({ attempts: 2, backoff: soon, keepDoneMs: 60_000, errors });
  const queue = await openQueue(sql, around, { jobs: { odd: kind, even: kind } });
  const [first, next] = [await queue.add('odd', 1), await queue.add('even', 2)];
  const worker = await queue.work({ odd: run, even: async () => 'well' }, { concurrency: 1 });
  await time.advance(300);
  return { first: await queue.look(first.id), next: await queue.look(next.id), running: worker.running, told };
}

const thrown: readonly (readonly [string, () => unknown, string])[] = [
  ['nothing', () => undefined, 'undefined'],
  ['a text', () => 'just so', 'just so'],
  ['a symbol', () => Symbol('s'), 'Symbol(s)'],
  ['a frozen error', () => Object.freeze(new Error('cold')), 'Error: cold'],
  ['a text with NUL', () => new Error('a\0b'), 'Error: ab'],
  ['an object without a prototype', () => Object.create(null), 'something was thrown that has no text'],
  [
    'what throws when it is asked for its text',
    () => ({
      toString(): string {
        throw new Error('no');
      },
    }),
    'something was thrown that has no text',
  ],
  ['an error whose stack is a number', () => Object.defineProperty(new Error('m'), 'stack', { value: 42 }), '42'],
  [
    'an error that throws when it is looked into',
    () =>
      new Proxy(new Error('m'), {
        get() {
          throw new Error('no');
        },
      }),
    'something was thrown that has no text',
  ],
];

describe('what a handler throws ends its attempt and not its worker:', () => {
  test.each(thrown)('%s', async (_, make, text) => {
    const { first, next, running } = await outcomeOf(async () => {
      throw make();
    });
    expect(first).toMatchObject({ state: 'dead', attempt: 2, reason: 'failed 2 times' });
    expect(first?.error?.split('\n')[0]).toBe(text);
    expect([next?.result, running]).toEqual(['well', 0]);
  });
});

test('a rule for errors that throws does not fit, and the next one is asked', async () => {
  const { first, next } = await outcomeOf(async () => {
    throw new Error('no response in it');
  }, [
    { when: (error) => (error as { response: { status: number } }).response.status === 429, attempts: 9 },
    { when: () => true, attempts: 1 },
  ]);
  expect(first).toMatchObject({ state: 'dead', attempt: 1, reason: 'failed' });
  expect(next?.result).toBe('well');
});

test('a rule that fits is heeded before what an error says of itself', async () => {
  const entry = { message: 'It is taken; it should be free.', hint: 'Wait.', retry: 'never' } as const;
  const taken: Handler<Kind> = async ({ attempt }) => {
    if (attempt < 4) throw new PalierError('CASE_TAKEN', entry, {});
    return attempt;
  };
  const rule = { when: (error: unknown) => (error as PalierError).code === 'CASE_TAKEN', attempts: 4 };
  expect((await outcomeOf(taken, [rule])).first).toMatchObject({ state: 'done', result: 4 });
  expect((await outcomeOf(taken)).first).toMatchObject({ state: 'dead', reason: 'not to be tried again' });
});

test('progress that cannot be written is told and does not end the job', async () => {
  const { first, told } = await outcomeOf(async (one) => {
    one.progress('x'.repeat(5000));
    one.progress(10n);
    return 'well';
  });
  expect(first).toMatchObject({ state: 'done', attempt: 1, result: 'well' });
  expect(told.filter((message) => message === 'the progress of a job is not written')).toHaveLength(2);
});

test('waits and attempts of a job that are no numbers of theirs are refused', () => {
  const backoff = { firstMs: 1000, maxMs: 1000, floor: 0.5 };
  const wrong = [
    { backoff: { ...backoff, firstMs: Number.NaN } },
    { backoff: { ...backoff, maxMs: -1 } },
    { backoff: { ...backoff, floor: 1.5 } },
    { errors: [{ when: () => true, attempts: 0 }] },
    { errors: [{ when: () => true, backoff: { ...backoff, maxMs: Infinity } }] },
  ];
  for (const options of wrong) expect(() => job(options)).toThrow(/The option (?:backoff|errors)\./);
});

test('a job is told as dead when it is, not when what came of it was refused', async () => {
  const time = virtualTime();
  const told: (readonly [string, unknown])[] = [];
  const log: Log = (_, message, facts) => void told.push([message, facts?.['job']]);
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log };
  await using sql = await openSql<QueueTables>('sqlite::memory:', around, { migrations: [...queueMigrations] });
  const queue = await openQueue(sql, around, { jobs: { mine: job({ attempts: 1 }), others: job({ attempts: 1 }) } });
  await queue.add('mine', undefined);
  await queue.add('others', undefined);
  await queue.work({
    mine: async () => {
      throw new Error('mine');
    },
    others: async ({ id }) => {
      // Somebody else has it meanwhile.
      await sql.query.updateTable('palier_jobs').set({ place: 1 }).where('id', '=', id).execute();
      throw new Error('late');
    },
  });
  await time.advance(300);
  told.splice(
    0,
    told.findIndex(([message]) => !message.includes('migration')),
  );
  expect(told.toSorted()).toEqual([
    ['a job is dead', 'mine'],
    ['what came of a job came too late and was refused', 2],
  ]);
});
