/**
 * Waiting, handed in. The counterpart of `Clock` for code that acts later.
 */

/** Calls off a planned call; harmless when it has already happened. */
export type Cancel = () => void;

/** Plans calls. All delays in milliseconds; a delay below 1 counts as 1. */
export interface Timers {
  after(delayMs: number, run: () => void): Cancel;
  every(periodMs: number, run: () => void): Cancel;
  /** As soon as the input that is there has been read: what gathers the calls of one turn of the event loop. */
  soon(run: () => void): Cancel;
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The timers of this process. */
export function systemTimers(): Timers {
  return { after, every, soon, sleep: (delayMs, signal) => sleepWith(after, delayMs, signal) };
}

function after(delayMs: number, run: () => void): Cancel {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

function every(periodMs: number, run: () => void): Cancel {
  const timer = setInterval(run, periodMs);
  return () => clearInterval(timer);
}

function soon(run: () => void): Cancel {
  const immediate = setImmediate(run);
  return () => clearImmediate(immediate);
}

/** `sleep` made of `after`: for other implementations of `Timers`. */
export function sleepWith(after: Timers['after'], delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(delayMs, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
