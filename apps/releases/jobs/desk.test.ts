import type { Steps, Transaction } from '@palier/kit/state/sql';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Inside, openInside } from '../testing/inside.ts';
import { addJob, begin, cancel, end, tell } from './desk.ts';
import { isFinal, type JobStatus, releaseAfter, statesBefore } from './states.ts';

let inside: Inside;
beforeAll(async () => {
  inside = await openInside({ releases: 20, env: { PACKERS: '0', DRAFTS_PER_MINUTE: '10000' } });
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

interface Made {
  readonly job: string;
  readonly release: string;
}

async function made(): Promise<Made> {
  const by = await inside.idOf(2);
  const { body } = await inside.ask(2, 'POST', '/api/wizard/draft', { group: 'DESK', release_type: 'EBOOK' });
  const job = await inside.shop.queue.transaction((tx) =>
    addJob(inside.shop, tx, { releaseId: body.id, type: 'pack', by }),
  );
  return { job: job.id, release: body.id };
}

async function stateOf({ job, release }: Made): Promise<{ job: JobStatus; release: string }> {
  const { query } = inside.shop.db;
  const status = async (table: 'jobs' | 'releases', id: string): Promise<string> =>
    (await query.selectFrom(table).select('status').where('id', '=', id).executeTakeFirstOrThrow()).status;
  return { job: (await status('jobs', job)) as JobStatus, release: await status('releases', release) };
}

const inOne = (steps: (tx: Transaction) => Steps<boolean>): Promise<boolean> => inside.shop.db.transaction(steps);

/** What is asked of a job, and where it is wanted; each says whether it came to that. */
const moves: Readonly<Record<string, { readonly to: JobStatus; make(id: string): Promise<boolean> }>> = {
  begin: { to: 'running', make: (id) => inOne((tx) => begin(inside.shop, tx, id)) },
  complete: { to: 'completed', make: (id) => inOne((tx) => end(inside.shop, tx, id, 'completed')) },
  fail: { to: 'failed', make: (id) => inOne((tx) => end(inside.shop, tx, id, 'failed', 'a reason')) },
  cancel: {
    to: 'cancelled',
    make: (id) =>
      cancel(inside.shop, { id, queue_id: null }).then(
        () => true,
        () => false,
      ),
  },
};

test('5. Whatever is asked of a job, in whatever order, it moves as its states allow, and the release is what that makes it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...Object.keys(moves)), { minLength: 1, maxLength: 8 }),
      async (asked) => {
        const one = await made();
        let status: JobStatus = 'pending';
        for (const name of asked) {
          const { to, make } = moves[name] as (typeof moves)[string];
          const allowed = statesBefore(to).includes(status);
          // Who begins what was begun goes on with it.
          expect([status, name, await make(one.job)]).toEqual([
            status,
            name,
            allowed || (status === 'running' && to === status),
          ]);
          if (allowed) status = to;
          const release = isFinal(status)
            ? releaseAfter(status as 'completed' | 'failed' | 'cancelled', false)
            : 'processing';
          expect(await stateOf(one)).toEqual({ job: status, release });
        }
        const row = await inside.ask(2, 'GET', `/api/jobs/${one.job}`);
        expect(row.body.ended_at === null).toBe(!isFinal(status));
        // What is pending is begun or called off; nothing else moves it.
        expect(row.body.started_at === null).toBe(
          asked.find((name) => name === 'begin' || name === 'cancel') !== 'begin',
        );
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

test('A job tells 300 lines and no more, each cut at 500 characters', async () => {
  const { job } = await made();
  await tell(inside.shop, job, 'x'.repeat(600));
  for (let i = 0; i < 302; i++) await tell(inside.shop, job, `line ${i}`);
  const { items } = (await inside.ask(2, 'GET', `/api/jobs/${job}/logs`)).body;
  expect([items.length, items[0].line.length, items.at(-1).line]).toEqual([300, 500, 'line 298']);
}, 60_000);

test('The list of jobs is of one release, or of one state, when it is asked so', async () => {
  const [one, other] = [await made(), await made()];
  await moves['cancel']?.make(other.job);
  const listed = async (query: string): Promise<string[]> =>
    (await inside.ask(2, 'GET', `/api/jobs?per_page=100${query}`)).body.items.map(({ id }: { id: string }) => id);
  expect(await listed(`&release_id=${one.release}`)).toEqual([one.job]);
  const [pending, cancelled] = [await listed('&status=pending'), await listed('&status=cancelled')];
  expect([pending.includes(one.job), pending.includes(other.job)]).toEqual([true, false]);
  expect([cancelled.includes(one.job), cancelled.includes(other.job)]).toEqual([false, true]);
  expect((await inside.ask(2, 'GET', '/api/jobs?status=ready')).status).toBe(400);
});
