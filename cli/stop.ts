/**
 * When to stop: Ctrl-C, a signal, the death of the process that started palier, or an error that nothing caught. The first asks for an
 * orderly end; a second signal of the same kind, such as a second Ctrl-C, for an immediate one. Of the same kind: a Ctrl-C reaches palier
 * from the terminal, and once more as SIGUSR2 from the wrapper (`bin/palier.mjs`), which passes on what it gets.
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
  /** The first error that nothing caught, such as one that a system file threw in a timer; null when there was none. */
  stray(): { readonly error: unknown } | null;
  /** Stops watching. */
  end(): void;
}

/** What is watched of `process`. */
export interface WatchedProcess {
  readonly ppid: number;
  /** The parent's parent; null where that cannot be told. */
  grandparentPid(): number | null;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
  removeListener(event: NodeJS.Signals | 'uncaughtException', listener: (error: unknown) => void): unknown;
}

/** How often the parent is looked at: what it leaves behind lives so long at most. */
const parentCheckMs = 250;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;

export function watchStop({ process, timers }: { process: WatchedProcess; timers: Timers }): Stop {
  const asked = new AbortController();
  const insisted = new AbortController();
  const parent = process.ppid;
  const grandparent = process.grandparentPid();
  let stray: { readonly error: unknown } | null = null;
  const listeners = signals.map((signal) => {
    let times = 0;
    const stop = (): void => {
      if (++times > 1) insisted.abort(new Error('asked to stop twice'));
      if (!asked.signal.aborted) asked.abort(new Error('asked to stop'));
    };
    process.on(signal, stop);
    return { signal, stop };
  });
  // Rejections that nobody handles come here, too.
  const caught = (error: unknown): void => {
    stray ??= { error };
    if (!asked.signal.aborted) asked.abort(new Error('an error was not caught'));
  };
  process.on('uncaughtException', caught);
  const cancel = timers.every(parentCheckMs, () => {
    if (process.ppid === parent && process.grandparentPid() === grandparent) return;
    cancel();
    if (!asked.signal.aborted) asked.abort(new Error('the parent process has ended'));
  });
  return {
    asked: asked.signal,
    insisted: insisted.signal,
    stray: () => stray,
    end() {
      cancel();
      for (const { signal, stop } of listeners) process.removeListener(signal, stop);
      process.removeListener('uncaughtException', caught);
    },
  };
}
