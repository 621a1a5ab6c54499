/** graphile-worker in its fastest setting: that of its own performance test (local queue of 500, completions and failures in batches at once). */
import pg from 'pg';
import { concurrency, peer, type Way, type Working } from './way.ts';

interface GraphileWorker {
  readonly Logger: new (factory: () => () => void) => object;
  run(options: object): Promise<Working>;
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJobs(jobs: readonly object[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
}

const settings = {
  concurrentJobs: concurrency,
  maxPoolSize: concurrency + 1,
  localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

export async function openGraphileWorker(url: string): Promise<Way> {
  const { Logger, run, makeWorkerUtils } = await peer<GraphileWorker>('graphile-worker');
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  const looker = new pg.Client({ connectionString: url });
  await looker.connect();
  return {
    lot: 5000,
    add: (moments) => utils.addJobs(moments.map((at) => ({ identifier: 'noop', payload: { at } }))),
    work: (handle) =>
      run({
        connectionString: url,
        concurrency,
        noHandleSignals: true,
        logger,
        preset: { worker: { ...settings, logger } },
        taskList: { noop: async (payload: { at: number }) => handle(payload.at) },
      }),
    async isBusy() {
      const { rows } = await looker.query('SELECT 1 FROM graphile_worker._private_jobs LIMIT 1');
      return rows.length > 0;
    },
    async close() {
      await utils.release();
      await looker.end();
    },
  };
}
