/** BullMQ on Redis; jobs are removed when they are done, as ours are. */
import { concurrency, peer, type Way } from './way.ts';

interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    addBulk(jobs: readonly object[]): Promise<unknown>;
    getJobCounts(...states: readonly string[]): Promise<Readonly<Record<string, number>>>;
    close(): Promise<void>;
  };
  readonly Worker: new (
    name: string,
    handler: (job: { readonly data: { readonly at: number } }) => Promise<void>,
    options: object,
  ) => {
    on(event: 'error', hear: () => void): unknown;
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  };
}

const name = 'bench';

export async function openBullMq(url: string): Promise<Way> {
  const { Queue, Worker } = await peer<BullMq>('bullmq');
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue(name, { connection });
  const opts = { removeOnComplete: true };
  return {
    lot: 1000,
    add: (moments) => queue.addBulk(moments.map((at) => ({ name: 'noop', data: { at }, opts }))),
    async work(handle) {
      const worker = new Worker(name, async ({ data }) => handle(data.at), { connection, concurrency });
      worker.on('error', () => {});
      await worker.waitUntilReady();
      return { stop: () => worker.close() };
    },
    isBusy: async () => Object.values(await queue.getJobCounts('wait', 'active')).some((count) => count > 0),
    close: () => queue.close(),
  };
}
