/** Ours with its defaults, but for the number of handlers; done jobs are forgotten at once, or stay for a while. */
import { systemSurroundings } from '@palier/base/surroundings';
import { job, openQueue, queueMigrations } from '@palier/kit/queue';
import { openSql } from '@palier/kit/state/sql';
import { concurrency, type Way } from './way.ts';

/** Its jobs lie in the queue of this name. */
export const queueName = 'bench';

export async function openPalier(url: string, keepDoneMs = 0): Promise<Way> {
  const around = systemSurroundings();
  const migrations = [...queueMigrations];
  const sql = await openSql(url, around, { migrations, timeoutMs: 30_000, transactionTimeoutMs: 60_000 });
  const queue = await openQueue(sql, around, { name: queueName, jobs: { noop: job<{ at: number }>({ keepDoneMs }) } });
  return {
    lot: 5000,
    add: (moments) =>
      queue.addMany(
        'noop',
        moments.map((at) => ({ at })),
      ),
    work: (handle) => queue.work({ noop: async ({ payload }) => handle(payload.at) }, { concurrency }),
    isBusy: async () => (await queue.depths()).some(({ jobs }) => jobs > 0),
    async close() {
      await queue.close();
      await sql.close();
    },
  };
}
