/**
 * What control would have seen: replicas that share the requests evenly.
 */
import type { Random } from '@palier/base/random';
import type { LoadSecond, ReplicaSample, SystemSample } from '@palier/protocol';
import type { SimulatedReplicas } from './options.ts';

export function sampleReplicas(
  replicas: SimulatedReplicas | undefined,
  seconds: readonly LoadSecond[],
  random: Random,
  startEpochMs: number,
): readonly SystemSample[] {
  if (replicas === undefined) return [];
  let requests = 0;
  return seconds.map((second, i): SystemSample => {
    requests += second.requests;
    const down = replicas.crash;
    const isDown = (number: number): boolean =>
      down !== undefined && number === down.replica && second.atMs > down.atMs && second.atMs <= down.backAtMs;
    const up = Array.from({ length: replicas.count }, (_, n) => n + 1).filter((number) => !isDown(number));
    const share = second.requests / Math.max(1, up.length);
    return {
      atMs: startEpochMs + second.atMs,
      replicas: up.map((number) => replicaSample(replicas, number, share, second, random, startEpochMs)),
      services: [
        {
          atMs: startEpochMs + second.atMs,
          service: replicas.service,
          routes: [{ route: 'other', requests: second.requests, errors: {}, latency: second.service }],
          metrics: replicas.metrics?.(i + 1, requests) ?? {},
        },
      ],
      balancer: { cpuCores: 0.02 + second.requests * 0.00006, clientConnections: second.users },
    };
  });
}

function replicaSample(
  replicas: SimulatedReplicas,
  number: number,
  share: number,
  second: LoadSecond,
  random: Random,
  startEpochMs: number,
): ReplicaSample {
  const { service, cpuMsPerRequest, idleCores, memoryBytes, crash } = replicas;
  const cores = (share * cpuMsPerRequest) / 1000 + (idleCores?.(random, second.atMs) ?? 0.01);
  const reborn = crash !== undefined && number === crash.replica && second.atMs > crash.backAtMs;
  return {
    atMs: startEpochMs + second.atMs,
    service,
    replica: `${service}-${reborn ? replicas.count + 1 : number}`,
    state: 'healthy',
    pid: 1000 + number,
    cpuCores: cores * (0.9 + 0.2 * random.next()),
    rssBytes: memoryBytes(second.atMs) * (0.98 + 0.04 * random.next()),
    descriptors: 40,
    threads: 11,
    throttledShare: Math.max(0, Math.min(1, (cores - 0.4) * 2)),
    diskReadBytes: 0,
    diskWriteBytes: 4096,
    loopUtilisation: Math.min(1, cores * 1.3),
    gcShare: 0.01,
    http: {
      requests: share,
      errors: 0,
      inFlight: second.inFlight / replicas.count,
      receivedBytes: 1000,
      sentBytes: 1000,
      connectFailures: 0,
    },
  };
}
