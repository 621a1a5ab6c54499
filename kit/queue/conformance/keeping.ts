/** Nothing is lost and nothing counts twice: leases, fencing, resumed jobs, one transaction with the handler's own writes. */
import assert from 'node:assert/strict';
import type { Timers } from '@palier/base/timers';
import { handlersOf, type QuickJob, queueCase, type QueueCase } from './subject.ts';

const leaseMs = 300;

/** A process that stands still as far as anybody can see: it never beats. */
function frozen(timers: Timers): Timers {
  return { ...timers, every: () => () => {} };
}

export const keepingCases: readonly QueueCase[] = [
  queueCase(
    'the jobs of a worker that is gone are done by another one',
    async ({ queue, away, work, until }) => {
      const lost = await away();
      let began = 0;
      await lost.work(async () => {
        began++;
        return new Promise<number>(() => {});
      });
      const added = await queue.addMany('quick', [{ n: 1 }, { n: 2 }, { n: 3 }]);
      await until('their begin', () => began === 3);
      await lost.cut();
      const seen: number[] = [];
      await work(queue, async ({ payload }) => seen.push(payload.n));
      await until(
        'their end',
        async () => (await queue.look(added[2]?.id as number)) === undefined && seen.length === 3,
      );
      assert.deepEqual(seen.toSorted(), [1, 2, 3]);
    },
    { leaseMs },
  ),
  queueCase(
    'the result of a worker that was given up for lost is refused, and so is what it wants to save',
    async ({ sql, queue, away, work, until }) => {
      const stalled = await away(frozen);
      let go: ((value: number) => void) | undefined;
      let late: QuickJob | undefined;
      await stalled.work((job) => {
        late = job;
        return new Promise<number>((resolve) => (go = resolve));
      });
      const { id } = await queue.add('kept', { n: 1 });
      await until('its begin', () => go !== undefined);
      let end: ((value: number) => void) | undefined;
      await work(queue, () => new Promise<number>((resolve) => (end = resolve)));
      await until('its second begin', () => end !== undefined);
      const saving = stalled.sql.transaction(function* (tx) {
        yield* tx.run(stalled.sql.query.insertInto('notes').values({ id: 1, text: 'late' }));
        yield* (late as QuickJob).save(tx, { at: 1 });
      });
      await assert.rejects(saving, (error) => (error as { code?: string }).code === 'PALIER_QUEUE_FENCED');
      go?.(7);
      await until('the refusal', () => stalled.refused() > 0);
      assert.equal((await queue.look(id))?.state, 'running');
      end?.(100);
      await until('its end', async () => (await queue.look(id))?.state === 'done');
      assert.deepEqual((await queue.look(id))?.result, { twice: 200 });
      assert.deepEqual(await sql.query.selectFrom('notes').selectAll().execute(), []);
    },
    { leaseMs },
  ),
  queueCase(
    'a job goes on from what it saved: each of its writes is there once, wherever it was interrupted',
    async ({ sql, queue, work, until }) => {
      const pages = 10;
      let interrupted = 0;
      await work(queue, async (job) => {
        for (let page = ((job.saved as number | undefined) ?? 0) + 1; page <= pages; page++) {
          await sql.transaction(function* (tx) {
            yield* tx.run(sql.query.insertInto('notes').values({ id: page, text: `page ${page}` }));
            yield* job.save(tx, page);
          });
          if (page % 3 === 0 && interrupted++ < 3) throw new Error('interrupted');
        }
        return pages;
      });
      const { id } = await queue.add('kept', { n: 1 });
      await until('its end', async () => (await queue.look(id))?.state === 'done');
      const rows = await sql.query.selectFrom('notes').select('id').orderBy('id').execute();
      assert.deepEqual(
        rows.map((row) => row.id),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      );
      assert.equal((await queue.look(id))?.attempt, 4);
    },
  ),
  queueCase(
    'effects and completion are one transaction: when it is taken back, the job is still to be done',
    async ({ sql, queue, work, until }) => {
      let attempts = 0;
      await work(queue, async (job) => {
        attempts++;
        await sql.transaction(function* (tx) {
          yield* tx.run(sql.query.insertInto('notes').values({ id: 1, text: 'effect' }));
          yield* job.finish(tx, 5);
          if (attempts === 1) throw new Error('taken back');
        });
        return 5;
      });
      const { id } = await queue.add('quick', { n: 1 });
      await until('its end', async () => (await queue.look(id)) === undefined);
      assert.equal(attempts, 2);
      assert.equal((await sql.query.selectFrom('notes').selectAll().execute()).length, 1);
    },
  ),
  queueCase(
    'a job that is added in a transaction is there when that is committed, and never when it is taken back',
    async ({ sql, queue, work, until, sleep }) => {
      const seen: number[] = [];
      await work(queue, async ({ payload }) => seen.push(payload.n));
      const taken = sql.transaction(function* (tx) {
        yield* tx.run(sql.query.insertInto('notes').values({ id: 1, text: 'one' }));
        yield* queue.adding(tx, 'quick', { n: 1 });
        throw new Error('taken back');
      });
      await assert.rejects(taken, /taken back/);
      await queue.transaction(function* (tx) {
        yield* tx.run(sql.query.insertInto('notes').values({ id: 2, text: 'two' }));
        yield* queue.adding(tx, 'quick', { n: 2 });
      });
      await until('the second', () => seen.length > 0);
      await sleep(50);
      assert.deepEqual(seen, [2]);
    },
  ),
  queueCase(
    'a worker that stops gives back what it has not begun, and lets end what it has',
    async ({ queue, until }) => {
      const seen: number[] = [];
      let go: (() => void) | undefined;
      const handlers = handlersOf(async ({ payload }) => {
        await new Promise<void>((resolve) => (go = resolve));
        return seen.push(payload.n);
      });
      const worker = await queue.work(handlers, { concurrency: 1, pollMs: 10, stopMs: 5000 });
      await queue.addMany('quick', [{ n: 1 }, { n: 2 }, { n: 3 }]);
      await until('the first', () => go !== undefined);
      const stopping = worker.stop();
      go?.();
      await stopping;
      assert.deepEqual(seen, [1]);
      const left = await queue.list('ready');
      assert.deepEqual(
        left.map(({ payload, attempt }) => [(payload as { n: number }).n, attempt]),
        [
          [2, 0],
          [3, 0],
        ],
      );
    },
  ),
  queueCase(
    'a handler finds the trace of who added its job, and none where there was none or nothing of the kind',
    async ({ queue, work, until }) => {
      const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const seen = new Map<number, string | undefined>();
      await work(queue, async (job) => {
        seen.set(job.payload.n, job.trace);
        return 1;
      });
      await queue.add('quick', { n: 1 }, { trace });
      await queue.add('quick', { n: 2 });
      await queue.add('quick', { n: 3 }, { trace: 'nothing of the kind' });
      await until('all', () => seen.size === 3);
      assert.deepEqual([seen.get(1), seen.get(2), seen.get(3)], [trace, undefined, undefined]);
    },
  ),
  queueCase(
    'what has ended is forgotten when its time is over, and nothing else is',
    async ({ queue, work, until }) => {
      await work(queue, async ({ payload: { n } }) => {
        if (n === 1) throw new Error('broken');
        return n;
      });
      const kept = await queue.add('kept', { n: 2 });
      await until('its end', async () => (await queue.look(kept.id))?.state === 'done');
      const dead = await queue.add('once', { n: 1 });
      // It was seen dead, or so soon forgotten that it was not.
      await until('it to be forgotten', async () => (await queue.look(dead.id)) === undefined);
      assert.equal((await queue.look(kept.id))?.state, 'done');
    },
    { leaseMs: 150, keepDeadMs: 100 },
  ),
];
