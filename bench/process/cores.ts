/** Which core is for whom: the server (or balancer) on one, the clients on another, so that neither takes from the other. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Cores {
  /** Null: cannot be pinned. */
  readonly server: number | null;
  readonly client: number | null;
  /** One sentence for the report. */
  readonly sentence: string;
}

/** The first two cores that this process may use. */
export function divideCores(): Cores {
  const [first, second] = allowedCores();
  if (first === undefined || second === undefined) {
    return unpinned('there is only one core, or it cannot be told which are allowed');
  }
  if (spawnSync('taskset', ['--version']).status !== 0) return unpinned('there is no taskset (Debian: util-linux)');
  return {
    server: first,
    client: second,
    sentence: `Pinned: what is measured on the server's side on core ${first}, clients on core ${second}.`,
  };
}

/** What to put before a command, so that it and all its threads stay on the core. */
export function pinned(core: number | null): string[] {
  return core === null ? [] : ['taskset', '-c', String(core)];
}

function unpinned(why: string): Cores {
  return { server: null, client: null, sentence: `Not pinned: ${why}.` };
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
