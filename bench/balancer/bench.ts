/** What a request through our balancer costs in processor time and in delay, beside nginx and HAProxy before the same servers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Field, RunValues, Setting } from '../bench.ts';
import { peerClients } from '../generator/clients.ts';
import { startChild } from '../process/child.ts';
import { readLoad } from '../process/meter.ts';
import { freePorts, untilListening } from '../process/port.ts';
import { startTrivialServer, type TrivialServer } from '../process/trivial-server.ts';
import { peerProxies } from './proxies.ts';

const saturated = '50 connections, saturated';
const connections = 50;
const replicas = 3;

export const bench: Bench = {
  name: 'balancer',
  sentence:
    'CPU of a request through the balancer, and the delay that it adds, beside nginx and HAProxy before the same three servers.',
  cases: [saturated],
  contestants: [...peerProxies],
  measures: [
    { key: 'cpuMicros', title: 'CPU µs/request', better: 'less', compare: 'ratio' },
    { key: 'requestsPerSecond', title: 'requests/s', better: 'more', compare: 'ratio', cases: [saturated] },
  ],
  goals: [{ measure: 'cpuMicros', case: saturated, limit: 60, aim: 25 }],
  open,
};

/** A proxy that listens. */
interface Standing {
  readonly port: number;
  readonly pid: number;
  trouble(): string | null;
  stop(): Promise<void>;
}

async function open(setting: Setting): Promise<Field> {
  const client = peerClients.find((one) => one.version() !== null);
  if (client === undefined)
    throw new Error(`There is no client to saturate a proxy with; wrk is the best (${peerClients[0]?.howToGet}).`);
  const server = await startTrivialServer(setting.cores.client, replicas);
  return {
    notes: [
      server.sentence,
      `The proxy has a core of its own; the ${replicas} servers (one process) share the other with the client, ${client.name}.`,
    ],
    async run(contestant) {
      const proxy = await standUp(contestant, setting, server);
      try {
        const url = `http://127.0.0.1:${proxy.port}/`;
        return await saturate(setting, server, proxy, client.name, client.command(connections, url));
      } finally {
        await proxy.stop();
      }
    },
    close: () => server.stop(),
  };
}

async function saturate(
  setting: Setting,
  server: TrivialServer,
  proxy: Standing,
  name: string,
  command: readonly string[],
): Promise<RunValues> {
  const client = await startChild(name, setting.cores.client, command);
  try {
    const trouble = (): string | null =>
      proxy.trouble() ?? (client.ended() ? `${name} ended by itself: ${client.output()}` : null);
    const pids = { proxy: proxy.pid, client: client.pid, server: server.pid };
    const reading = await readLoad(server, pids, setting, trouble);
    return {
      values: {
        requestsPerSecond: reading.requests / reading.seconds,
        ...(reading.cpuMs['proxy'] === undefined
          ? {}
          : { cpuMicros: (1000 * reading.cpuMs['proxy']) / reading.requests }),
      },
      cores: reading.cores,
    };
  } finally {
    await client.stop();
  }
}

async function standUp(contestant: string, setting: Setting, server: TrivialServer): Promise<Standing> {
  const peer = peerProxies.find((one) => one.name === contestant);
  if (peer === undefined) throw new Error(`There is no contestant ${contestant}.`);
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'palier-bench-'));
  const child = await startChild(contestant, setting.cores.server, peer.command(folder, port, server.ports));
  const trouble = (): string | null => (child.ended() ? `${contestant} ended by itself: ${child.output()}` : null);
  const stop = async (): Promise<void> => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilListening(port, trouble);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, pid: child.pid, trouble, stop };
}
