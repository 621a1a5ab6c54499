/**
 * The wire time: what a client waits beyond the time between the server's two log lines, for the kernel, the loopback device and both event
 * loops. Measured with a bare socket against a server that answers at once, spaced as the studies' requests are.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKnownAnswerServer } from '@palier/testkit/servers';
import { median } from '../statistics.ts';
import { stayOn } from '../starved/starve.ts';

const count = 400;
const warmUp = 100;
const gapMs = 5;

export async function measureWire(serverCore: number | null): Promise<number> {
  await using server = await startKnownAnswerServer({ kind: 'constant', ms: 0 });
  if (serverCore !== null) stayOn(serverCore, server.process.pid);
  const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
  try {
    await once(socket, 'connect');
    const times: number[] = [];
    for (let i = 0; i < warmUp + count; i++) {
      await sleep(gapMs);
      const sentMs = performance.now();
      socket.write(`GET / HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n\r\n`);
      await once(socket, 'data');
      times.push(performance.now() - sentMs);
    }
    const log = await server.truth();
    const beyond = log.map(({ arrivedMs, answeredMs }, i) => (times[i] as number) - (answeredMs - arrivedMs));
    return median(beyond.slice(warmUp));
  } finally {
    socket.destroy();
  }
}
