/** Who goes first and who waits: lanes, groups, limits over all workers; and what nobody here can do. */
import assert from 'node:assert/strict';
import type { Log } from '@palier/base/log';
import { job } from '../jobs.ts';
import { openQueue } from '../queue.ts';
import { queueCase, type QueueCase } from './subject.ts';

const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

export const sharingCases: readonly QueueCase[] = [
  queueCase(
    'of a lane one job runs at a time over all workers, in its order, and others pass by',
    async ({ queue, another, work, until, sleep }) => {
      const running = new Set<number>();
      const seen: number[] = [];
      let most = 0;
      const run = async ({ payload: { n } }: { payload: { n: number } }) => {
        if (n >= 100) return seen.push(n);
        running.add(n);
        most = Math.max(most, running.size);
        await sleep(5);
        running.delete(n);
        return seen.push(n);
      };
      await work(queue, run);
      await work(await another(), run);
      for (let n = 0; n < 10; n++) await queue.add('quick', { n }, { lane: 'one' });
      await queue.add('quick', { n: 100 });
      await until('all', () => seen.length === 11);
      assert.equal(most, 1);
      assert.deepEqual(
        seen.filter((n) => n < 100),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
      assert.notEqual(seen.at(-1), 100);
    },
  ),
  queueCase(
    'a lane is free again after a failure, a cancellation and a key that was taken',
    async ({ queue, work, until }) => {
      const first = await queue.add('quick', { n: 1 }, { lane: 'one', key: 'k' });
      const same = await queue.add('quick', { n: 2 }, { lane: 'one', key: 'k' });
      assert.deepEqual([same.id, same.added], [first.id, false]);
      const second = await queue.add('once', { n: 3 }, { lane: 'one' });
      const third = await queue.add('quick', { n: 4 }, { lane: 'one' });
      assert.equal((await queue.look(second.id))?.state, 'blocked');
      assert.equal(await queue.cancel(first.id), 'cancelled');
      assert.equal((await queue.look(second.id))?.state, 'ready');
      const seen: number[] = [];
      await work(queue, async ({ payload: { n } }) => {
        seen.push(n);
        if (n === 3) throw new Error('broken');
        return n;
      });
      await until('the last', async () => (await queue.look(third.id)) === undefined);
      assert.deepEqual(seen, [3, 4]);
    },
  ),
  queueCase(
    "one group's hundred jobs do not keep another's one waiting",
    async ({ queue, work, until }) => {
      for (let n = 0; n < 100; n++) await queue.add('quick', { n }, { group: 'many' });
      await queue.add('quick', { n: 1000 }, { group: 'one' });
      await queue.add('quick', { n: 2000 });
      const seen: number[] = [];
      const run = async ({ payload: { n } }: { payload: { n: number } }) => {
        if (n === 50) await queue.add('quick', { n: 3000 }, { group: 'late' });
        return seen.push(n);
      };
      await work(queue, run, { concurrency: 1, stock: 0 });
      await until('all', () => seen.length === 103);
      assert.ok(seen.indexOf(1000) < 3, `${seen.indexOf(1000)}`);
      assert.ok(seen.indexOf(2000) < 3, `${seen.indexOf(2000)}`);
      assert.ok(seen.indexOf(3000) < 60, `${seen.indexOf(3000)}`);
      assert.deepEqual(
        seen.filter((n) => n < 1000),
        Array.from({ length: 100 }, (_, n) => n),
      );
    },
    { fair: true },
  ),
  queueCase(
    'no more jobs of a queue run at once than it may have, over all workers',
    async ({ queue, another, work, until, sleep }) => {
      let running = 0;
      let most = 0;
      let done = 0;
      const run = async () => {
        most = Math.max(most, ++running);
        await sleep(3);
        running--;
        return ++done;
      };
      await work(queue, run);
      await work(await another(), run);
      await queue.addMany(
        'quick',
        Array.from({ length: 40 }, (_, n) => ({ n })),
      );
      await until('all', () => done === 40);
      assert.equal(most, 3);
    },
    { maxRunning: 3 },
  ),
  queueCase(
    'a job that takes its worker with it is condemned, and those that were beside it are done',
    async ({ queue, away, until }) => {
      const added = await queue.addMany('quick', [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }]);
      const poison = added[0]?.id as number;
      const done: number[] = [];
      for (let lives = 0; lives < 8 && (await queue.look(poison))?.state !== 'dead'; lives++) {
        const worker = await away();
        let died: (() => void) | undefined;
        const dead = new Promise<void>((resolve) => (died = resolve));
        await worker.work(async ({ payload: { n } }) => {
          // What runs beside it has not ended when it strikes.
          if (n === 0) died?.();
          if (n === 0 || lives === 0) return new Promise<number>(() => {});
          return done.push(n);
        });
        const over = until('its end', async () => (await queue.look(poison))?.state === 'dead');
        await Promise.race([dead, over]);
        await worker.cut();
      }
      const last = await away();
      await last.work(async ({ payload: { n } }) => done.push(n));
      await until('the others', async () => (await queue.depths()).every(({ jobs }) => jobs === 0));
      assert.deepEqual(done.toSorted(), [1, 2, 3]);
      const dead = await queue.look(poison);
      assert.deepEqual([dead?.state, dead?.crashes], ['dead', 3]);
      assert.match(dead?.reason ?? '', /lost 3 times/);
    },
    { leaseMs: 150 },
  ),
  queueCase(
    'a job that nobody here knows is parked, and done when a worker comes that knows it',
    async ({ sql, queue, around, work, until }) => {
      const newer = await openQueue(sql, around, { jobs: { brandNew: job<{ n: number }>() } });
      const { id } = await newer.add('brandNew', { n: 1 });
      await work(queue, async () => 1);
      await until('its parking', async () => (await queue.look(id))?.state === 'parked');
      assert.match((await queue.look(id))?.reason ?? '', /nobody here knows/);
      let done = 0;
      const worker = await newer.work({
        brandNew: async () => {
          done++;
        },
      });
      await until('its end', () => done === 1);
      await worker.stop();
    },
  ),
  queueCase(
    'a payload of an older version is upgraded, of a newer one parked, one that is refused never tried again',
    async ({ sql, around, until }) => {
      const parse = (value: unknown): { n: number } => {
        if (typeof (value as { n?: unknown } | null)?.n !== 'number') throw new TypeError('n is no number');
        return value as { n: number };
      };
      const versions = [0, 1, 2].map((version) =>
        job<{ n: number }>({ version, upgrade: (value) => ({ n: (value as { n: number }).n + 1000 }) }),
      );
      const [oldest, now, newest] = await Promise.all(
        versions.map((changed) => openQueue(sql, around, { jobs: { changed } })),
      );
      const strict = await openQueue(sql, around, {
        jobs: { changed: { ...(versions[1] as (typeof versions)[0]), parse } },
      });
      const old = await oldest?.add('changed', { n: 1 });
      const next = await newest?.add('changed', { n: 2 });
      const wrong = await now?.add('changed', { n: 'three' as unknown as number });
      await assert.rejects(strict.add('changed', { n: 'four' as unknown as number }), TypeError);
      const seen: number[] = [];
      const worker = await strict.work({
        changed: async ({ payload }) => {
          seen.push(payload.n);
        },
      });
      await until('the first', async () => (await strict.look(old?.id as number)) === undefined);
      await until('the second', async () => (await strict.look(next?.id as number))?.state === 'parked');
      await until('the third', async () => (await strict.look(wrong?.id as number))?.state === 'dead');
      assert.deepEqual(seen, [1001]);
      assert.match((await strict.look(wrong?.id as number))?.error ?? '', /n is no number/);
      await worker.stop();
    },
  ),
  queueCase(
    'a payload of an older version without an upgrade is dead with its reason, told, and kept as it was for a worker that can',
    async ({ sql, around, until }) => {
      const told: object[] = [];
      const log: Log = (level, message, facts) => void told.push({ level, message, ...facts });
      const old = await openQueue(sql, around, { jobs: { changed: job<{ n: number }>() } });
      const { id } = await old.add('changed', { n: 1 }, { key: 'one', trace });
      const now = await openQueue(sql, { ...around, log }, { jobs: { changed: job<{ n: number }>({ version: 2 }) } });
      let begun = 0;
      const worker = await now.work({ changed: async () => void begun++ });
      await until('its end', async () => (await now.look(id))?.state === 'dead');
      await worker.stop();
      const dead = await now.look(id);
      assert.deepEqual([begun, dead?.attempt, dead?.reason], [0, 1, 'an older payload']);
      assert.match(dead?.error ?? '', /version 0, and the job has no upgrade\(\) to 2/);
      assert.deepEqual([dead?.payload, dead?.key, dead?.trace], [{ n: 1 }, 'one', trace]);
      const reported = {
        level: 'warn',
        message: 'a job is dead',
        queue: 'default',
        id,
        job: 'changed',
        reason: dead?.reason,
      };
      assert.deepEqual(told, [reported]);
      const able = await openQueue(sql, around, {
        jobs: {
          changed: job<{ n: number }>({ version: 2, upgrade: (value) => ({ n: (value as { n: number }).n + 40 }) }),
        },
      });
      const seen: number[] = [];
      const next = await able.work({ changed: async ({ payload }) => void seen.push(payload.n) });
      assert.equal(await able.retry(id), 1);
      await until('its success', async () => (await able.look(id)) === undefined);
      await next.stop();
      assert.deepEqual(seen, [41]);
    },
  ),
  queueCase(
    'of thousands that are parked a worker takes up those that it knows, wherever they lie, and leaves the others parked',
    async ({ sql, queue, around, work, until, sleep }) => {
      const parked = 3000;
      const jobs = { older: job<{ n: number }>({ version: 1 }), newer: job<{ n: number }>({ version: 2 }) };
      const newest = await openQueue(sql, around, { jobs });
      // Of 3000 every tenth and the last hundred are ones that the worker to come knows.
      const known = (n: number): boolean => n % 10 === 0 || n >= parked - 100;
      const numbers = Array.from({ length: parked }, (_, n) => ({ n }));
      await newest.addMany(
        'newer',
        numbers.filter(({ n }) => !known(n)),
      );
      await newest.addMany(
        'older',
        numbers.filter(({ n }) => known(n)),
      );
      await work(queue, async () => 1, { concurrency: 500 });
      await until('all parked', async () => (await queue.depths('parked'))[0]?.jobs === parked);
      const seen = new Set<number>();
      const reader = await openQueue(sql, around, {
        jobs: { ...jobs, newer: job<{ n: number }>({ version: 1 }) },
        leaseMs: 150,
      });
      const neverAgain = async (): Promise<void> => assert.fail('of a newer version');
      const worker = await reader.work({ older: async ({ payload }) => void seen.add(payload.n), newer: neverAgain });
      await until('those that it knows', () => seen.size === numbers.filter(({ n }) => known(n)).length);
      await until('their end', async () => (await reader.depths()).every((one) => one.jobs === 0));
      // Through several looks for more.
      await sleep(700);
      const { jobs: left } = await reader.page('parked', undefined, 1000);
      assert.deepEqual(new Set(left.map(({ name, attempt }) => `${name} ${attempt}`)), new Set(['newer 1']));
      assert.equal((await reader.depths('parked'))[0]?.jobs, numbers.filter(({ n }) => !known(n)).length);
      await worker.stop();
    },
  ),
];
