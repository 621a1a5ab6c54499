/** What a request through our balancer costs in processor time and in delay, beside nginx and HAProxy before the same servers. */
import { Histogram } from '@palier/base/histogram';
import type { Bench, Contestant, Field, RunValues, Setting } from '../bench.ts';
import { type PeerClient, peerClients } from '../generator/clients.ts';
import { startChild } from '../process/child.ts';
import { startGenerator } from '../process/generator.ts';
import { type Reading, readLoad } from '../process/meter.ts';
import { palier } from '../process/ours.ts';
import { startTrivialServer, type TrivialServer } from '../process/trivial-server.ts';
import { peerProxies, type Standing } from './proxies.ts';
import { standUp } from './standing.ts';

const connections = 50;
const replicas = 3;
/** Evenly drawn; with 50 users about 4000 requests a second, a tenth of what the proxies can carry. */
const thinkMs = { min: 5, max: 20 };

const saturated = '50 connections, saturated';
const calm = '50 connections, 4000/s';

const direct: Contestant = { name: 'direct', role: 'control', howToGet: 'no proxy at all', version: () => 'direct' };

export const bench: Bench = {
  name: 'balancer',
  sentence:
    'CPU of a request through the balancer, and the delay that it adds, beside nginx and HAProxy before the same three servers.',
  cases: [saturated, calm],
  contestants: [palier, ...peerProxies, direct],
  measures: [
    { key: 'cpuMicros', title: 'CPU µs/request', better: 'less', compare: 'ratio' },
    { key: 'requestsPerSecond', title: 'requests/s', better: 'more', compare: 'ratio', cases: [saturated] },
    {
      key: 'p50Micros',
      title: 'added p50 µs',
      better: 'less',
      compare: 'difference',
      beyond: direct.name,
      cases: [calm],
    },
    {
      key: 'p99Micros',
      title: 'added p99 µs',
      better: 'less',
      compare: 'difference',
      beyond: direct.name,
      cases: [calm],
    },
  ],
  goals: [{ measure: 'cpuMicros', case: saturated, limit: 60, aim: 25 }],
  open,
};

async function open(setting: Setting): Promise<Field> {
  const client = peerClients.find((one) => one.version() !== null);
  if (client === undefined)
    throw new Error(`There is no client to saturate a proxy with; wrk is the best (${peerClients[0]?.howToGet}).`);
  const server = await startTrivialServer(setting.cores.client, replicas);
  return {
    notes: [
      server.sentence,
      `The proxy has a core to itself; the ${replicas} servers (one process) share the other with the client.`,
      `Saturated by ${client.name}; the delays at about 4000 requests/s are read by palier's generator, the same for all (service time).`,
      'Added: what a proxy adds to the same quantile without any proxy, in the same round.',
    ],
    fits: (contestant, caseName) => contestant !== direct.name || caseName === calm,
    async run(contestant, caseName) {
      const proxy = await standUp(contestant, setting, server);
      try {
        return await (caseName === saturated
          ? saturate(setting, server, proxy, client)
          : watch(setting, server, proxy, client));
      } finally {
        await proxy.stop();
      }
    },
    close: () => server.stop(),
  };
}

/** As many requests as the proxy can carry. */
async function saturate(
  setting: Setting,
  server: TrivialServer,
  proxy: Standing,
  peer: PeerClient,
): Promise<RunValues> {
  const client = await startChild(
    peer.name,
    setting.cores.client,
    // autocannon is always there, and none before it puts files anywhere.
    peer.command(connections, `http://127.0.0.1:${proxy.port}/items/7`, ''),
  );
  try {
    const trouble = (): string | null =>
      proxy.trouble() ?? (client.ended() ? `${peer.name} ended by itself: ${client.output()}` : null);
    const reading = await readLoad(server, pidsOf(proxy, client.pid, server), setting, trouble);
    return {
      values: { requestsPerSecond: reading.requests / reading.seconds, ...costOf(reading) },
      cores: reading.cores,
    };
  } finally {
    await client.stop();
  }
}

/**
 * A rate that every proxy carries with ease, to see what it adds to a request. It is saturated first for a while: a proxy lives for days, and
 * a just-in-time compiler would need a minute at this rate to finish what it does in a second then.
 */
async function watch(setting: Setting, server: TrivialServer, proxy: Standing, peer: PeerClient): Promise<RunValues> {
  await saturate({ ...setting, measureMs: setting.warmUpMs }, server, proxy, peer);
  const load = { port: proxy.port, users: connections, thinkMs, warmUpMs: setting.warmUpMs };
  const client = startGenerator(setting.cores.client, load);
  let stopped = false;
  try {
    const trouble = (): string | null => proxy.trouble() ?? client.trouble();
    const reading = await readLoad(server, pidsOf(proxy, client.pid, server), setting, trouble);
    stopped = true;
    const service = Histogram.from((await client.stop()).service);
    const values = { p50Micros: service.quantile(0.5), p99Micros: service.quantile(0.99), ...costOf(reading) };
    return { values, cores: reading.cores };
  } finally {
    if (!stopped) await client.stop().catch(() => {});
  }
}

function pidsOf(proxy: Standing, client: number, server: TrivialServer): Record<string, number> {
  return { ...(proxy.pid === null ? {} : { proxy: proxy.pid }), client, server: server.pid };
}

function costOf(reading: Reading): Record<string, number> {
  const proxyMs = reading.cpuMs['proxy'];
  return proxyMs === undefined ? {} : { cpuMicros: (1000 * proxyMs) / reading.requests };
}
