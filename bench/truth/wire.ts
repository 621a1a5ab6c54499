/**
 * The wire time: what a client waits beyond the time between the server's two log lines, for the kernel, the loopback device and both event
 * loops, and, with the first request on a connection, for the connection to be accepted. Measured with bare sockets against a server that
 * answers at once, spaced as the study's requests are.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KnownAnswerServer, startKnownAnswerServer } from '@palier/testkit/servers';
import { stayOn } from '../starved/starve.ts';
import { median } from '../statistics.ts';
import type { Wire } from './truth.ts';

const count = 400;
const warmUp = 100;
const gapMs = 5;

export async function measureWire(serverCore: number | null): Promise<Wire> {
  await using server = await startKnownAnswerServer({ kind: 'constant', ms: 0 });
  if (serverCore !== null) stayOn(serverCore, server.process.pid);
  const kept = await open(server);
  const beyond: Record<'kept' | 'new', number[]> = { kept: [], new: [] };
  try {
    const times: number[] = [];
    // In turn, so that a machine that changes meanwhile makes no difference between the two.
    for (let i = 0; i < 2 * (warmUp + count); i++) times.push(await ask(server, i % 2 === 0 ? kept : null));
    for (const [i, { arrivedMs, answeredMs }] of (await server.truth()).entries()) {
      if (i < 2 * warmUp) continue;
      beyond[i % 2 === 0 ? 'kept' : 'new'].push((times[i] as number) - (answeredMs - arrivedMs));
    }
  } finally {
    kept.destroy();
  }
  return { keptMs: median(beyond.kept), newMs: median(beyond.new) };
}

/** How long one request takes, milliseconds; null: on a new connection. */
async function ask(server: KnownAnswerServer, kept: Socket | null): Promise<number> {
  await sleep(gapMs);
  const socket = kept ?? (await open(server));
  const sentMs = performance.now();
  socket.write(`GET / HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n\r\n`);
  await once(socket, 'data');
  const tookMs = performance.now() - sentMs;
  if (kept === null) socket.destroy();
  return tookMs;
}

async function open({ port }: KnownAnswerServer): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}
