/** What people and pages see of jobs: page by page, counted, called off and begun anew by the hundred. */
import assert from 'node:assert/strict';
import { job } from '../jobs.ts';
import { openQueue, type Queue } from '../queue.ts';
import type { JobState } from '../states/states.ts';
import type { JobView } from '../store/desk.ts';
import { type Kinds, queueCase, type QueueCase } from './subject.ts';

async function walk(queue: Queue<Kinds>, state: JobState, most: number): Promise<{ jobs: JobView[]; pages: number }> {
  const jobs: JobView[] = [];
  let pages = 0;
  for (let next: string | undefined = ''; next !== undefined; pages++) {
    const page = await queue.page(state, next === '' ? undefined : next, most);
    assert.ok(page.jobs.length <= most);
    jobs.push(...page.jobs);
    ({ next } = page);
  }
  return { jobs, pages };
}

const numberOf = ({ payload }: JobView): number => (payload as { n: number }).n;

export const lookingCases: readonly QueueCase[] = [
  queueCase('waiting jobs are listed page by page in the order of their turns, each once', async ({ queue }) => {
    for (const priority of [3, -2, 0, -2]) {
      await queue.addMany(
        'quick',
        Array.from({ length: 15 }, (_, n) => ({ n })),
        { priority },
      );
    }
    const all = await queue.list('ready');
    const inOrder = all.map((one) => [one.priority, one.id] as const);
    assert.deepEqual(
      inOrder,
      inOrder.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]),
    );
    for (const most of [1, 7, 59, 60, 61]) {
      const { jobs, pages } = await walk(queue, 'ready', most);
      assert.deepEqual(jobs, all);
      assert.equal(pages, Math.ceil(all.length / most));
    }
  }),
  queueCase(
    'ended jobs are listed page by page, each once, though some of a page are begun anew before the next one',
    async ({ queue }) => {
      const added = await queue.addMany(
        'quick',
        Array.from({ length: 40 }, (_, n) => ({ n })),
        { delayMs: 60_000 },
      );
      for (const { id } of added) assert.equal(await queue.cancel(id), 'cancelled');
      const { jobs, pages } = await walk(queue, 'cancelled', 11);
      assert.deepEqual(new Set(jobs.map(numberOf)).size, 40);
      assert.deepEqual([jobs.length, pages], [40, 4]);
      const first = await queue.page('cancelled', undefined, 10);
      assert.equal(await queue.retry(...first.jobs.map(({ id }) => id)), 10);
      const second = await queue.page('cancelled', first.next, 100);
      assert.deepEqual([...first.jobs, ...second.jobs].map(numberOf), jobs.map(numberOf));
      assert.equal(second.next, undefined);
    },
  ),
  queueCase('what is no place in a list is refused', async ({ queue }) => {
    for (const after of ['x', '1', '1.2', '1.2.3.4', "0.0.1'", '0.5.0.1']) {
      const asked = queue.page('ready', after);
      await assert.rejects(asked, (error) => (error as { code?: string }).code === 'PALIER_QUEUE_ASK');
    }
  }),
  queueCase('what is no number of a job, no state and no number of jobs is refused', async ({ queue }) => {
    const refused = async (asked: Promise<unknown>): Promise<void> =>
      assert.rejects(asked, (error) => (error as { code?: string }).code === 'PALIER_QUEUE_ASK');
    for (const id of [Number.NaN, 1.5, Infinity, 2 ** 60, '1' as unknown as number]) {
      await refused(queue.look(id));
      await refused(queue.cancel(id));
      await refused(queue.retry(1, id));
    }
    assert.deepEqual([await queue.look(-1), await queue.cancel(0), await queue.retry(7)], [undefined, 'gone', 0]);
    for (const state of ['', 'waiting', '__proto__'] as unknown as JobState[]) {
      await refused(queue.list(state));
      await refused(queue.depths('ready', state));
    }
    for (const most of [Number.NaN, 1.5, Infinity]) await refused(queue.list('ready', most));
  }),
  queueCase(
    'keys are told apart to the last sign; those that some database would not keep as they are, are refused',
    async ({ queue, sql, around }) => {
      const keys = ['a', 'A', 'a ', ' a', 'á', 'a\u0301', '😀', '😁', '__proto__', "'; --", '\u{10ffff}'.repeat(100)];
      const added = [];
      for (const key of [...keys, ...keys]) added.push(await queue.add('quick', { n: 1 }, { key, delayMs: 60_000 }));
      assert.deepEqual(
        added.map((one) => one.added),
        [...keys.map(() => true), ...keys.map(() => false)],
      );
      const views = await Promise.all(added.slice(0, keys.length).map(({ id }) => queue.look(id)));
      assert.deepEqual(
        views.map((view) => view?.key),
        keys,
      );
      for (const key of ['', '\0', '\ud800', 'a\udc00', 'x'.repeat(201)]) {
        for (const options of [{ key }, { lane: key }]) {
          await assert.rejects(
            queue.add('quick', { n: 1 }, options),
            (error) => (error as { code?: string }).code === 'PALIER_QUEUE_ASK',
          );
        }
        const named = openQueue(sql, around, { jobs: { [key]: job() } });
        await assert.rejects(named, (error) => (error as { code?: string }).code === 'PALIER_QUEUE_OPTION');
      }
    },
  ),
  queueCase(
    'more than a server takes in one packet is added, called off and begun anew at once, and comes out as it was',
    async ({ sql, around }) => {
      const queue = await openQueue(sql, around, {
        jobs: { large: job<{ n: number; text: string }>() },
        name: 'large',
      });
      const text = 'é'.repeat(120_000);
      const payloads = Array.from({ length: 80 }, (_, n) => ({ n, text }));
      const ids = (await queue.addMany('large', payloads, { delayMs: 60_000 })).map(({ id }) => id);
      for (const id of ids) assert.equal(await queue.cancel(id), 'cancelled');
      assert.equal(await queue.retry(...ids), 80);
      const views = await queue.list('ready');
      assert.deepEqual(
        views.map(({ payload }) => payload),
        payloads,
      );
      await queue.close();
    },
  ),
  queueCase(
    'more than a thousand jobs are begun anew at once, each once, and counted in their states',
    async ({ queue }) => {
      const most = 1200;
      const payloads = Array.from({ length: most }, (_, n) => ({ n }));
      const ids = (await queue.addMany('quick', payloads, { delayMs: 60_000 })).map(({ id }) => id);
      await Promise.all(
        [0, 1, 2, 3].map(async (part) => {
          for (const id of ids.filter((one) => one % 4 === part)) await queue.cancel(id);
        }),
      );
      const counts = async (): Promise<number[]> =>
        (await queue.depths('ready', 'delayed', 'cancelled')).map(({ jobs }) => jobs);
      assert.deepEqual(await counts(), [0, 0, most]);
      assert.equal(await queue.retry(...ids, ...ids), most);
      assert.deepEqual(await counts(), [most, 0, 0]);
      assert.equal(await queue.retry(...ids), 0);
    },
  ),
  queueCase('a queue says whether it is paused, to all who open it', async ({ queue, another }) => {
    const other = await another();
    const seen = [await other.isPaused()];
    await queue.pause();
    seen.push(await other.isPaused());
    await other.resume();
    seen.push(await queue.isPaused());
    assert.deepEqual(seen, [false, true, false]);
  }),
];
