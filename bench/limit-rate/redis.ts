/** A Redis server of the bench's own: loopback, nothing on disk, on its own core. */
import { type Child, startChild } from '../process/child.ts';
import { temporaryFolder } from '../process/ending.ts';
import { freePorts, untilListening } from '../process/port.ts';

export interface BenchRedis {
  readonly port: number;
  stop(): Promise<void>;
}

/** Throws when there is no redis-server. */
export async function startBenchRedis(core: number | null): Promise<BenchRedis> {
  const folder = temporaryFolder();
  const [port = 0] = await freePorts(1);
  const words = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder.path,
  ];
  const child: Child = await startChild('redis-server', core, ['redis-server', ...words]).catch((error: unknown) => {
    folder.remove();
    throw new Error('There is no redis-server (Debian: redis-server).', { cause: error });
  });
  await untilListening(port, () => (child.ended() ? `redis-server has ended: ${child.output()}` : null));
  return {
    port,
    async stop() {
      await child.stop();
      folder.remove();
    },
  };
}
