/**
 * Who runs on which core, so that the generator does not measure its own waiting.
 *
 * The generators get the last core, or as many as they are. The system gets the others when its allotments fit on them; when they do not, keeping it off the
 * generator's core would slow it for a reason that its users do not have, so it may use all and the generator only goes first.
 */

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Service } from '@palier/protocol';

export interface Pinning {
  /** Null: not pinned. */
  readonly generatorCpus: readonly number[] | null;
  readonly systemCpus: readonly number[] | null;
  /** For the report. */
  readonly sentences: readonly string[];
}

/** A share of a core for the balancer and the supervisor. */
const supervisionCores = 0.25;

/** Where the target is: run by this command, running already on this machine, or on another one. */
export type TargetPlace = 'own' | 'here' | 'elsewhere';

/**
 * How many cores generators may use: all of them when the target is elsewhere, what its allotments leave when palier runs it, half when
 * nobody knows what it needs; at least one.
 */
export function generatorCores(cpus: readonly number[], systemCores: number | null, place: TargetPlace): number {
  if (place === 'elsewhere') return Math.max(1, cpus.length);
  if (place === 'own' && systemCores !== null)
    return Math.max(1, cpus.length - Math.ceil(systemCores + supervisionCores));
  return Math.max(1, Math.floor(cpus.length / 2));
}

/**
 * `cpus`: the cores that this process may use. `systemCores`: all replicas' allotments together, or null when a service has none.
 * `generators`: how many processes play; at least one core is left to the system.
 */
export function pinningOf(cpus: readonly number[], systemCores: number | null, generators = 1): Pinning {
  const own = cpus.slice(-Math.min(generators, cpus.length - 1));
  if (cpus.length < 2) {
    return {
      generatorCpus: null,
      systemCpus: null,
      sentences: [
        'There is one core: generator and system share it, and the generator takes what the system could use.',
      ],
    };
  }
  const others = cpus.slice(0, -own.length);
  const fits = systemCores !== null && systemCores + supervisionCores <= others.length;
  const wanted =
    systemCores === null ? 'its services have no CPU allotment' : `its allotments add up to ${systemCores} cores`;
  return {
    generatorCpus: own,
    systemCpus: fits ? others : null,
    sentences: [
      own.length === 1 ? `The generator runs on core ${own[0]}.` : `The generators run on the cores ${own.join(', ')}.`,
      fits
        ? `The system runs on the other cores (${others.join(', ')}).`
        : `The system may use all ${cpus.length} cores: ${wanted}, which do not fit beside ${own.length === 1 ? 'the generator' : 'the generators'}.`,
    ],
  };
}

/** `0-3,6` as the kernel writes it (proc_pid_status(5), Cpus_allowed_list) to `[0, 1, 2, 3, 6]`. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from, to] = part.split('-').map(Number) as [number, number | undefined];
      return Array.from({ length: (to ?? from) - from + 1 }, (_, i) => from + i);
    });
}

/** What all replicas may use together, or null when a service has no CPU allotment. */
export function allottedCores(services: readonly Service[]): number | null {
  let cores = 0;
  for (const { allotment, replicas } of services) {
    if (allotment.cpuCores === null) return null;
    cores += allotment.cpuCores * replicas.min;
  }
  return cores;
}

/** The cores that this process may use, by number. */
export async function usableCpus(): Promise<readonly number[]> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
  return list === undefined ? Array.from({ length: availableParallelism() }, (_, i) => i) : parseCpuList(list);
}
