/**
 * pg-boss as fast as its `work()` goes: jobs fetched and completed 500 at once (all of a batch end alike), by four workers of one process, at once
 * while batches are full, woken by NOTIFY, and looking as often as it allows.
 */
import pg from 'pg';
import { peer, type Way } from './way.ts';

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

const name = 'bench';
const settings = {
  batchSize: 500,
  localConcurrency: 4,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 0.5,
  notifyPollingIntervalSeconds: 0.5,
};

export async function openPgBoss(url: string): Promise<Way> {
  const { PgBoss } = await peer<PgBossModule>('pg-boss');
  const boss = new PgBoss({ connectionString: url, max: settings.localConcurrency + 2, useListenNotify: true });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue(name, { notify: true });
  const looker = new pg.Client({ connectionString: url });
  await looker.connect();
  return {
    lot: 5000,
    add: (moments) =>
      boss.insert(
        name,
        moments.map((at) => ({ data: { at } })),
      ),
    async work(handle) {
      await boss.work(name, settings, async (jobs) => {
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
