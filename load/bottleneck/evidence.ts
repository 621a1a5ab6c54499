/**
 * What the naming is given: two probes of one system, and the system as its file states it.
 */
import type { LoadResult, Probe, Service, SystemSample, WindowResult } from '@palier/protocol';

/** One probe: what the generators and control measured of it. */
export interface ProbeEvidence {
  readonly level: number;
  /** Whether the limits held; a knee that kept them is no limit, and nobody is accused. */
  readonly outcome: Probe['outcome'];
  readonly result: LoadResult;
  readonly samples: readonly SystemSample[];
}

export interface LoadedSystem {
  /** The service that the clients talk to. */
  readonly service: string;
  readonly services: readonly LoadedService[];
}

export type LoadedService = Pick<Service, 'name' | 'allotment' | 'replicas' | 'env' | 'tunables'>;

/** The judged windows of a probe, and the samples that lie in them. */
export function judgedPart({ result, samples }: ProbeEvidence): {
  readonly windows: readonly WindowResult[];
  readonly samples: readonly SystemSample[];
  readonly durationMs: number;
} {
  const windows = result.windows.filter(({ window }) => window.judged && window.startMs < result.durationMs);
  const end = ({ window }: WindowResult): number => Math.min(window.endMs, result.durationMs);
  const inside = (atMs: number): boolean =>
    windows.some((one) => atMs - 500 >= one.window.startMs && atMs - 500 < end(one));
  return {
    windows,
    samples: samples.filter(({ atMs }) => inside(atMs - result.startedAtEpochMs)),
    durationMs: windows.reduce((sum, one) => sum + end(one) - one.window.startMs, 0),
  };
}

/** The services that a service reaches through the balancer, by what its environment names. */
export function calledBy(service: LoadedService): readonly string[] {
  const names = Object.values(service.env).flatMap((text) =>
    [...text.matchAll(/\{\{\s*services\.([\w-]+)\.url\s*\}\}/g)].map((match) => match[1] as string),
  );
  return [...new Set(names)];
}
