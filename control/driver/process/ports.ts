/**
 * A free loopback port for a replica. Below the range from which systems draw the local ports of outgoing connections (Linux from 32768,
 * others from 49152): between our look and the replica's listen, no connection of a load test takes it.
 */
import { createServer } from 'node:net';
import type { Random } from '@palier/base/random';
import { controlError } from '../../errors.ts';

const firstPort = 15_000;
const lastPort = 32_000;
const maxTries = 200;

/** One that nobody listens on and that is not in `taken`. Throws PALIER_PORTS_TAKEN when none of 200 tried is free. */
export async function freePort(taken: ReadonlySet<number>, random: Random): Promise<number> {
  for (let tries = 0; tries < maxTries; tries++) {
    const port = random.int(firstPort, lastPort);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw controlError('PALIER_PORTS_TAKEN', { tries: maxTries, first: firstPort, last: lastPort });
}

/** Whether one can listen there now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
