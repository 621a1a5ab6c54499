/**
 * When to stop: Ctrl-C, a signal, or the death of the process that started palier. The first asks for an orderly end, the second Ctrl-C
 * for an immediate one.
 *
 * The parent's death is seen by its process id, which changes when the kernel hands palier to another parent; nothing else tells a
 * process that an npm or a shell above it was killed. The parent's own parent is watched as well: npm puts a shell between itself and
 * palier, which survives it.
 */
import type { Timers } from '@palier/base/timers';

export interface Stop {
  /** Aborted when palier should end in order. */
  readonly asked: AbortSignal;
  /** Aborted when it should end at once. */
  readonly insisted: AbortSignal;
  /** Stops watching. */
  end(): void;
}

/** What is watched of `process`. */
export interface WatchedProcess {
  readonly ppid: number;
  /** The parent's parent; null where that cannot be told. */
  grandparentPid(): number | null;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** How often the parent is looked at: what it leaves behind lives so long at most. */
const parentCheckMs = 250;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function watchStop({ process, timers }: { process: WatchedProcess; timers: Timers }): Stop {
  const asked = new AbortController();
  const insisted = new AbortController();
  const parent = process.ppid;
  const grandparent = process.grandparentPid();
  const stop = (): void => {
    if (asked.signal.aborted) insisted.abort(new Error('asked to stop twice'));
    else asked.abort(new Error('asked to stop'));
  };
  for (const signal of signals) process.on(signal, stop);
  const cancel = timers.every(parentCheckMs, () => {
    if (process.ppid === parent && process.grandparentPid() === grandparent) return;
    cancel();
    if (!asked.signal.aborted) asked.abort(new Error('the parent process has ended'));
  });
  return {
    asked: asked.signal,
    insisted: insisted.signal,
    end() {
      cancel();
      for (const signal of signals) process.removeListener(signal, stop);
    },
  };
}
