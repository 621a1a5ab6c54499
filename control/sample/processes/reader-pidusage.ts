/**
 * Reads processes elsewhere than on Linux: CPU time and RSS, by the platform's own tools, through `pidtree` (who is whose child) and
 * `pidusage`. Loaded only there. Two calls of `ps` a second, whatever the number of replicas.
 */
import type { Clock } from '@palier/base/clock';
import { pidtree } from 'pidtree';
import pidusage from 'pidusage';
import type { ProcessFigures, ProcessReader, TreeReading } from './figures.ts';

export function pidusageReader(clock: Clock): ProcessReader {
  return {
    async read(requests) {
      try {
        const trees = familiesOf(
          await pidtree(-1, { advanced: true }),
          requests.map(({ pid }) => pid),
        );
        const pids = trees.flat();
        const figures = pids.length === 0 ? {} : await pidusage(pids);
        const atMs = clock.monotonicMs();
        return trees.map((tree) => readingOf(tree, figures, atMs));
      } catch {
        return requests.map(() => null);
      }
    },
  };
}

/** The given processes, each with its descendants behind it; empty for one that is not there. */
export function familiesOf(all: readonly { ppid: number; pid: number }[], roots: readonly number[]): number[][] {
  const children = new Map<number, number[]>();
  for (const { pid, ppid } of all) {
    if (pid !== ppid) children.set(ppid, [...(children.get(ppid) ?? []), pid]);
  }
  const there = new Set(all.map(({ pid }) => pid));
  return roots.map((root) => {
    const family = there.has(root) ? [root] : [];
    for (let i = 0; i < family.length; i++) family.push(...(children.get(family[i] as number) ?? []));
    return family;
  });
}

function readingOf(
  tree: readonly number[],
  figures: Record<string, pidusage.Status>,
  atMs: number,
): TreeReading | null {
  const [first, ...rest] = tree.flatMap((pid) => {
    const figure = figures[pid];
    return figure ? [figuresOf(figure)] : [];
  });
  if (first === undefined || first.pid !== tree[0]) return null;
  return { atMs, processes: [first, ...rest], cgroup: null };
}

/** The start is told to the second only, and jitters: the number alone names the process here. */
function figuresOf({ pid, ctime, memory }: pidusage.Status): ProcessFigures {
  return {
    pid,
    startId: 0,
    cpuMs: ctime,
    endedCpuMs: 0,
    diskReadBytes: null,
    diskWriteBytes: null,
    rssBytes: memory,
    descriptors: null,
    threads: null,
  };
}
