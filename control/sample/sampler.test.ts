import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BalancerSecond } from '@palier/protocol';
import { virtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { createSampler, type SampledReplica } from './index.ts';
import type { ProcessReader, TreeReading } from './processes/figures.ts';

/** Reads what the test says: the CPU time of each process; one that is missing is gone. */
function readerOf(nowMs: () => number, cpuMs: ReadonlyMap<number, number>): ProcessReader {
  const figures = { endedCpuMs: 0, diskReadBytes: 0, diskWriteBytes: 0, rssBytes: 5, descriptors: 4, threads: 3 };
  return {
    async read(requests) {
      return requests.map(({ pid }): TreeReading | null => {
        const used = cpuMs.get(pid);
        if (used === undefined) return null;
        return { atMs: nowMs(), processes: [{ ...figures, pid, startId: pid, cpuMs: used }], cgroup: null };
      });
    },
  };
}

function setUp() {
  const time = virtualTime();
  const cpuMs = new Map<number, number>();
  const processes = readerOf(() => time.clock.monotonicMs(), cpuMs);
  return {
    time,
    cpuMs,
    sampler: createSampler({ clock: time.clock, timers: time.timers, processes }),
  };
}

const replica = (id: string, pid: number | null): SampledReplica => ({
  id,
  service: 'api',
  state: 'healthy',
  pid,
  cgroupFolders: [],
  metrics: null,
});

test('the first second has no difference, the next has, and a jump of the wall clock changes nothing', async () => {
  const { time, cpuMs, sampler } = setUp();
  cpuMs.set(1, 700);
  const first = await sampler.sample([replica('api-1', 1)], null);
  expect(first.replicas[0]).toMatchObject({
    cpuCores: null,
    diskReadBytes: null,
    rssBytes: 5,
    descriptors: 4,
    threads: 3,
  });
  await time.advance(1000);
  time.jumpWallClock(-3_600_000);
  cpuMs.set(1, 1000);
  const second = await sampler.sample([replica('api-1', 1)], null);
  expect(second.replicas[0]).toMatchObject({ cpuCores: 0.3, diskReadBytes: 0 });
  expect(second.atMs).toBe(first.atMs + 1000 - 3_600_000);
});

test('a restarted process begins anew, one that is gone has no figures', async () => {
  const { time, cpuMs, sampler } = setUp();
  cpuMs.set(1, 700).set(2, 10);
  await sampler.sample([replica('api-1', 1)], null);
  await time.advance(1000);
  expect((await sampler.sample([replica('api-1', 2)], null)).replicas[0]).toMatchObject({
    cpuCores: null,
    rssBytes: 5,
  });
  await time.advance(1000);
  for (const pid of [3, null]) {
    const { replicas } = await sampler.sample([replica('api-1', pid)], null);
    expect(replicas[0]).toMatchObject({ pid, cpuCores: null, rssBytes: null, descriptors: null, threads: null });
  }
});

test('what the balancer counted is handed on, for replicas and for services without any', async () => {
  const { sampler } = setUp();
  const http = { requests: 9, errors: 1, inFlight: 2, receivedBytes: 30, sentBytes: 40, connectFailures: 0 };
  const latency = { count: 0, sum: 0, min: 0, max: 0, buckets: [] };
  const routes = [{ route: 'other', requests: 9, errors: {}, latency }];
  const second: BalancerSecond = {
    atMs: 0,
    services: { api: routes, idle: [] },
    replicas: { 'api-1': http },
    cpuCores: 0.1,
    clientConnections: 1,
  };
  const sample = await sampler.sample([replica('api-1', null), replica('api-2', null)], second);
  expect(sample.replicas.map(({ http }) => http)).toEqual([http, null]);
  expect(sample.services.map(({ service, routes }) => [service, routes])).toEqual([
    ['api', routes],
    ['idle', []],
  ]);
});

test('a process that cannot be read for a second is still the same: its counters are not counted twice', async () => {
  const server = createServer((_, response) => response.end('hits_total 10\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { sampler, cpuMs } = setUp();
  const { port } = server.address() as AddressInfo;
  const one = { ...replica('api-1', 1), metrics: { host: '127.0.0.1', port, path: '/' } };
  const hits = [];
  for (const readable of [true, false, true]) {
    if (readable) cpuMs.set(1, 5);
    else cpuMs.clear();
    hits.push((await sampler.sample([one], null)).services[0]?.metrics['hits_total']);
  }
  server.close();
  expect(hits).toEqual([10, 10, 10]);
});
