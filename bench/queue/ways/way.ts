/** A queue as the bench uses it, whosever it is. */

export interface Way {
  /** So many jobs of one call fill it fastest. */
  readonly lot: number;
  /** More would take it for ever: a backlog of so many is played, once. */
  readonly atMost?: number;
  /** Adds a job for each; its handler is given back the number. Resolves when they are stored. */
  add(moments: readonly number[]): Promise<unknown>;
  /** Handlers do nothing but call `handle`. */
  work(handle: (moment: number) => void): Promise<Working>;
  /** Whether its store still has a job that is not finished. */
  isBusy(): Promise<boolean>;
  close(): Promise<void>;
}

export interface Working {
  stop(): Promise<void>;
}

/** Handlers at once, for all: the number that graphile-worker's own performance test has. */
export const concurrency = 24;

/** The peers are installed when a bench is run, not when it is checked: what is used of them stands in a type beside the call. */
export async function peer<Module>(name: string): Promise<Module> {
  return (await import(name)) as Module;
}
