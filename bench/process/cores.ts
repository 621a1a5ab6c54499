/** Which core is for whom: the server (or balancer) on one, the clients on another, so that neither takes from the other. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Cores {
  /** Words to put before a command; empty where pinning is not possible. */
  readonly server: readonly string[];
  readonly client: readonly string[];
  /** One sentence for the report. */
  readonly sentence: string;
}

/** Pins with `taskset` to the first two cores that this process may use. */
export function divideCores(): Cores {
  const [first, second] = allowedCores();
  if (first === undefined || second === undefined) {
    return {
      server: [],
      client: [],
      sentence: 'Not pinned: there is only one core, or it cannot be told which are allowed.',
    };
  }
  if (spawnSync('taskset', ['--version']).status !== 0) {
    return { server: [], client: [], sentence: 'Not pinned: there is no taskset (Debian: util-linux).' };
  }
  return {
    server: ['taskset', '-c', String(first)],
    client: ['taskset', '-c', String(second)],
    sentence: `Pinned: what is measured on the server's side on core ${first}, clients on core ${second}.`,
  };
}

function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    return list.split(',').flatMap((range) => {
      const [from = Number.NaN, to = from] = range.split('-').map(Number);
      return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
  } catch {
    return [];
  }
}
