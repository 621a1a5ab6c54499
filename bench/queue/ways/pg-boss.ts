/**
 * pg-boss in three settings, because they are worlds apart:
 *
 * - `default`: as `work()` is without options, by as many workers as the others have handlers: each looks every 2 s and takes one job.
 * - `published`: as an independent comparison set it whose 2387 jobs/s are the figure that our goal was made from (32 workers, which look
 *   twice a second and take up to 64: https://github.com/hardbyte/postgresql-job-queue-benchmarking, `pgboss-bench/main.js`).
 * - `fastest`: jobs fetched and completed 500 at once (all of a batch end alike), by four workers of one process, without a pause while
 *   batches are full, woken by NOTIFY, and looking as often as it allows.
 */
import pg from 'pg';
import { concurrency, peer, type Way } from './way.ts';

interface PgBossModule {
  readonly PgBoss: new (
    options: object,
  ) => {
    on(event: 'error', hear: () => void): unknown;
    start(): Promise<unknown>;
    stop(options: object): Promise<void>;
    createQueue(name: string, options?: object): Promise<void>;
    insert(name: string, jobs: readonly object[]): Promise<unknown>;
    work(
      name: string,
      options: object,
      handler: (jobs: readonly { readonly data: { readonly at: number } }[]) => Promise<void>,
    ): Promise<unknown>;
    offWork(name: string): Promise<void>;
  };
}

export type PgBossSetting = 'default' | 'published' | 'fastest';

const name = 'bench';
const unwatched = { supervise: false, schedule: false };
const settings: Readonly<Record<PgBossSetting, { boss: object; queue: object; work: object }>> = {
  default: { boss: {}, queue: {}, work: { localConcurrency: concurrency } },
  published: {
    boss: unwatched,
    queue: { partition: true },
    work: { localConcurrency: 32, batchSize: 64, pollingIntervalSeconds: 0.5 },
  },
  fastest: {
    boss: { max: 6, useListenNotify: true },
    queue: { notify: true },
    work: {
      batchSize: 500,
      localConcurrency: 4,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: 0.5,
      notifyPollingIntervalSeconds: 0.5,
    },
  },
};

export async function openPgBoss(url: string, setting: PgBossSetting): Promise<Way> {
  const { PgBoss } = await peer<PgBossModule>('pg-boss');
  const options = settings[setting];
  const boss = new PgBoss({ connectionString: url, ...options.boss });
  boss.on('error', () => {});
  await boss.start();
  // The second process of a run finds it.
  await boss.createQueue(name, options.queue);
  const looker = new pg.Client({ connectionString: url });
  await looker.connect();
  return {
    lot: 5000,
    ...(setting === 'default' ? { atMost: concurrency * 2 } : {}),
    add: (moments) =>
      boss.insert(
        name,
        moments.map((at) => ({ data: { at } })),
      ),
    async work(handle) {
      await boss.work(name, options.work, async (jobs) => {
        for (const { data } of jobs) handle(data.at);
      });
      return { stop: () => boss.offWork(name) };
    },
    async isBusy() {
      const text = `SELECT 1 FROM pgboss.job WHERE name = '${name}' AND state IN ('created', 'retry', 'active') LIMIT 1`;
      return (await looker.query(text)).rows.length > 0;
    },
    async close() {
      await boss.stop({ graceful: false });
      await looker.end();
    },
  };
}
