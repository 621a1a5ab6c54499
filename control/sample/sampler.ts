/**
 * One sample of a running system, once a second.
 */
import type { Clock } from '@palier/base/clock';
import type { BalancerSecond, SystemEvent, SystemSample } from '@palier/protocol';
import type { SamplerOptions } from './options.ts';
import type { SampledReplica } from './replica.ts';

export interface SamplerSurroundings {
  readonly clock: Clock;
  /** What the sampler could not read, in words: once when it begins and once when it ends. Default: dropped. */
  readonly note?: (event: SystemEvent) => void;
}

export interface Sampler {
  /**
   * The difference to the call before: call it once a second, one call after the other. A replica's first sample has null wherever a
   * difference is needed. Takes as long as the slowest metrics page, at most `metricsTimeoutMs`. Never rejects.
   */
  sample(replicas: readonly SampledReplica[], second: BalancerSecond | null): Promise<SystemSample>;
  /** Closes what is open. */
  close(): void;
}

export function createSampler({ clock }: SamplerSurroundings, _options: SamplerOptions = {}): Sampler {
  return {
    async sample(replicas, second) {
      const atMs = clock.epochMs();
      const services = [
        ...new Set([...replicas.map(({ service }) => service), ...Object.keys(second?.services ?? {})]),
      ];
      return {
        atMs,
        replicas: replicas.map(({ id, service, state, pid }) => ({
          atMs,
          service,
          replica: id,
          state,
          pid,
          cpuCores: null,
          rssBytes: null,
          descriptors: null,
          threads: null,
          throttledShare: null,
          diskReadBytes: null,
          diskWriteBytes: null,
          loopUtilisation: null,
          gcShare: null,
          http: second?.replicas[id] ?? null,
        })),
        services: services.map((service) => ({ atMs, service, routes: second?.services[service] ?? [], metrics: {} })),
      };
    },
    close() {},
  };
}
