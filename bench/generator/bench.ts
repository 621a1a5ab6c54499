/** How many requests a second one core of our generator sends, beside wrk, autocannon and ab. */
import type { Bench, Field, Setting } from '../bench.ts';
import { startChild } from '../process/child.ts';
import { readLoad } from '../process/meter.ts';
import { startTrivialServer } from '../process/trivial-server.ts';
import { peerClients } from './clients.ts';

const connectionsOf: Readonly<Record<string, number>> = { '50 connections': 50, '1000 connections': 1000 };

export const bench: Bench = {
  name: 'generator',
  sentence:
    'Requests a second that one core of the load generator sends, its whole scenario code active, beside wrk, autocannon and ab.',
  cases: Object.keys(connectionsOf),
  contestants: [...peerClients],
  measures: [
    { key: 'requestsPerSecond', title: 'requests/s of one core', better: 'more', compare: 'ratio' },
    { key: 'cpuMicros', title: 'CPU µs/request', better: 'less', compare: 'ratio' },
  ],
  goals: [
    { measure: 'requestsPerSecond', case: '50 connections', limit: 40_000 },
    { measure: 'requestsPerSecond', case: '1000 connections', limit: 25_000 },
  ],
  open,
};

async function open(setting: Setting): Promise<Field> {
  const server = await startTrivialServer(setting.cores.server, 1);
  const url = `http://127.0.0.1:${server.ports[0]}/`;
  return {
    notes: [
      server.sentence,
      'Requests are counted by the server, CPU is read from /proc: no client reports its own score.',
    ],
    async run(contestant, caseName) {
      const peer = peerClients.find((client) => client.name === contestant);
      if (peer === undefined) throw new Error(`There is no contestant ${contestant}.`);
      const client = await startChild(
        contestant,
        setting.cores.client,
        peer.command(connectionsOf[caseName] ?? 1, url),
      );
      try {
        const trouble = (): string | null =>
          client.ended() ? `${contestant} ended by itself: ${client.output()}` : null;
        const reading = await readLoad(server, { client: client.pid, server: server.pid }, setting, trouble);
        return {
          values: {
            requestsPerSecond: reading.requests / reading.seconds,
            ...(reading.cpuMs['client'] === undefined
              ? {}
              : { cpuMicros: (1000 * reading.cpuMs['client']) / reading.requests }),
          },
          cores: reading.cores,
        };
      } finally {
        await client.stop();
      }
    },
    close: () => server.stop(),
  };
}
