/** How many requests a second one core of our generator sends, beside wrk, autocannon, ab, Locust and Artillery. */
import type { Bench, Contestant, Field, Setting } from '../bench.ts';
import { startChild } from '../process/child.ts';
import { temporaryFolder } from '../process/ending.ts';
import { startGenerator } from '../process/generator.ts';
import { type Reading, readLoad } from '../process/meter.ts';
import { palier } from '../process/ours.ts';
import { startTrivialServer } from '../process/trivial-server.ts';
import { peerClients } from './clients.ts';

const connectionsOf: Readonly<Record<string, number>> = { '50 connections': 50, '1000 connections': 1000 };

/** Ours with one trace for all requests, as a header of the step: what a trace of its own costs each of them. */
const oneTrace: Contestant = { ...palier, name: 'palier-one-trace', role: 'peer' };

/** What ours must send, as a multiple of a peer's in the same run. */
const timesOf: Readonly<Record<string, number>> = {
  autocannon: 1,
  wrk: 0.5,
  locust: 8,
  artillery: 10,
  [oneTrace.name]: 0.97,
};

export const bench: Bench = {
  name: 'generator',
  sentence:
    'Requests a second that one core of the load generator sends, its whole scenario code active, beside wrk, autocannon, ab, Locust and Artillery.',
  cases: Object.keys(connectionsOf),
  contestants: [palier, oneTrace, ...peerClients],
  measures: [
    { key: 'requestsPerCore', title: 'requests per second of a core', better: 'more', compare: 'ratio' },
    { key: 'requestsPerSecond', title: 'requests/s', better: 'more', compare: 'ratio' },
    { key: 'cpuMicros', title: 'CPU µs/request', better: 'less', compare: 'ratio' },
  ],
  goals: Object.keys(connectionsOf).flatMap((name) =>
    Object.entries(timesOf).map(([peer, limit]) => ({ measure: 'requestsPerCore', case: name, peer, limit })),
  ),
  open,
};

/** A client that sends as fast as it can. */
interface Sending {
  readonly pid: number;
  trouble(): string | null;
  stop(): Promise<unknown>;
}

async function open(setting: Setting): Promise<Field> {
  const server = await startTrivialServer(setting.cores.server, 1);
  const port = server.ports[0] as number;
  const folder = temporaryFolder();
  return {
    notes: [
      server.sentence,
      'Requests are counted by the server, CPU is read from /proc: no client reports its own score.',
      'palier plays three weighted tasks with drawn values, checks on status, text and JSON, and a think time of 0; the peers send one fixed request, but for locust-tasks, which plays the same three tasks.',
    ],
    async run(contestant, caseName) {
      const client = await startClient(contestant, connectionsOf[caseName] ?? 1, port, folder.path, setting);
      let stopped = false;
      try {
        const reading = await readLoad(server, { client: client.pid, server: server.pid }, setting, () =>
          client.trouble(),
        );
        stopped = true;
        await client.stop();
        return { values: valuesOf(reading), cores: reading.cores };
      } finally {
        if (!stopped) await client.stop().catch(() => {});
      }
    },
    async close() {
      await server.stop();
      folder.remove();
    },
  };
}

/** Per core: requests by processor time used. With the core to itself a client uses all of it, and the two rates are one. */
function valuesOf(reading: Reading): Record<string, number> {
  const requestsPerSecond = reading.requests / reading.seconds;
  const clientMs = reading.cpuMs['client'];
  if (clientMs === undefined || clientMs === 0) return { requestsPerSecond };
  const requestsPerCore = (1000 * reading.requests) / clientMs;
  return { requestsPerCore, requestsPerSecond, cpuMicros: 1_000_000 / requestsPerCore };
}

async function startClient(
  contestant: string,
  connections: number,
  port: number,
  folder: string,
  setting: Setting,
): Promise<Sending> {
  const core = setting.cores.client;
  if (contestant === palier.name || contestant === oneTrace.name) {
    const load = { port, users: connections, thinkMs: { min: 0, max: 0 }, warmUpMs: setting.warmUpMs };
    return startGenerator(core, { ...load, hasOneTrace: contestant === oneTrace.name });
  }
  const peer = peerClients.find((client) => client.name === contestant);
  if (peer === undefined) throw new Error(`There is no contestant ${contestant}.`);
  const child = await startChild(contestant, core, peer.command(connections, `http://127.0.0.1:${port}/`, folder));
  const trouble = (): string | null => (child.ended() ? `${contestant} ended by itself: ${child.output()}` : null);
  return { pid: child.pid, trouble, stop: () => child.stop() };
}
