/** Jobs are done: once, in their order, tried again, called off, kept. */
import assert from 'node:assert/strict';
import { NeverError, queueCase, type QueueCase } from './subject.ts';

export const doingCases: readonly QueueCase[] = [
  queueCase('a job that was added is done once, and is gone', async ({ queue, work, until, sleep }) => {
    const seen: number[] = [];
    await work(queue, async ({ payload }) => seen.push(payload.n));
    const { id, added } = await queue.add('quick', { n: 7 });
    assert.equal(added, true);
    await until('the job', () => seen.length > 0);
    await until('its end', async () => (await queue.look(id)) === undefined);
    await sleep(50);
    assert.deepEqual(seen, [7]);
  }),
  queueCase('2000 jobs of four workers in two replicas are each done once', async ({ queue, another, work, until }) => {
    const seen = new Map<number, number>();
    const run = async ({ payload }: { payload: { n: number } }) => {
      seen.set(payload.n, (seen.get(payload.n) ?? 0) + 1);
      return 1;
    };
    const other = await another();
    for (const one of [queue, queue, other, other]) await work(one, run);
    const payloads = Array.from({ length: 2000 }, (_, n) => ({ n }));
    const added = await queue.addMany('quick', payloads);
    assert.equal(new Set(added.map(({ id }) => id)).size, 2000);
    await until('all jobs', () => seen.size === 2000);
    await until('their end', async () => (await queue.depths()).every(({ jobs }) => jobs === 0));
    assert.deepEqual([...new Set(seen.values())], [1]);
  }),
  queueCase('jobs begin in the order of their priority, then of their addition', async ({ queue, work, until }) => {
    await queue.add('quick', { n: 1 });
    await queue.addMany('quick', [{ n: 2 }, { n: 3 }]);
    await queue.add('quick', { n: 4 }, { priority: -5 });
    await queue.add('quick', { n: 5 }, { priority: 5 });
    await queue.add('quick', { n: 6 });
    const seen: number[] = [];
    await work(queue, async ({ payload }) => seen.push(payload.n), { concurrency: 1 });
    await until('all jobs', () => seen.length === 6);
    assert.deepEqual(seen, [4, 1, 2, 3, 6, 5]);
  }),
  queueCase('a delayed job is not begun before its time', async ({ queue, clock, work, until }) => {
    const seen: number[] = [];
    await work(queue, async () => seen.push(clock.monotonicMs()));
    const addedMs = clock.monotonicMs();
    const { id } = await queue.add('quick', { n: 1 }, { delayMs: 300 });
    assert.equal((await queue.look(id))?.state, 'delayed');
    await until('the job', () => seen.length === 1);
    // The engine's clock counts whole milliseconds.
    assert.ok((seen[0] as number) - addedMs >= 298, `${(seen[0] as number) - addedMs}`);
  }),
  queueCase('a job that fails is tried again, and each attempt knows its number', async ({ queue, work, until }) => {
    const seen: number[] = [];
    await work(queue, async ({ attempt }) => {
      seen.push(attempt);
      if (attempt < 3) throw new Error('not yet');
      return 1;
    });
    const { id } = await queue.add('kept', { n: 1 });
    await until('its end', async () => (await queue.look(id))?.state === 'done');
    assert.deepEqual(seen, [1, 2, 3]);
  }),
  queueCase(
    'a job that has failed as often as allowed is dead with its error, and begins anew when asked',
    async ({ queue, work, until }) => {
      let mended = false;
      await work(queue, async () => {
        if (!mended) throw new Error('broken');
        return 21;
      });
      const { id } = await queue.add('once', { n: 1 });
      await until('its end', async () => (await queue.look(id))?.state === 'dead');
      const dead = await queue.look(id);
      assert.equal(dead?.reason, 'failed');
      assert.match(dead?.error ?? '', /broken/);
      assert.deepEqual(
        (await queue.list('dead')).map((one) => one.id),
        [id],
      );
      mended = true;
      assert.equal(await queue.retry(id), 1);
      await until('its success', async () => (await queue.look(id)) === undefined);
    },
  ),
  queueCase('what says that it is never to be tried again is not', async ({ queue, work, until }) => {
    let attempts = 0;
    await work(queue, async () => {
      attempts++;
      throw new NeverError();
    });
    const { id } = await queue.add('quick', { n: 1 });
    await until('its end', async () => (await queue.look(id))?.state === 'dead');
    assert.equal(attempts, 1);
  }),
  queueCase('a done job can be looked at with its result for as long as is said', async ({ queue, work, until }) => {
    await work(queue, async ({ payload }) => payload.n);
    const { id } = await queue.add('kept', { n: 21 });
    await until('its end', async () => (await queue.look(id))?.state === 'done');
    const done = await queue.look(id);
    assert.deepEqual([done?.result, done?.payload, done?.attempt], [{ twice: 42 }, { n: 21 }, 1]);
  }),
  queueCase('an attempt that takes too long is ended and counts', async ({ queue, work, until }) => {
    const ended: unknown[] = [];
    await work(queue, async ({ signal }) => {
      signal.addEventListener('abort', () => ended.push(signal.reason));
      return new Promise<number>(() => {});
    });
    const { id } = await queue.add('short', { n: 1 });
    await until('its end', async () => (await queue.look(id))?.state === 'dead');
    assert.equal(ended.length, 2);
    assert.match((await queue.look(id))?.error ?? '', /took too long/);
  }),
  queueCase(
    'a job is called off: at once when it waits, by its signal when it runs',
    async ({ queue, another, work, until }) => {
      const later = await queue.add('quick', { n: 1 }, { delayMs: 60_000 });
      assert.equal(await queue.cancel(later.id), 'cancelled');
      assert.equal((await queue.look(later.id))?.state, 'cancelled');
      let began = false;
      await work(queue, async ({ signal }) => {
        began = true;
        return new Promise<number>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      });
      const { id } = await queue.add('quick', { n: 2 });
      await until('its begin', () => began);
      const other = await another();
      assert.equal(await other.cancel(id), 'asked');
      await until('its end', async () => (await queue.look(id))?.state === 'cancelled');
      assert.equal(await queue.cancel(id), 'gone');
    },
    { leaseMs: 300 },
  ),
  queueCase('a key is one live job, and free when it has ended', async ({ queue, another, work, until }) => {
    const other = await another();
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? queue : other).add('quick', { n: i }, { key: 'one' })),
    );
    assert.equal(all.filter(({ added }) => added).length, 1);
    assert.equal(new Set(all.map(({ id }) => id)).size, 1);
    const id = all[0]?.id as number;
    const seen: number[] = [];
    await work(queue, async ({ payload }) => seen.push(payload.n));
    await until('its end', async () => (await queue.look(id)) === undefined);
    assert.equal(seen.length, 1);
    const next = await queue.add('quick', { n: 99 }, { key: 'one' });
    assert.equal(next.added, true);
    assert.notEqual(next.id, id);
  }),
  queueCase('a paused queue gives nothing until it goes on', async ({ queue, work, until, sleep }) => {
    const seen: number[] = [];
    await queue.pause();
    await work(queue, async ({ payload }) => seen.push(payload.n));
    await queue.add('quick', { n: 1 });
    await sleep(100);
    assert.deepEqual(seen, []);
    await queue.resume();
    await until('the job', () => seen.length === 1);
  }),
  queueCase(
    'a recurring job is added by one of the workers that know it, and again while it is not live',
    async ({ queue, another, work, until }) => {
      const seen: number[] = [];
      const schedules = { often: { everyMs: 1000, job: 'quick' as const, payload: { n: 5 } } };
      const [one, two] = [await another({ schedules }), await another({ schedules })];
      const run = async ({ payload, id }: { payload: { n: number }; id: number }): Promise<number> => {
        assert.equal(payload.n, 5);
        return seen.push(id);
      };
      for (const each of [queue, one, two, two]) await work(each, run);
      await until('three times', () => seen.length >= 3);
      assert.equal(new Set(seen).size, seen.length);
    },
  ),
  queueCase(
    'progress of a running job can be looked at',
    async ({ queue, work, until }) => {
      let go: ((value: number) => void) | undefined;
      await work(queue, async (job) => {
        job.progress({ pages: 3 });
        return new Promise<number>((resolve) => (go = resolve));
      });
      const { id } = await queue.add('kept', { n: 1 });
      await until('its progress', async () => (await queue.look(id))?.progress !== undefined);
      assert.deepEqual((await queue.look(id))?.progress, { pages: 3 });
      go?.(1);
      await until('its end', async () => (await queue.look(id))?.state === 'done');
    },
    { leaseMs: 150 },
  ),
];
